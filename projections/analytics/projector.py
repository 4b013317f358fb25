"""The analytics projection: in its own time, and never ahead of the chat's."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from application.store import Recorded, Store
from projections.analytics.facts import load
from projections.position import Projected
from projections.projector import Projector

NAME = "analytics"
SHAPE = 2
"""Raised with the pattern `analytics_0`, and wherever the rows come to mean something else."""


class AnalyticsProjector(Projector[Recorded]):
    """Keeps nothing from one batch to the next: whoever has been at it meanwhile does not matter.

    Without `projected` it reads to the end of the log, as where rows are made anew beside those that serve.
    """

    may_lag = True

    def __init__(
        self,
        pool: AsyncConnectionPool[Any],
        store: Store,
        projected: Projected | None,
        *,
        poll: float = 1.0,
        rest: float = 1.0,
    ) -> None:
        super().__init__(NAME, pool, poll=poll, rest=rest, shape=SHAPE)
        self._store = store
        self._projected = projected

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Source: Projector."""
        upto = None if self._projected is None else self._projected.position
        return [] if upto is not None and upto <= after else await self._store.tail(after, limit, upto)

    async def apply(self, connection: AsyncConnection[Any], schema: str, events: Sequence[Recorded]) -> None:
        """Source: Projector."""
        facts = await load(connection, schema, events)
        for recorded in events:
            facts.add(recorded)
        await facts.save(connection, schema)
