"""What was read, and how long it had waited; and by how much that changes what waits to be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from projections.analytics.messages import STEP
from projections.rows import columns


@dataclass(frozen=True, slots=True)
class ReadRow:
    """Somebody has read on, from `first_number` up to `read_number`, both included."""

    position: int
    conversation_id: UUID
    user_id: str
    first_number: int
    read_number: int
    read_at: datetime


async def save(connection: AsyncConnection[Any], schema: str, rows: Sequence[ReadRow]) -> None:
    """The messages must be there already. A reading of ten thousand is a walk along their key, inside the database."""
    query = f"""
        WITH read AS (
            SELECT * FROM unnest(
                %(position)s::bigint[], %(conversation_id)s::uuid[], %(user_id)s::text[], %(first_number)s::bigint[],
                %(read_number)s::bigint[], %(read_at)s::timestamptz[]
            ) AS r (position, conversation_id, user_id, first_number, read_number, read_at)
        ), waited AS (
            SELECT r.position, (m.sent_at AT TIME ZONE 'UTC')::date AS day,
                greatest(floor(extract(epoch FROM r.read_at - m.sent_at) * 1000), 0)::bigint AS milliseconds
            FROM read r CROSS JOIN LATERAL (
                SELECT sent_at FROM {schema}.messages
                WHERE conversation_id = r.conversation_id AND number BETWEEN r.first_number AND r.read_number
                    AND NOT imported
                OFFSET 0  -- else the planner may join by conversation first, and all that was ever said in it
            ) m
        ), added AS MATERIALIZED (
            SELECT position, day, {STEP} AS step, count(*) AS read_count, sum(milliseconds) AS milliseconds
            FROM waited GROUP BY position, day, step
        ), read_times AS (
            INSERT INTO {schema}.read_times AS known (day, step, read_count, milliseconds)
            SELECT day, step, sum(read_count), sum(milliseconds) FROM added GROUP BY day, step
            ON CONFLICT (day, step) DO UPDATE SET
                read_count = known.read_count + excluded.read_count,
                milliseconds = known.milliseconds + excluded.milliseconds
        )
        INSERT INTO {schema}.reads (
            position, conversation_id, user_id, first_number, read_number, read_at, read_count, milliseconds
        )
        SELECT r.*, coalesce(sum(a.read_count), 0), coalesce(sum(a.milliseconds), 0)
        FROM read r LEFT JOIN added a USING (position)
        GROUP BY r.position, r.conversation_id, r.user_id, r.first_number, r.read_number, r.read_at
    """.encode()
    await connection.execute(query, columns(ReadRow, rows))


async def save_imported(connection: AsyncConnection[Any], schema: str, rows: Sequence[ReadRow]) -> None:
    """What an import marks as read has not waited: it goes from what waited on the day that it was sent.

    A thousand people may have read the same ten thousand messages, so these are walked along once: `readers` says how
    many there were from one number to the next at which that changes.
    """
    query = f"""
        WITH edges AS (
            SELECT conversation_id, number, sum(step) AS step FROM (
                SELECT r.conversation_id, edge.number, edge.step
                FROM unnest(%(conversation_id)s::uuid[], %(first_number)s::bigint[], %(read_number)s::bigint[])
                    AS r (conversation_id, first_number, read_number)
                CROSS JOIN LATERAL (VALUES (first_number, 1), (read_number + 1, -1)) AS edge (number, step)
            ) AS each GROUP BY conversation_id, number
        ), runs AS (
            SELECT conversation_id, number AS first_number, lead(number) OVER walk AS next_number,
                sum(step) OVER walk AS readers
            FROM edges WINDOW walk AS (PARTITION BY conversation_id ORDER BY number)
        )
        INSERT INTO {schema}.unread_days AS known (day, change)
        SELECT (m.sent_at AT TIME ZONE 'UTC')::date AS day, -sum(r.readers)
        FROM runs r CROSS JOIN LATERAL (
            SELECT sent_at FROM {schema}.messages
            WHERE conversation_id = r.conversation_id AND number >= r.first_number AND number < r.next_number
            OFFSET 0
        ) m
        WHERE r.readers > 0 GROUP BY day
        ON CONFLICT (day) DO UPDATE SET change = known.change + excluded.change
    """.encode()
    await connection.execute(query, columns(ReadRow, rows))


async def save_unread(connection: AsyncConnection[Any], schema: str, changes: Mapping[date, int]) -> None:
    """By how much what waits to be read has changed, by day."""
    query = f"""
        INSERT INTO {schema}.unread_days AS known (day, change)
        SELECT * FROM unnest(%(days)s::date[], %(changes)s::bigint[])
        ON CONFLICT (day) DO UPDATE SET change = known.change + excluded.change
    """.encode()
    await connection.execute(query, {"days": list(changes), "changes": list(changes.values())})
