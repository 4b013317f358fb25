"""Who was active: what each person did on each day, and so who sent or read something in each week and month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import AsyncConnection

from projections.rows import columns

Key = tuple[date, str]


@dataclass(slots=True)
class ActivityRow:
    """What somebody did on a day."""

    day: date
    user_id: str
    message_count: int = 0
    reading_count: int = 0


def _period(schema: str, unit: str) -> str:
    """Whoever is known to have sent, or read, in a week or month is not written again: most are, after its first days.

    People have to be told apart in a period, and days can't be added up: so these are kept beside the days.
    """
    return f"""
        INSERT INTO {schema}.people_{unit}s AS known ({unit}, user_id, sent, read)
        SELECT date_trunc('{unit}', day::timestamp)::date AS {unit}, user_id,
            bool_or(message_count > 0), bool_or(reading_count > 0)
        FROM done GROUP BY {unit}, user_id
        ON CONFLICT ({unit}, user_id) DO UPDATE SET
            sent = known.sent OR excluded.sent, read = known.read OR excluded.read
        WHERE excluded.sent > known.sent OR excluded.read > known.read"""


async def save(connection: AsyncConnection[Any], schema: str, rows: Sequence[ActivityRow]) -> None:
    """What was done is added to what is known."""
    query = f"""
        WITH done AS (
            SELECT * FROM unnest(
                %(day)s::date[], %(user_id)s::text[], %(message_count)s::bigint[], %(reading_count)s::bigint[]
            ) AS d (day, user_id, message_count, reading_count)
        ), weeks AS ({_period(schema, "week")}), months AS ({_period(schema, "month")})
        INSERT INTO {schema}.people_days AS known (day, user_id, message_count, reading_count)
        SELECT * FROM done
        ON CONFLICT (day, user_id) DO UPDATE SET
            message_count = known.message_count + excluded.message_count,
            reading_count = known.reading_count + excluded.reading_count
    """.encode()
    await connection.execute(query, columns(ActivityRow, rows))
