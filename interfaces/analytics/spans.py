"""What a report is asked for: from which day to which, and by what."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from domain.base import invalid

By = Literal["day", "week", "month"]

USUAL = 30
"""Days."""
MAX_YEARS = 100
MAX_PERIODS = 10_000
PER_DAY = {"day": 1, "week": 7, "month": 28}

PERIODS = """
    periods AS (
        SELECT generate_series(
            date_trunc(%(by)s::text, %(from)s::date::timestamp), %(to)s::date::timestamp, ('1 ' || %(by)s)::interval
        )::date AS period
    )"""

IN_SPAN = "day BETWEEN %(from)s AND %(to)s"

DAY_OF = "date_trunc(%(by)s::text, day::timestamp)::date"
"""The period that a `day` lies in."""


@dataclass(frozen=True, slots=True)
class Span:
    """Both days are included."""

    begin: date
    end: date


def span(begin: date | None, end: date | None, by: By | None, last_day: date | None) -> Span:
    """The span that is meant. `last_day` is the last one on which anything happened. Raises `Rejected`."""
    end = end or max(last_day or datetime.now(UTC).date(), begin or date.min)
    begin = begin or date.fromordinal(max(1, end.toordinal() - USUAL + 1))
    days = (end - begin) // timedelta(days=1) + 1
    if days < 1:
        raise invalid("from", f"after the last day, {end}")
    if days > MAX_YEARS * 366:
        raise invalid("from", f"more than {MAX_YEARS} years before the last day, {end}")
    if by and days / PER_DAY[by] > MAX_PERIODS:
        raise invalid("by", f"more than {MAX_PERIODS:,} periods: by {by}, it takes a shorter span")
    return Span(begin, end)
