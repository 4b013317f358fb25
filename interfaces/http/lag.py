"""How far the projections are behind the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg_pool import AsyncConnectionPool

from projections.projector import Projector


@dataclass(frozen=True, slots=True)
class Lag:
    """`behind` in events; `behind_seconds` is the age of the first of them. `failure`: why it stands still, if so.

    `may_lag`: nobody who is served here has to wait for it.
    """

    projection: str
    position: int
    behind: int
    behind_seconds: float
    failure: str | None
    may_lag: bool


async def lags(pool: AsyncConnectionPool[Any], projectors: Mapping[str, Projector[Any]]) -> list[Lag]:
    """The lag of each projection that runs here. Raises `psycopg.OperationalError` when the database is away."""
    async with pool.connection() as connection:
        # Positions have no gaps, so the first event not projected is the one at the next position.
        cursor = await connection.execute(
            """SELECT p.name, p.position,
                greatest((SELECT coalesce(max(notification_id), 0) FROM events) - p.position, 0),
                greatest(coalesce(extract(epoch FROM clock_timestamp() - next.recorded_at), 0), 0)::float
            FROM projections p JOIN unnest(%s::text[], %s::int[]) AS running (name, shape) USING (name, shape)
            LEFT JOIN events next ON next.notification_id = p.position + 1 ORDER BY p.name""",
            (list(projectors), [projector.shape for projector in projectors.values()]),
        )
        return [
            Lag(name, position, behind, seconds, projectors[name].failure, projectors[name].may_lag)
            async for name, position, behind, seconds in cursor
        ]
