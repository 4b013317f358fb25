"""Every figure of every report is the one that the log says."""

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.store import Recorded
from domain.base import Event, Rejected
from interfaces.analytics.analyst import Analyst
from interfaces.analytics.reports import REPORTS, answer, freshness, listed
from interfaces.analytics.spans import By
from tests.analytics import reports
from tests.analytics.filled import fill, recorded
from tests.analytics.histories import histories
from tests.analytics.plain import Plain, day
from tests.database import Pools
from tests.projections.chat import START, read, said, started

examples = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
TODAY = START.date()
days = st.integers(-45, 75).map(lambda number: TODAY + timedelta(days=number))


@examples
@given(histories, days, st.integers(0, 70), st.sampled_from(["day", "week", "month"]), st.integers(1, 3))
async def test_every_figure_is_the_one_that_the_log_says(
    pools: Pools, analyst: Analyst, log: list[Recorded], begin: date, length: int, by: By, limit: int
) -> None:
    await fill(pools, log)
    plain, end = Plain(log), begin + timedelta(days=length)
    async with analyst.snapshot() as connection:
        for name, report in REPORTS.items():
            columns, body = await answer(connection, report, begin, end, by, limit)
            assert body["rows"] == reports.rows(plain, name, begin, end, by, limit), name
            assert [column.name for column in columns] == body["columns"] == list(report.columns)
            assert all(list(row) == body["columns"] for row in body["rows"])
            assert (body["from"], body["to"], body["by"]) == (begin, end, by if report.periods else None)


@examples
@given(histories)
async def test_all_that_there_is_adds_up(pools: Pools, analyst: Analyst, log: list[Recorded]) -> None:
    """Whoever asks for everything finds every message, and what waits now."""
    await fill(pools, log)
    plain = Plain(log)
    begin = TODAY - timedelta(days=60)
    end = max(day(log[-1].recorded_at), *(day(message.sent_at) for message in plain.messages), TODAY)
    async with analyst.snapshot() as connection:
        found = {name: (await answer(connection, REPORTS[name], begin, end, "month"))[1]["rows"] for name in REPORTS}
    counts = [sum(row["message_count"] for row in found[name]) for name in ("activity", "hours", "conversations")]
    assert counts == [len(plain.messages)] * 3
    assert found["growth"][-1]["message_count"] == len(plain.messages)
    waiting = sum(len(numbers) for talk in plain.talks.values() for numbers in talk.waiting.values())
    assert found["unread"][-1]["unread_count"] == waiting


async def test_without_days_it_is_the_thirty_up_to_the_last_one(pools: Pools, analyst: Analyst) -> None:
    await fill(pools, recorded(started("alice", "bob"), said("alice")))
    async with analyst.snapshot() as connection:
        _, body = await answer(connection, REPORTS["activity"])
        assert (body["from"], body["to"], body["by"]) == (TODAY - timedelta(days=29), TODAY, "day")
        assert len(body["rows"]) == 30
        _, body = await answer(connection, REPORTS["activity"], begin=TODAY - timedelta(days=3))
        assert (body["from"], body["to"]) == (TODAY - timedelta(days=3), TODAY)
        _, body = await answer(connection, REPORTS["activity"], end=TODAY - timedelta(days=100))
        assert body["from"] == TODAY - timedelta(days=129)
        _, body = await answer(connection, REPORTS["activity"], begin=TODAY + timedelta(days=3))
        assert (body["from"], body["to"]) == (TODAY + timedelta(days=3), TODAY + timedelta(days=3))


async def test_where_nothing_has_happened_nothing_is_counted(analyst: Analyst) -> None:
    async with analyst.snapshot() as connection:
        assert await freshness(connection) == {
            "position": 0,
            "reflected_at": None,
            "first_day": None,
            "last_day": None,
        }
        for report in REPORTS.values():
            _, body = await answer(connection, report)
            figures = [value for row in body["rows"] for name, value in row.items() if name.endswith("count")]
            assert set(figures) <= {0}


async def test_they_are_listed(analyst: Analyst) -> None:
    async with analyst.snapshot() as connection:
        found = (await listed(connection))["reports"]
    assert [one["report"] for one in found] == list(REPORTS)
    assert {one["report"] for one in found if one["by"]} == {"activity", "unread", "growth"}


@pytest.mark.parametrize(
    ("begin", "end", "by", "field"),
    [
        (TODAY, TODAY - timedelta(days=1), "day", "from"),
        (date.min, date.max, "month", "from"),
        (TODAY - timedelta(days=10_000), TODAY, "day", "by"),
    ],
)
@pytest.mark.parametrize("name", ["activity", "hours"])
async def test_a_span_that_is_none_is_refused(
    analyst: Analyst, name: str, begin: date, end: date, by: Any, field: str
) -> None:
    async with analyst.snapshot() as connection:
        if name == "hours" and field == "by":  # it has no periods to be too many
            await answer(connection, REPORTS[name], begin, end, by)
            return
        with pytest.raises(Rejected) as refused:
            await answer(connection, REPORTS[name], begin, end, by)
    assert refused.value.code == "invalid_payload"
    assert [one for one, _ in refused.value.details] == [field]


async def test_whole_periods_and_the_ends_of_a_span_count_the_same_people(pools: Pools, analyst: Analyst) -> None:
    """Wherever in a week or month it begins and ends."""
    events: list[Event] = [started("alice", "bob", "carol")]
    for n in range(70):
        events += [said("alice"), read("bob", n + 1)] if n % 3 else [said("carol"), said("carol")]
    log = [one._replace(recorded_at=START + timedelta(days=one.position // 2)) for one in recorded(*events)]
    await fill(pools, log)
    plain = Plain(log)
    async with analyst.snapshot() as connection:
        for first, length, by in product(range(0, 35, 2), (0, 6, 7, 13, 29, 30, 34), ("week", "month")):
            begin = TODAY + timedelta(days=first)
            end = begin + timedelta(days=length)
            _, body = await answer(connection, REPORTS["activity"], begin, end, by)
            assert body["rows"] == reports.rows(plain, "activity", begin, end, by)
