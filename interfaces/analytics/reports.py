"""The reports: questions that are asked often, each one query of the contract's views."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import AsyncConnection, Column

from interfaces.analytics.activity import QUERIES
from interfaces.analytics.spans import DAY_OF, IN_SPAN, PERIODS, By, span

BUSIEST = 20
MAX_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Report:
    """`query` takes `from`, `to`, `by` and `limit`; a report may have one for each `by`.

    `periods`: its rows are periods, without gaps.
    """

    name: str
    words: str
    columns: tuple[str, ...]
    query: str | Mapping[By, str]
    periods: bool = True

    def told(self) -> dict[str, Any]:
        """The report as it is listed."""
        return {"report": self.name, "words": self.words, "columns": list(self.columns), "by": self.periods}


def _distribution(view: str, count: str) -> str:
    return f"""
        SELECT s.at_least_seconds, s.below_seconds, coalesce(t.{count}, 0) AS {count},
            coalesce(t.milliseconds, 0) AS milliseconds
        FROM analytics.steps s LEFT JOIN (
            SELECT at_least_seconds, sum({count})::bigint AS {count}, sum(milliseconds)::bigint AS milliseconds
            FROM analytics.{view} WHERE {IN_SPAN} GROUP BY at_least_seconds
        ) AS t USING (at_least_seconds) ORDER BY s.step"""


REPORTS: Mapping[str, Report] = {
    report.name: report
    for report in (
        Report(
            "activity",
            "Messages, and the people and conversations behind them, over time",
            (
                "period",
                "message_count",
                "character_count",
                "conversation_count",
                "sender_count",
                "reader_count",
                "active_count",
            ),
            QUERIES,
        ),
        Report(
            "hours",
            "Messages by weekday and hour",
            ("weekday", "hour", "message_count"),
            """
            SELECT weekday, hour, coalesce(sum(message_count), 0)::bigint AS message_count
            FROM generate_series(1, 7) AS weekday CROSS JOIN generate_series(0, 23) AS hour
            LEFT JOIN (
                SELECT hour AT TIME ZONE 'UTC' AS at, message_count FROM analytics.hourly_activity h
                WHERE (h.hour AT TIME ZONE 'UTC')::date BETWEEN %(from)s AND %(to)s
            ) AS said ON extract(isodow FROM at) = weekday AND extract(hour FROM at) = hour
            GROUP BY weekday, hour ORDER BY weekday, hour""",
            periods=False,
        ),
        Report(
            "conversations",
            "The busiest conversations",
            (
                "conversation_id",
                "kind",
                "participant_count",
                "message_count",
                "character_count",
                "unread_count",
                "last_sent_at",
            ),
            f"""
            WITH busiest AS (
                SELECT conversation_id, sum(message_count)::bigint AS message_count,
                    sum(character_count)::bigint AS character_count
                FROM analytics.daily_conversations WHERE {IN_SPAN}
                GROUP BY conversation_id ORDER BY message_count DESC, conversation_id LIMIT %(limit)s
            )
            SELECT conversation_id, c.kind, c.participant_count, b.message_count, b.character_count,
                (SELECT coalesce(sum(p.unread_count), 0)::bigint FROM analytics.participants p
                    WHERE p.conversation_id = b.conversation_id) AS unread_count,
                c.last_sent_at
            FROM busiest b JOIN analytics.conversations c USING (conversation_id)
            ORDER BY b.message_count DESC, conversation_id""",
            periods=False,
        ),
        Report(
            "response_times",
            "How long people wait for an answer",
            ("at_least_seconds", "below_seconds", "response_count", "milliseconds"),
            _distribution("response_times", "response_count"),
            periods=False,
        ),
        Report(
            "read_times",
            "How long messages wait to be read",
            ("at_least_seconds", "below_seconds", "read_count", "milliseconds"),
            _distribution("read_times", "read_count"),
            periods=False,
        ),
        Report(
            "unread",
            "How much waits to be read",
            ("period", "unread_count", "change"),
            f"""
            WITH {PERIODS}, changed AS (
                SELECT {DAY_OF} AS period, sum(change)::bigint AS change FROM analytics.unread_backlog
                WHERE {IN_SPAN} GROUP BY 1
            )
            SELECT period,
                (coalesce((SELECT sum(change) FROM analytics.unread_backlog WHERE day < %(from)s), 0)
                    + sum(coalesce(change, 0)) OVER (ORDER BY period))::bigint AS unread_count,
                coalesce(change, 0) AS change
            FROM periods LEFT JOIN changed USING (period) ORDER BY period""",
        ),
        Report(
            "growth",
            "New people, conversations and messages, and how many there are in all",
            (
                "period",
                "new_people",
                "new_conversations",
                "new_messages",
                "people_count",
                "conversation_count",
                "message_count",
            ),
            f"""
            WITH {PERIODS}, grown AS MATERIALIZED (
                SELECT day, new_people, new_conversations, new_messages FROM analytics.growth WHERE day <= %(to)s
            ), before AS (
                SELECT coalesce(sum(new_people), 0) AS people, coalesce(sum(new_conversations), 0) AS conversations,
                    coalesce(sum(new_messages), 0) AS messages FROM grown WHERE day < %(from)s
            ), news AS (
                SELECT period, coalesce(sum(new_people), 0)::bigint AS new_people,
                    coalesce(sum(new_conversations), 0)::bigint AS new_conversations,
                    coalesce(sum(new_messages), 0)::bigint AS new_messages
                FROM periods LEFT JOIN grown ON {DAY_OF} = period AND day >= %(from)s GROUP BY period
            )
            SELECT period, new_people, new_conversations, new_messages,
                (people + sum(new_people) OVER (ORDER BY period))::bigint AS people_count,
                (conversations + sum(new_conversations) OVER (ORDER BY period))::bigint AS conversation_count,
                (messages + sum(new_messages) OVER (ORDER BY period))::bigint AS message_count
            FROM news CROSS JOIN before ORDER BY period""",
        ),
    )
}


Body = dict[str, Any]


async def answer(
    connection: AsyncConnection[dict[str, Any]],
    report: Report,
    begin: date | None = None,
    end: date | None = None,
    by: By = "day",
    limit: int = BUSIEST,
) -> tuple[list[Column], Body]:
    """A report, out of one snapshot; days and times are Python's. Raises `Rejected` for a span that is none."""
    fresh = await freshness(connection)
    asked = by if report.periods else None
    within = span(begin, end, asked, fresh["last_day"])
    parameters = {"from": within.begin, "to": within.end, "by": by, "limit": limit}
    query = report.query if isinstance(report.query, str) else report.query[by]
    cursor = await connection.execute(query.encode(), parameters)
    body = {
        "report": report.name,
        "from": within.begin,
        "to": within.end,
        "by": asked,
        "freshness": fresh,
        "columns": list(report.columns),
        "rows": await cursor.fetchall(),
    }
    return list(cursor.description or ()), body


async def listed(connection: AsyncConnection[dict[str, Any]]) -> Body:
    """The reports there are."""
    return {"reports": [one.told() for one in REPORTS.values()], "freshness": await freshness(connection)}


async def freshness(connection: AsyncConnection[dict[str, Any]]) -> Body:
    cursor = await connection.execute("SELECT position, reflected_at, first_day, last_day FROM analytics.freshness")
    row = await cursor.fetchone()
    assert row is not None, "the migrations made the projection's row"
    return row
