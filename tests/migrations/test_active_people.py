"""Who was active in a week or month is known of the time before, too."""

import asyncio
from datetime import date

import psycopg

from migrations import migrate
from tests.faults.processes import until
from tests.projections.rebuilds import ask

SUNDAY, MONDAY, TUESDAY = date(2026, 11, 29), date(2026, 11, 30), date(2026, 12, 1)
PREPARED = """
    SELECT copy_shape('analytics_0', 'analytics_3');
    UPDATE projections SET generation = 3, position = 7 WHERE name = 'analytics';
"""
DONE = "INSERT INTO analytics_3.people_days (day, user_id, message_count, reading_count) VALUES (%s, %s, %s, %s)"


def prepare(url: str) -> None:
    """As the version before left it after two rebuilds."""
    migrate(url, "0005")
    ask(url, PREPARED)
    for row in [(SUNDAY, "alice", 2, 0), (MONDAY, "alice", 0, 1), (TUESDAY, "alice", 1, 0), (MONDAY, "bob", 0, 1)]:
        ask(url, DONE, *row)


def test_the_days_that_there_are_tell(empty_database_url: str) -> None:
    prepare(empty_database_url)
    migrate(empty_database_url)
    weekly, monthly = (
        ask(empty_database_url, f"SELECT * FROM analytics.{unit}_active_people ORDER BY 1")
        for unit in ("weekly", "monthly")
    )
    assert weekly == [(date(2026, 11, 23), 1, 1, 0), (MONDAY, 2, 1, 2)]
    assert monthly == [(date(2026, 11, 1), 2, 1, 2), (TUESDAY, 1, 1, 0)]
    assert ask(empty_database_url, "SELECT position, first_day, last_day FROM analytics.freshness") == [
        (7, SUNDAY, TUESDAY)
    ]
    assert served(empty_database_url) == [(2, 3, 7)]


async def test_a_batch_that_is_under_way_is_waited_for(empty_database_url: str) -> None:
    prepare(empty_database_url)
    with psycopg.connect(empty_database_url) as batch:
        batch.execute("SELECT FROM projections WHERE name = 'analytics' AND shape = 1 FOR UPDATE")
        migrating = asyncio.create_task(asyncio.to_thread(migrate, empty_database_url))
        await until(lambda: ask(empty_database_url, "SELECT pid FROM pg_locks WHERE NOT granted"))
        batch.execute(DONE, (TUESDAY, "carol", 1, 0))
        batch.execute("UPDATE projections SET position = 8 WHERE name = 'analytics' AND shape = 1")
    await migrating
    december = ask(empty_database_url, "SELECT user_id FROM analytics_3.people_months WHERE month = %s", TUESDAY)
    assert sorted(december) == [("alice",), ("carol",)]
    assert served(empty_database_url) == [(2, 3, 8)]


def served(url: str) -> object:
    return ask(url, "SELECT shape, generation, position FROM projections WHERE name = 'analytics'")
