"""The projections of an import, in a process of their own: they would be a quarter of what its one core has to do."""

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess, SpawnProcess
from multiprocessing.process import BaseProcess

from domain.base import Rejected
from interfaces.chat import chat, projecting_pool
from interfaces.cli.options import complete
from interfaces.connections import cancelled
from interfaces.history.tally import Progress
from interfaces.settings import Settings
from interfaces.yielding import LATER
from projections.analytics.projector import AnalyticsProjector

BESIDE = 0.1
"""How often, in seconds, the analytics look for what has been imported meanwhile."""

FORKED = sys.platform == "linux"
"""What is loaded already need not be loaded again. Elsewhere the system's own libraries do not bear it."""


class Beside:
    """The process that projects, as the import sees it. It ends when it is told to, or with the import."""

    def __init__(self, process: BaseProcess, line: "Connection[None, int]") -> None:
        self._process = process
        self._line = line

    async def watch(self) -> None:
        """Raises `Rejected` as soon as it has ended without being told to."""
        await _readable(self._line)
        raise self._ended()

    async def finish(self, end: int, progress: Progress) -> None:
        """What was imported is also what analysts find. Raises `Rejected` where it fails."""
        self._line.send(None)
        with progress("events analysed", end) as at:
            while True:
                await _readable(self._line)
                try:
                    at(self._line.recv())
                except EOFError:
                    break
        self._process.join()
        if self._process.exitcode:
            raise self._ended()

    def _ended(self) -> Rejected:
        self._process.join()
        return Rejected("internal", f"the process that projects has ended, with exit code {self._process.exitcode}")


@contextmanager
def beside(made: Settings, url: str) -> Iterator[Beside]:
    """However the block ends, the process has ended then. What it was about to write is rolled back."""
    start = ForkProcess if FORKED else SpawnProcess
    ours, theirs = multiprocessing.Pipe()
    process = start(target=_run, args=(made, url, ours, theirs), name="litspark projecting")
    process.start()
    theirs.close()
    try:
        yield Beside(process, ours)
    finally:
        process.kill()
        process.join()
        ours.close()


def _run(made: Settings, url: str, ours: "Connection[None, int]", theirs: "Connection[int, None]") -> None:
    """In the process: projects until it hears from the import, and be it that that has died."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the import hears of them as well, and ends it
    ours.close()
    os.nice(LATER)  # the import takes longer, and what it leaves of the processors is enough to project by
    complete(_project(made, url, theirs))


async def _project(made: Settings, url: str, line: "Connection[int, None]") -> None:
    async with chat(made, url) as whole, projecting_pool(made, url, "analyse", nice=LATER) as analysing:
        whole.store.keeps = True
        analytics = AnalyticsProjector(analysing, whole.store, whole.projected, poll=BESIDE, rest=BESIDE)
        running = asyncio.create_task(analytics.run())
        await _readable(line)
        with suppress(EOFError):
            line.recv()
        await cancelled(running)
        await whole.projected.look(whole.pool)
        while await analytics.step():  # unless a server that runs here sees to it
            line.send(analytics.position)


async def _readable(line: "Connection[None, int] | Connection[int, None]") -> None:
    """Until there is something to be received, or the other side has gone."""
    loop, bell = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(line.fileno(), bell.set)
    try:
        await bell.wait()
    finally:
        loop.remove_reader(line.fileno())
