"""Verifies a log and its ledger in a database: makes everything anew, and says the first place that does not fit."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from application.store import Raw, Store
from interfaces.connections import cancelled
from interfaces.ledger import witnesses
from interfaces.ledger.diagnosis import LOWEST, Diagnosis
from interfaces.ledger.problem import DoesNotFit
from interfaces.ledger.schema import place
from interfaces.ledger.walk import Report, Walk
from projections.ledger import checkpoint as checkpoints
from projections.ledger import entries
from projections.ledger.chain import EntryRow, Gap
from projections.ledger.checkpoint import Checkpoint

PAGE = 2_000


class Due:
    """Checkpoints in the order of their sizes: those of the database, by pages, and those from `outside`."""

    def __init__(self, pool: AsyncConnectionPool[Any], outside: Collection[Checkpoint], upto: int) -> None:
        self._pool = pool
        self._outside = deque(sorted(outside, key=lambda one: one.size))
        self._inside: deque[Checkpoint] = deque()
        self._place: tuple[int, str] | None = (LOWEST, "")
        self._upto = upto

    async def next(self) -> tuple[Checkpoint, bool] | None:
        """And whether it is from outside; `None` at the end."""
        if not self._inside and self._place:
            await self._read()
        if self._inside and (not self._outside or self._inside[0].size <= self._outside[0].size):
            return self._inside.popleft(), False
        return (self._outside.popleft(), True) if self._outside else None

    async def _read(self) -> None:
        assert self._place
        async with self._pool.connection() as connection:
            page = await checkpoints.after(connection, *self._place)
        self._inside.extend(one for one in page if one.size <= self._upto)
        self._place = (page[-1].size, page[-1].key_id) if page else None


class Verification:
    """Of everything up to where the log is when it begins. It writes nothing, and a server may run meanwhile.

    With `keys`, in hexadecimal, checkpoints by others are forged. `outside` are checkpoints that were kept elsewhere.
    """

    def __init__(
        self,
        store: Store,
        pool: AsyncConnectionPool[Any],
        *,
        keys: Collection[str] = (),
        outside: Collection[Checkpoint] = (),
    ) -> None:
        self._store = store
        self._pool = pool
        self._outside = outside
        self.walk = Walk(keys)

    async def run(self, progress: Callable[[str, int], Any]) -> Report:
        """What has come of it. Raises `psycopg.Error`."""
        async with self._pool.connection() as connection:  # in this order: none of them may have grown past the next
            signed, (recorded, schema) = await _signed(connection), await place(connection)
        self._schema, self._recorded, self._end = schema, recorded, await self._store.end()
        self._due = Due(self._pool, self._outside, signed)
        self._diagnosis = Diagnosis(self._store, self._pool, self._schema, self._end, recorded)
        problem = None
        try:
            with progress("events verified", self._end) as at:
                await self._verify(at)
        except DoesNotFit as failure:
            problem = failure.problem
        return self.walk.report(recorded, problem)

    async def _verify(self, at: Callable[[int], None]) -> None:
        # Asked while the walk is under way: the database has time meanwhile.
        hearing = asyncio.create_task(self._hear())
        reading = asyncio.create_task(self._read(LOWEST))
        try:
            await self._check(await self._due.next())
            while (page := await reading)[0]:
                reading = asyncio.create_task(self._read(page[0][-1].position))
                await asyncio.sleep(0)  # so that it is on its way
                await self._page(*page)
                at(self.walk.size)
            if self.walk.size < self._recorded:
                raise await self._diagnosis.gap(self.walk.size + 1, None)
            if self._next:
                checkpoint, outside = self._next
                self.walk.ended(checkpoint, outside=outside)
            await hearing
        finally:
            await cancelled(hearing, reading)

    async def _read(self, after: int) -> tuple[list[Raw], list[EntryRow]]:
        """Events, and rows of the ledger, behind a position."""
        return await asyncio.gather(self._store.raw(after, PAGE, self._end), self._rows(max(after, 0)))

    async def _rows(self, after: int) -> list[EntryRow]:
        async with self._pool.connection() as connection:
            return await entries.page(connection, self._schema, after, PAGE)

    async def _hear(self) -> None:
        async with self._pool.connection() as connection:
            await witnesses.hear(connection, self._schema, self._end, self._recorded)

    async def _page(self, events: list[Raw], rows: list[EntryRow]) -> None:
        while events:
            count = self._next[0].size - self.walk.size if self._next else len(events)
            if not self.walk.take(events[:count], rows[:count]):
                await self._one_by_one(events[:count], rows[:count])
            events, rows = events[count:], rows[count:]
            await self._check(self._next)

    async def _one_by_one(self, events: list[Raw], rows: list[EntryRow]) -> None:
        """They have not come to the ledger yet, or one of them does not fit."""
        for raw, row in zip(events, [*rows, *[None] * len(events)], strict=False):
            try:
                made = self.walk.add(raw)
            except Gap:
                raise await self._diagnosis.gap(self.walk.size + 1, raw) from None
            if made != row and not (row is None and raw.position > self._recorded):
                raise await self._misfit(raw, row)
            self.walk.fits(raw, recorded=row is not None)

    async def _misfit(self, raw: Raw, row: EntryRow | None) -> DoesNotFit:
        if row is None or row.position != raw.position:
            return await self._diagnosis.no_row(raw.position)
        return await self._diagnosis.difference(raw, row, self.walk)

    async def _check(self, due: tuple[Checkpoint, bool] | None) -> None:
        """The checkpoints that are due."""
        while due and due[0].size <= self.walk.size:
            checkpoint, outside = due
            self.walk.check(checkpoint, outside=outside)
            due = await self._due.next()
        self._next = due


async def _signed(connection: AsyncConnection[Any]) -> int:
    last = await checkpoints.latest(connection)
    return last.size if last else 0
