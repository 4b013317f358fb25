"""Where checkpoints go outside: a file, an address. Whoever rewrites the log can't rewrite what is there."""

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool

from projections.ledger import checkpoint as checkpoints
from projections.ledger.checkpoint import Checkpoint, NoCheckpoint
from projections.position import rung

log = structlog.get_logger()

TAIL = 64 * 1024
PAGE = 100


class NotTaken(Exception):
    """The outlet has not taken what it was given; it is given it again."""


class Outlet(Protocol):
    """`name` is what the log and the metrics call it."""

    name: str

    async def last(self) -> Checkpoint | None:
        """What it was given last, as far as it can tell. Raises `NotTaken`."""

    async def give(self, lines: bytes) -> None:
        """Takes checkpoints, one a line. Raises `NotTaken`."""


def lines(given: Sequence[Checkpoint]) -> bytes:
    return b"".join(json.dumps(one.written()).encode() + b"\n" for one in given)


class Appended:
    """A file, to which lines are added, and never anything else done."""

    name = "file"

    def __init__(self, path: Path) -> None:
        self._path = path

    async def last(self) -> Checkpoint | None:
        return await asyncio.to_thread(self._last)

    def _last(self) -> Checkpoint | None:
        try:
            with self._path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
                written = file.read().splitlines(keepends=True)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise NotTaken(f"{self._path}: {error.strerror}") from error
        # A line that a crash has cut short is no word of ours: the next ones begin after it.
        for line in reversed([line for line in written if line.endswith(b"\n")]):
            try:
                return Checkpoint.read(json.loads(line))
            except (ValueError, NoCheckpoint):
                continue
        return None

    async def give(self, lines: bytes) -> None:
        await asyncio.to_thread(self._give, lines)

    def _give(self, lines: bytes) -> None:
        try:
            with self._path.open("ab+") as file:
                if file.seek(0, os.SEEK_END):
                    file.seek(-1, os.SEEK_END)
                    lines = lines if file.read(1) == b"\n" else b"\n" + lines
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise NotTaken(f"{self._path}: {error.strerror}") from error


class Posted:
    """An address, to which lines are posted. It has taken them when it answers with 2xx."""

    name = "url"

    def __init__(self, url: str, patience: float) -> None:
        self._url = url
        self._patience = patience

    async def last(self) -> Checkpoint | None:
        return None

    async def give(self, lines: bytes) -> None:
        import httpx  # here, for who posts nothing need not wait for it

        from interfaces.key_source import trusted

        try:
            async with (
                asyncio.timeout(self._patience),
                httpx.AsyncClient(timeout=self._patience, verify=trusted()) as client,
            ):
                headers = {"Content-Type": "application/x-ndjson"}
                response = await client.post(self._url, content=lines, headers=headers)
        except TimeoutError:
            raise NotTaken(f"it has not answered within {self._patience:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotTaken(f"it can't be reached: {type(error).__name__}") from error
        if not response.is_success:
            raise NotTaken(f"it answers {response.status_code}")


class Delivery:
    """Gives an outlet every checkpoint of the database, in order, until it has taken it.

    One that can't tell what it was given last gets the newest, and those after it: the newest says all of the others.
    """

    def __init__(self, outlet: Outlet, pool: AsyncConnectionPool[Any], *, poll: float) -> None:
        self.outlet = outlet
        self.taken = 0
        """The size of the last checkpoint that was taken."""
        self.failures = 0
        self.failure: str | None = None
        self._pool = pool
        self._poll = poll
        self._place: tuple[int, str] | None = None
        self._wake = asyncio.Event()
        self._closed = asyncio.Event()

    def wake(self) -> None:
        self._wake.set()

    def close(self) -> None:
        """Ends after one more attempt."""
        self._closed.set()
        self._wake.set()

    async def run(self) -> None:
        failed = 0
        while True:
            closing = self._closed.is_set()
            self._wake.clear()
            try:
                more, failed = await self._step(), 0
            except (NotTaken, psycopg.OperationalError) as error:
                more, failed = False, failed + 1
                self._failed(str(error))
            if more:
                continue
            if closing:
                return
            # One that fails is tried again ever later, and no sooner because of more that it would have to take.
            await rung(self._closed if failed else self._wake, min(self._poll * 2 ** min(failed, 5), 60.0))

    async def _step(self) -> bool:
        """Gives a page of them; whether there were any."""
        given = await self._given()
        if given:
            await self.outlet.give(lines(given))
            self._place = (given[-1].size, given[-1].key_id)
            self.taken = given[-1].size
        if self.failure:
            log.info("checkpoints are taken again", to=self.outlet.name)
        self.failure = None
        return bool(given)

    async def _given(self) -> list[Checkpoint]:
        last = await self.outlet.last() if self._place is None else None
        async with self._pool.connection() as connection:
            if last:
                self._place, self.taken = (last.size, last.key_id), last.size
            elif self._place is None:
                newest = await checkpoints.latest(connection)
                return [newest] if newest else []
            return await checkpoints.after(connection, *self._place, limit=PAGE)

    def _failed(self, why: str) -> None:
        self.failures += 1
        if why != self.failure:  # said once, not every time
            log.error("checkpoints not taken", to=self.outlet.name, why=why)
        self.failure = why
