"""The ledger's own projection: the log as it lies there, chained and hashed, after the chat has projected it."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from application.store import Raw, Store
from projections.ledger import entries
from projections.ledger.chain import Chain
from projections.position import Projected
from projections.projector import Projector

NAME = "ledger"
SLICE = 250
"""Events taken at a time, about two milliseconds: between two of them the process answers whoever waits."""


class LedgerProjector(Projector[Raw]):
    """Never ahead of the chat: what nobody can have seen yet has time."""

    batch = 4_000
    may_lag = True

    def __init__(
        self,
        pool: AsyncConnectionPool[Any],
        store: Store,
        projected: Projected,
        *,
        poll: float = 1.0,
        rest: float = 0.0,
    ) -> None:
        super().__init__(NAME, pool, poll=poll, rest=rest)
        self._store = store
        self._projected = projected
        self._kept = ("", Chain())
        """Of a schema, the ledger as of the last batch that holds."""
        self._next = self._kept

    async def read(self, after: int, limit: int) -> Sequence[Raw]:
        """Source: Projector."""
        upto, events = self._projected.position, list[Raw]()
        while page := await self._store.raw(after, min(SLICE, limit - len(events)), upto):
            events += page
            after = page[-1].position
        return events

    async def apply(self, connection: AsyncConnection[Any], schema: str, events: Sequence[Raw]) -> None:
        """Raises `Gap` where an event is missing, `Incomplete` where a row is. Source: Projector."""
        chain = await self._chain(connection, schema, events[0].position - 1)
        for first in range(0, len(events), SLICE):
            await entries.save(connection, schema, chain.extend(events[first : first + SLICE]))
        self._next = (schema, chain)

    async def _chain(self, connection: AsyncConnection[Any], schema: str, before: int) -> Chain:
        """The ledger that the next events are added to; `before` where it is rebuilt, beside the live one."""
        position, generation = self._place
        size = position if schema == f"{self.name}_{generation}" else before
        of, chain = self._kept
        return chain.copy() if (of, chain.size) == (schema, size) else await entries.load(connection, schema, size)

    def committed(self, position: int) -> None:
        """Source: Projector."""
        self._kept = self._next

    def forget(self) -> None:
        """Source: Projector."""
        self._kept = self._next = ("", Chain())
