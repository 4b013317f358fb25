"""Every view holds what the log says, however the log is cut into batches; and it says what it holds."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.store import Recorded
from domain.base import Event
from tests.analytics.filled import contents, fill, recorded
from tests.analytics.histories import histories
from tests.analytics.plain import Plain
from tests.analytics.views import views
from tests.database import Pools
from tests.projections.chat import added, read, removed, said, started

examples = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
portions = st.lists(st.integers(1, 9), max_size=12)


@examples
@given(histories, portions)
async def test_every_view_holds_what_the_log_says(pools: Pools, log: list[Recorded], portions: list[int]) -> None:
    expected = views(Plain(log))
    await fill(pools, log, portions)
    found = await contents(pools)
    assert found.keys() == expected.keys()
    for name, rows in expected.items():
        assert found[name] == rows, name


@examples
@given(histories)
async def test_batches_make_no_difference(pools: Pools, log: list[Recorded]) -> None:
    await fill(pools, log)
    whole = await contents(pools)
    await fill(pools, log, [1] * len(log))
    assert await contents(pools) == whole


async def test_who_is_gone_reads_nothing_and_has_nothing_waiting(pools: Pools) -> None:
    """An import may let somebody speak, or mark something as read, who is being removed at that moment."""
    log = recorded(
        started("alice", "bob", "carol"),
        said("alice"),
        removed("bob"),
        read("bob", 1),
        said("bob"),
        read("carol", 2),
        added("bob"),
    )
    await fill(pools, log)
    found = await contents(pools)
    assert found == views(Plain(log))
    assert {(row[1], row[5]) for row in found["participants"]} == {("alice", 1), ("bob", 0), ("carol", 0)}
    assert [row[1] for row in found["unread_backlog"]] == [1]


@pytest.mark.slow
async def test_a_reading_of_ten_thousand_messages_is_one_row(pools: Pools) -> None:
    said_often: list[Event] = [said("alice") for _ in range(10_000)]
    log = recorded(started("alice", "bob"), *said_often, read("bob", 10_000))
    await fill(pools, log, [1_000] * 10)
    found = await contents(pools)
    assert {row[3:] for row in found["reads"]} == {(1, 10_000, log[-1].recorded_at, 10_000, 0)}
    assert len(found["message_reads"]) == 10_000
    assert {row[1:] for row in found["read_times"]} == {(0, 1, 10_000, 0)}


async def test_every_view_and_column_says_what_it_is(pools: Pools) -> None:
    async with pools.reading.connection() as connection:
        cursor = await connection.execute(
            """SELECT c.relname, a.attname, col_description(c.oid, a.attnum), obj_description(c.oid)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'analytics'::regnamespace AND a.attnum > 0"""
        )
        rows = await cursor.fetchall()
    assert len(rows) > 90
    assert [row for row in rows if not (row[2] and row[3])] == []


async def test_no_view_holds_what_people_wrote(pools: Pools) -> None:
    secret = "nobody's business"
    log = recorded(started("alice", "bob", title=secret), said("alice", secret))
    await fill(pools, log)
    assert secret not in str(await contents(pools))
    async with pools.reading.connection() as connection:
        cursor = await connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema ~ '^analytics'"
        )
        assert {name for (name,) in await cursor.fetchall()} & {"body", "title", "name", "preview"} == set()
