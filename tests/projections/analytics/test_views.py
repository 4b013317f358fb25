"""Every view holds what the log says, however the log is cut into batches."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.chat import write_stream
from application.store import Recorded
from domain.base import Event
from projections.analytics.projector import AnalyticsProjector
from projections.position import Projected
from tests.analytics.histories import histories
from tests.analytics.plain import Plain
from tests.analytics.views import views
from tests.database import Pools
from tests.projections.chat import START, added, read, removed, said, started
from tests.projections.test_folding import Log

examples = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
portions = st.lists(st.integers(1, 9), max_size=12)


class Upto(Log):
    """A log that gives out at most `portion` events at a time."""

    async def tail(self, after: int, limit: int, upto: int | None = None) -> Sequence[Recorded]:
        return self.events[after:upto][: min(limit, self.portion)]


@examples
@given(histories, portions)
async def test_every_view_holds_what_the_log_says(pools: Pools, log: list[Recorded], portions: list[int]) -> None:
    expected = views(Plain(log))
    found = await projected(pools, log, portions)
    assert found.keys() == expected.keys()
    for name, rows in expected.items():
        assert found[name] == rows, name


@examples
@given(histories)
async def test_batches_make_no_difference(pools: Pools, log: list[Recorded]) -> None:
    assert await projected(pools, log, []) == await projected(pools, log, [1] * len(log))


async def test_who_is_gone_reads_and_keeps_nothing_waiting(pools: Pools) -> None:
    """An import may let somebody speak, or mark something as read, who is being removed at that moment."""
    events = [
        started("alice", "bob", "carol"),
        said("alice"),
        removed("bob"),
        read("bob", 1),
        said("bob"),
        read("carol", 2),
        added("bob"),
    ]
    log = recorded(*events)
    found = await projected(pools, log, [])
    assert found == views(Plain(log))
    assert {(row[1], row[5]) for row in found["participants"]} == {("alice", 1), ("bob", 0), ("carol", 0)}
    assert [row[1] for row in found["unread_backlog"]] == [1]


async def projected(pools: Pools, log: Sequence[Recorded], portions: Sequence[int]) -> dict[str, Any]:
    await start_afresh(pools, log)
    source, chat = Upto(log), Projected()
    chat.reached(len(log))
    projector: Any = AnalyticsProjector(pools.projecting, source, chat)  # type: ignore[arg-type]
    for source.portion in [*portions, 1_000]:
        await projector.step()
    return await contents(pools)


def recorded(*events: Event) -> list[Recorded]:
    """A log of events that happened at one instant."""
    versions: Counter[UUID] = Counter()
    log = []
    for position, event in enumerate(events, 1):
        stream = write_stream(event)
        versions[stream] += 1
        log.append(Recorded(position, stream, versions[stream], START, event))
    return log


async def start_afresh(pools: Pools, log: Sequence[Recorded]) -> None:
    """As after the migrations; of the log, what a view can see."""
    async with pools.projecting.connection() as connection, connection.transaction():
        tables = await connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'analytics_1'")
        for (table,) in await tables.fetchall():
            await connection.execute(f"DELETE FROM analytics_1.{table}".encode())
        await connection.execute("DELETE FROM events")
        await connection.execute("UPDATE projections SET position = 0")
        await connection.cursor().executemany(
            """INSERT INTO events (notification_id, originator_id, originator_version, topic, state, recorded_at)
            VALUES (%s, %s, %s, %s, '', %s)""",
            [(one.position, one.stream, one.version, one.event.TOPIC, one.recorded_at) for one in log],
        )


async def contents(pools: Pools) -> dict[str, set[tuple[Any, ...]]]:
    """All rows of all views, by name."""
    async with pools.reading.connection() as connection, connection.transaction():
        names = await connection.execute("SELECT viewname FROM pg_views WHERE schemaname = 'analytics'")
        found = {}
        for (name,) in await names.fetchall():
            rows = await (await connection.execute(f"SELECT * FROM analytics.{name}".encode())).fetchall()
            found[name] = set(rows)
            assert len(found[name]) == len(rows), f"{name}: a row twice"
        return found
