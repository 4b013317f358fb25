"""What the faults are done to: two servers, each behind a network, on a PostgreSQL that is the first one's own."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from interfaces.embedded_postgres import running
from migrations import migrate
from tests.faults.processes import UNLIMITED, Server, started
from tests.faults.proxy import Proxy, proxy

SETTINGS = {"patience": 1, "ping_interval": 2, "ping_timeout": 2, "projector_pause": 2, "drain": 4}
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
SLEEPLESS = "Invalid argument"
"""What `time.sleep` fails with under libfaketime, and so the start of a server that waits for its database."""

ROOM = "1g"


class Node:
    """A server, started again as often as it is ended, always to be found behind the same network."""

    def __init__(
        self, name: str, network: Proxy, stack: AsyncExitStack, words: Mapping[str, str], **settings: Any
    ) -> None:
        self.name = name
        self._words = words
        self.network = network
        self._stack = stack
        self._settings = settings
        self._server: Server | None = None
        self._starting: asyncio.Task[None] | None = None

    @property
    def server(self) -> Server:
        assert self._server
        return self._server

    def start(self) -> None:
        """Begins to; other things may happen meanwhile."""
        self._starting = asyncio.create_task(self._start())

    async def up(self) -> None:
        """Returns once it serves."""
        assert self._starting
        await self._starting

    async def settled(self) -> None:
        """Returns once it serves or never will."""
        assert self._starting
        self._starting.cancel()
        await asyncio.wait([self._starting])

    async def _start(self) -> None:
        settings = UNLIMITED | SETTINGS | self._settings
        while True:
            self._server = await self._stack.enter_async_context(started(self._words, **settings))
            try:
                await self._server.ready(60)
                break
            except AssertionError:
                if not (self._words and SLEEPLESS in self._server.output):
                    raise
        self.network.upstream = ("127.0.0.1", urlsplit(self._server.url).port or 0)


class Site:
    """The disk can be filled if it is `small`."""

    def __init__(self, data_dir: Path, database_url: str, nodes: list[Node], clock: "Clock", *, small: bool) -> None:
        self.data_dir = data_dir
        self.database_url = database_url
        self.nodes = nodes
        self.clock = clock
        self.small = small

    @property
    def networks(self) -> list[Proxy]:
        return [node.network for node in self.nodes]

    async def connect(self, **more: Any) -> psycopg.AsyncConnection[Any]:
        """A connection of the test's own; raises `psycopg.OperationalError` where there is none."""
        return await psycopg.AsyncConnection.connect(self.database_url, autocommit=True, **more)

    async def reachable(self) -> bool:
        with suppress(psycopg.OperationalError):
            async with await self.connect() as connection:
                await connection.execute("SELECT")
                return True
        return False

    def room(self, size: str) -> None:
        remount(self.data_dir, size)


def remount(folder: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)


def used(folder: Path) -> int:
    """The bytes that a file system holds."""
    return shutil.disk_usage(folder).used


@asynccontextmanager
async def built(data_dir: Path) -> AsyncIterator[Site]:
    with ExitStack() as outer:
        small = outer.enter_context(small_disk(data_dir))
        database_url = outer.enter_context(running(data_dir))
        migrate(database_url)
        clock = Clock(data_dir)
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
            await clock.install(connection)
        async with AsyncExitStack() as stack:
            networks = [await stack.enter_async_context(proxy()) for _ in range(2)]
            left = Node("left", networks[0], stack, {}, data_dir=data_dir)
            right = Node(
                "right", networks[1], stack, clock.words, data_dir=data_dir / "right", database_url=database_url
            )
            for node in (left, right):
                node.start()
            try:
                await asyncio.gather(left.up(), right.up())
                yield Site(data_dir, database_url, [left, right], clock, small=small)
            finally:
                await asyncio.gather(left.settled(), right.settled())


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of its own in a folder, whose size can be changed; only root may."""
    made = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0700", "tmpfs", str(folder)], check=False
        ).returncode
    )
    try:
        yield made
    finally:
        if made:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Clock:
    """The time of PostgreSQL, which is the log's, and of the second server too where the machine has libfaketime."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._file.write_text("+0\n")

    @property
    def words(self) -> dict[str, str]:
        """What a process is started with that goes by it."""
        if FAKETIME is None:
            return {}
        return {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    async def install(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """From here on, `clock_timestamp` is found first in a schema of ours."""
        for statement in CLOCK:
            await connection.execute(statement.encode())

    async def set_back(self, connection: psycopg.AsyncConnection[Any], seconds: int) -> None:
        self._file.write_text(f"-{seconds}\n" if seconds else "+0\n")
        await connection.execute("UPDATE wrong.clock SET seconds = %s", [seconds])


CLOCK = (
    "CREATE SCHEMA wrong",
    "CREATE TABLE wrong.clock AS SELECT 0 AS seconds",
    """CREATE FUNCTION wrong.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$ SELECT pg_catalog.clock_timestamp() - make_interval(secs => seconds) FROM wrong.clock $$""",
    "ALTER ROLE litspark SET search_path TO wrong, pg_catalog, public",
)
