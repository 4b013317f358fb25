"""The report `activity`: messages, and the people and conversations behind them, by day, week and month."""

from collections.abc import Mapping

from interfaces.analytics.spans import DAY_OF, IN_SPAN, PERIODS, By

SAID_DAILY = f"""
    SELECT day AS period, message_count, character_count, conversation_count
    FROM analytics.daily_activity WHERE {IN_SPAN}"""

SAID = f"""
    SELECT period, sum(message_count)::bigint AS message_count, sum(character_count)::bigint AS character_count,
        count(*) AS conversation_count
    FROM (
        SELECT {DAY_OF} AS period, sum(message_count) AS message_count, sum(character_count) AS character_count
        FROM analytics.daily_conversations WHERE {IN_SPAN} GROUP BY 1, conversation_id
    ) AS each GROUP BY period"""

ACTIVE_DAILY = f"""
    SELECT day AS period, sender_count, reader_count, active_count
    FROM analytics.daily_active_people WHERE {IN_SPAN}"""


def _active(unit: str) -> str:
    """Who was active in whole weeks or months is counted already; at the ends of the span people are told apart."""
    first = f"(date_trunc('{unit}', %(from)s::date - interval '1 day') + interval '1 {unit}')::date"
    after = f"date_trunc('{unit}', %(to)s::date + interval '1 day')::date"
    return f"""
        SELECT {unit} AS period, sender_count, reader_count, active_count
        FROM analytics.{unit}ly_active_people WHERE {unit} >= {first} AND {unit} < {after}
        UNION ALL
        SELECT period, count(*) FILTER (WHERE message_count > 0), count(*) FILTER (WHERE reading_count > 0), count(*)
        FROM (
            SELECT {DAY_OF} AS period, sum(message_count) AS message_count, sum(reading_count) AS reading_count
            FROM analytics.daily_people
            WHERE day BETWEEN %(from)s AND least({first} - 1, %(to)s)
                OR day BETWEEN greatest({after}, %(from)s) AND %(to)s
            GROUP BY 1, user_id
        ) AS each GROUP BY period"""


def _activity(said: str, active: str) -> str:
    return f"""
        WITH {PERIODS}, said AS ({said}), active AS ({active})
        SELECT period, coalesce(message_count, 0) AS message_count, coalesce(character_count, 0) AS character_count,
            coalesce(conversation_count, 0) AS conversation_count, coalesce(sender_count, 0) AS sender_count,
            coalesce(reader_count, 0) AS reader_count, coalesce(active_count, 0) AS active_count
        FROM periods LEFT JOIN said USING (period) LEFT JOIN active USING (period) ORDER BY period"""


QUERIES: Mapping[By, str] = {
    "day": _activity(SAID_DAILY, ACTIVE_DAILY),
    "week": _activity(SAID, _active("week")),
    "month": _activity(SAID, _active("month")),
}
