"""The signals that end a process: from its first moment on, each of them unwinds it as Ctrl-C does."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

ENDING = (signal.SIGTERM, signal.SIGHUP)


def unwind() -> None:
    """From here on they are a `KeyboardInterrupt`."""
    _heed(_interrupt)


def ignore() -> None:
    """From here on they are nothing: the end has begun, and is not to be broken off."""
    for number in ENDING:
        signal.signal(number, _nothing)


@contextmanager
def heeded(end: Callable[[], object]) -> Iterator[None]:
    """In the meantime the first of them calls `end`, between any two steps of the program."""
    before = [(number, signal.getsignal(number)) for number in ENDING]
    _heed(end)
    try:
        yield
    finally:
        for number, handler in before:
            if signal.getsignal(number) is not _nothing:
                signal.signal(number, handler)


@contextmanager
def held() -> Iterator[None]:
    """In the meantime nothing is broken off, not by Ctrl-C either: what comes is heard at the end."""
    if threading.current_thread() is not threading.main_thread():  # no signal ever breaks off another thread
        yield
        return
    came: list[int] = []
    heard = [number for number in (*ENDING, signal.SIGINT) if signal.getsignal(number) is not signal.SIG_IGN]
    before = [(number, signal.signal(number, lambda number, _: came.append(number))) for number in heard]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
    for one in came:
        signal.raise_signal(one)


def run(work: Coroutine[Any, Any, T], runner: Callable[[Coroutine[Any, Any, T]], T] = asyncio.run) -> T:
    """Runs it to its end. Raises `KeyboardInterrupt` at Ctrl-C and at one of them, when what was begun is ended."""

    async def heeding() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task, "a coroutine runs in a task"
        with heeded(lambda: loop.call_soon_threadsafe(task.cancel)):
            return await work

    whole = heeding()
    try:
        return runner(whole)
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:  # what was not even begun would be complained of
        whole.close()
        work.close()


def _heed(end: Callable[[], object]) -> None:
    def told(*_: object) -> None:
        ignore()
        end()

    for number in ENDING:
        if signal.getsignal(number) not in (_nothing, signal.SIG_IGN):  # `nohup` wants that
            signal.signal(number, told)


def _interrupt() -> None:
    raise KeyboardInterrupt


def _nothing(*_: object) -> None:
    """Not SIG_IGN: Python complains of a signal that comes just as it is set."""
