"""The messages of the analysts, without their bodies, and what adds up of them by day and by hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from projections.rows import columns

STEP = """width_bucket(milliseconds,
    (SELECT array_agg(at_least_seconds * 1000::bigint ORDER BY step) FROM analytics.steps)) - 1"""
"""The step of the distributions that some `milliseconds` fall into."""


@dataclass(slots=True)
class MessageRow:
    """`response_milliseconds`: how long somebody else's turn had waited for it, where it answers one."""

    conversation_id: UUID
    number: int
    sender_id: str
    length: int
    sent_at: datetime
    imported: bool
    response_milliseconds: int | None
    position: int


async def save(connection: AsyncConnection[Any], schema: str, rows: Sequence[MessageRow]) -> None:
    """Each message once: what adds up is added to."""
    query = f"""
        WITH sent AS (
            SELECT *, (sent_at AT TIME ZONE 'UTC')::date AS day FROM unnest(
                %(conversation_id)s::uuid[], %(number)s::bigint[], %(sender_id)s::text[], %(length)s::int[],
                %(sent_at)s::timestamptz[], %(imported)s::boolean[], %(response_milliseconds)s::bigint[],
                %(position)s::bigint[]
            ) AS m (conversation_id, number, sender_id, length, sent_at, imported, milliseconds, position)
        ), messages AS (
            INSERT INTO {schema}.messages (
                conversation_id, number, sender_id, length, sent_at, imported, response_milliseconds, position
            )
            SELECT conversation_id, number, sender_id, length, sent_at, imported, milliseconds, position FROM sent
        ), conversation_days AS (
            INSERT INTO {schema}.conversation_days AS known (day, conversation_id, message_count, character_count)
            SELECT day, conversation_id, count(*), sum(length) FROM sent GROUP BY day, conversation_id
            ON CONFLICT (day, conversation_id) DO UPDATE SET
                message_count = known.message_count + excluded.message_count,
                character_count = known.character_count + excluded.character_count
        ), hours AS (
            INSERT INTO {schema}.hours AS known (hour, message_count, character_count)
            SELECT date_trunc('hour', sent_at, 'UTC') AS hour, count(*), sum(length) FROM sent GROUP BY hour
            ON CONFLICT (hour) DO UPDATE SET
                message_count = known.message_count + excluded.message_count,
                character_count = known.character_count + excluded.character_count
        )
        INSERT INTO {schema}.response_times AS known (day, step, response_count, milliseconds)
        SELECT day, {STEP} AS step, count(*), sum(milliseconds) FROM sent
        WHERE milliseconds IS NOT NULL GROUP BY day, step
        ON CONFLICT (day, step) DO UPDATE SET
            response_count = known.response_count + excluded.response_count,
            milliseconds = known.milliseconds + excluded.milliseconds
    """.encode()
    await connection.execute(query, columns(MessageRow, rows))
