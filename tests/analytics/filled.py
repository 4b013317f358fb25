"""The analytics of a log: projected, and looked at."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from application.chat import write_stream
from application.store import Recorded
from domain.base import Event
from projections.analytics.projector import AnalyticsProjector
from projections.position import Projected
from tests.database import Pools
from tests.projections.chat import START

Rows = set[tuple[Any, ...]]


class Log:
    """A log that gives out at most `portion` events at a time."""

    def __init__(self, events: Sequence[Recorded]) -> None:
        self.events = events
        self.portion = 1_000

    async def tail(self, after: int, limit: int, upto: int | None = None) -> Sequence[Recorded]:
        return self.events[after:upto][: min(limit, self.portion)]


def projector(pools: Pools, log: Any, projected: Projected) -> AnalyticsProjector:
    return AnalyticsProjector(pools.projecting, log, projected, poll=0.01, rest=0)


async def fill(pools: Pools, events: Sequence[Recorded], portions: Sequence[int] = ()) -> None:
    """Projects a log by batches of some sizes, and the rest at once, where nothing has been projected before."""
    await start_afresh(pools, events)
    log, chat = Log(events), Projected()
    chat.reached(len(events))
    one = projector(pools, log, chat)
    for log.portion in [*portions, 1_000]:
        await one.step()


async def start_afresh(pools: Pools, events: Sequence[Recorded]) -> None:
    """As after the migrations; of the log, what a view can see."""
    async with pools.projecting.connection() as connection, connection.transaction():
        tables = await connection.execute(
            """SELECT schemaname || '.' || tablename FROM pg_tables JOIN projections
            ON schemaname = name || '_' || generation WHERE name = 'analytics'"""
        )
        for (table,) in await tables.fetchall():
            await connection.execute(f"DELETE FROM {table}".encode())
        await connection.execute("DELETE FROM events")
        await connection.execute("UPDATE projections SET position = 0")
        await connection.cursor().executemany(
            """INSERT INTO events (notification_id, originator_id, originator_version, topic, state, recorded_at)
            VALUES (%s, %s, %s, %s, '', %s)""",
            [(one.position, one.stream, one.version, one.event.TOPIC, one.recorded_at) for one in events],
        )


async def contents(pools: Pools) -> dict[str, Rows]:
    """All rows of all views, by name."""
    async with pools.reading.connection() as connection, connection.transaction():
        names = await connection.execute("SELECT viewname FROM pg_views WHERE schemaname = 'analytics'")
        found = {}
        for (name,) in await names.fetchall():
            rows = await (await connection.execute(f"SELECT * FROM analytics.{name}".encode())).fetchall()
            found[name] = set(rows)
            assert len(found[name]) == len(rows), f"{name}: a row twice"
        return found


def recorded(*events: Event) -> list[Recorded]:
    """A log of events that happened at one instant."""
    versions: Counter[UUID] = Counter()
    log = []
    for position, event in enumerate(events, 1):
        stream = write_stream(event)
        versions[stream] += 1
        log.append(Recorded(position, stream, versions[stream], START, event))
    return log
