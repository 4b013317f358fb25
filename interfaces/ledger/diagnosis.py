"""How an event or a row of the ledger has come not to fit: by looking where else it would."""

from collections.abc import AsyncIterator
from typing import Any

from psycopg_pool import AsyncConnectionPool

from application.store import Raw, Store
from interfaces.ledger.problem import DoesNotFit
from interfaces.ledger.walk import Walk
from interfaces.ledger.witnesses import at, what_changed
from projections.ledger import checkpoint as checkpoints
from projections.ledger import entries
from projections.ledger.chain import EntryRow
from projections.ledger.entries import Incomplete, node
from projections.ledger.frame import frame
from projections.ledger.merkle import leaf_hash, proven_root

LOWEST = -(2**63)
PAGE = 2_000


class Diagnosis:
    """Of a log up to position `end`, and of a ledger that had come to `recorded`. It may have to read all of both."""

    def __init__(self, store: Store, pool: AsyncConnectionPool[Any], schema: str, end: int, recorded: int) -> None:
        self._store = store
        self._pool = pool
        self._schema = schema
        self._end = end
        self._recorded = recorded

    async def gap(self, expected: int, found: Raw | None) -> DoesNotFit:
        """Where `expected` should be, something else is `found`, or nothing."""
        if found and found.position < expected:
            return DoesNotFit(found.position, "inserted", "event", "positions begin with 1")
        row = await self._row(expected)
        if row and (moved := await self._original(row)):
            return DoesNotFit(expected, "reordered", "event", f"it stands at position {moved.position} now")
        if found:
            return DoesNotFit(expected, "missing", "event", f"the next one stands at position {found.position}")
        why = f"it ends at position {expected - 1}, and the ledger had come to {self._recorded}"
        return DoesNotFit(expected, "truncated", "log", why)

    async def no_row(self, position: int) -> DoesNotFit:
        """The ledger has nothing of an event that it had come to."""
        if rows := await self._rows(position, 1):
            why = f"the next one is of position {rows[0].position}"
            return DoesNotFit(position, "missing", "ledger row", why)
        why = f"it ends at position {position - 1}, and had come to {self._recorded}"
        return DoesNotFit(position, "truncated", "ledger", why)

    async def difference(self, raw: Raw, row: EntryRow, walk: Walk) -> DoesNotFit:
        """An event is not what the ledger holds of its position."""
        position = raw.position
        if leaf_hash(frame(raw)) == node(row.nodes, 0):
            return DoesNotFit(position, "changed", "ledger row", "the event is what it was, the row is not")
        if await self._is_signed(raw, walk):
            return DoesNotFit(position, "changed", "ledger row", "the event is what was signed, the row is not")
        if _fits(raw, row):
            why = f"its time of record was {at(row.recorded_at)}, and is {at(raw.recorded_at)}"
            return DoesNotFit(position, "changed", "event", why)
        if swapped := await self._held(raw, row):
            why = f"what it should hold is held by position {swapped.position} now"
            return DoesNotFit(position, "reordered", "event", why)
        original, place = await self._original(row), await self._place(raw)
        if original:
            why = f"what belongs here stands at position {original.position} now"
            return DoesNotFit(position, "reordered" if place else "inserted", "event", why)
        if place:
            why = f"what stands here belongs to position {place}: {place - position} are gone"
            return DoesNotFit(position, "missing", "event", why)
        async with self._pool.connection() as connection:
            return DoesNotFit(position, "changed", "event", await what_changed(connection, raw))

    async def _is_signed(self, raw: Raw, walk: Walk) -> bool:
        """Whether an event leads to what was signed, by the rows beside its own."""
        async with self._pool.connection() as connection:
            signed = await checkpoints.covering(connection, raw.position)
            if signed is None or walk.distrusts(signed):
                return False
            try:
                path = await entries.path(connection, self._schema, raw.position, signed.size)
            except Incomplete:
                return False
        return proven_root(leaf_hash(frame(raw)), raw.position, signed.size, path) == signed.root

    async def _original(self, row: EntryRow) -> Raw | None:
        """The event that fits a row, wherever it stands now."""
        async for raw in self._events():
            if _fits(raw, row):
                return raw
        return None

    async def _held(self, here: Raw, row: EntryRow) -> Raw | None:
        """The event that holds what an event `here` should hold."""
        async for raw in self._events():
            if raw.position != here.position and _fits(here._replace(topic=raw.topic, state=raw.state), row):
                return raw
        return None

    async def _place(self, raw: Raw) -> int | None:
        """The position whose row an event fits."""
        after = 0
        while rows := await self._rows(after):
            if found := next((row.position for row in rows if _fits(raw, row)), None):
                return found
            after = rows[-1].position
        return None

    async def _row(self, position: int) -> EntryRow | None:
        return next((row for row in await self._rows(position - 1, 1) if row.position == position), None)

    async def _rows(self, after: int, limit: int = PAGE) -> list[EntryRow]:
        async with self._pool.connection() as connection:
            return await entries.page(connection, self._schema, after, limit)

    async def _events(self) -> AsyncIterator[Raw]:
        after = LOWEST
        while page := await self._store.raw(after, PAGE, self._end):
            for raw in page:
                yield raw
            after = page[-1].position


def _fits(raw: Raw, row: EntryRow) -> bool:
    """Whether an event would fit a row, did it stand there, and had it been recorded then."""
    there = raw._replace(position=row.position, recorded_at=row.recorded_at)
    return leaf_hash(frame(there)) == node(row.nodes, 0)
