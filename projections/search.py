"""Conversations found by a word: in their titles, or in what their people are or were called there."""

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from projections.rows import rfc3339

SHOWN = 5
"""People told of each conversation: who fits the word first, then in the order they joined."""

FOUND = """
    SELECT c.conversation_id, c.kind, c.title, c.participant_count, c.last_number, c.created_at, c.updated_at,
        shown.people
    FROM conversations c
    JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object('user_id', p.user_id, 'name', p.name) ORDER BY p.place) AS people,
            bool_or(p.fits) AS fits
        FROM (
            SELECT q.user_id, coalesce(person.name, q.user_id) AS name, fit.fits,
                row_number() OVER (ORDER BY fit.fits DESC, q.joined_position, q.joined_order) AS place
            FROM participants q LEFT JOIN people person USING (user_id)
            JOIN LATERAL (SELECT lower(q.user_id) LIKE lower(%(pattern)s)
                OR coalesce(lower(person.name) LIKE lower(%(pattern)s), false) AS fits) fit ON true
            WHERE q.conversation_id = c.conversation_id
        ) p WHERE p.place <= %(shown)s
    ) shown ON true
    WHERE shown.fits OR lower(c.title) LIKE lower(%(pattern)s) OR c.conversation_id::text = lower(%(query)s)
    ORDER BY c.updated_at DESC, c.conversation_id DESC LIMIT %(limit)s"""


async def conversations(connection: AsyncConnection[Any], query: str, limit: int) -> list[dict[str, Any]]:
    """Conversations as they are now, the last changed first: all where the query is empty.

    People count, too, who take part no more. It is a look at every conversation and everybody in them.
    """
    pattern = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    cursor = connection.cursor(row_factory=dict_row)
    await cursor.execute(FOUND, {"query": query, "pattern": pattern, "shown": SHOWN, "limit": limit})
    return [
        {
            **row,
            "conversation_id": str(row["conversation_id"]),
            "created_at": rfc3339(row["created_at"]),
            "updated_at": rfc3339(row["updated_at"]),
        }
        async for row in cursor
    ]
