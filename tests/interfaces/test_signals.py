"""The signals that end a process, sent to this one."""

import asyncio
import signal
from collections.abc import Iterator

import pytest

from interfaces import signals

NUMBERS = (*signals.ENDING, signal.SIGINT)


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = [(number, signal.getsignal(number)) for number in NUMBERS]
    yield
    for number, handler in before:
        signal.signal(number, handler)


@pytest.mark.parametrize("how", signals.ENDING)
def test_each_unwinds_the_process_once(how: signal.Signals) -> None:
    signals.unwind()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(how)
    for number in signals.ENDING:  # the unwinding is not to be broken off
        signal.raise_signal(number)


def test_one_that_was_to_be_ignored_still_is() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signals.unwind()
    signal.raise_signal(signal.SIGHUP)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize("how", NUMBERS)
def test_what_comes_at_a_bad_moment_is_heard_after_it(how: signal.Signals) -> None:
    signals.unwind()
    done = False
    with pytest.raises(KeyboardInterrupt), signals.held():
        signal.raise_signal(how)
        done = True
    assert done


@pytest.mark.parametrize("how", NUMBERS)
def test_work_that_is_told_to_end_is_ended_in_order(how: signal.Signals) -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            signal.raise_signal(how)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("in order")

    with pytest.raises(KeyboardInterrupt):
        signals.run(work())
    assert ended == ["in order"]
