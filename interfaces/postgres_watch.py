"""Starts PostgreSQL again where it dies under a server that needs it."""

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from interfaces.data_directory import DataDirectoryInUse, locked
from interfaces.postmaster import Postmaster

log = structlog.get_logger()

LOOK_SECONDS = 0.5
RETRY_SECONDS = 5.0


@contextmanager
def watched(folder: Path, start: Callable[[], object], ending: threading.Event) -> Iterator[None]:
    """Until the block ends, or `ending` is set before: then `start` gives up, and is not called any more."""
    watch = threading.Thread(target=_watch, args=(folder, start, ending), name="watch-postgres")
    watch.start()
    try:
        yield
    finally:
        ending.set()
        watch.join()


def _watch(folder: Path, start: Callable[[], object], ending: threading.Event) -> None:
    pause = LOOK_SECONDS
    while not ending.wait(pause):
        try:
            if _is_gone(folder / "postgres"):
                _start(folder, start)
            pause = LOOK_SECONDS
        except Exception as error:
            pause = RETRY_SECONDS
            if not ending.is_set():
                log.warning("PostgreSQL can't be started again", error=str(error), retry_after=pause)


def _is_gone(cluster: Path) -> bool:
    server = Postmaster.of(cluster)
    return server is None or not (server.is_here() or server.answers())


def _start(folder: Path, start: Callable[[], object]) -> None:
    # Whoever holds the lock is just starting it.
    with suppress(DataDirectoryInUse), locked(folder / "startup.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
        log.warning("PostgreSQL is gone, and is started again")
        start()
        log.warning("PostgreSQL is back")
