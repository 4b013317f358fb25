"""The conversations of the analysts: how many take part, and whose turn it was last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from projections.rows import columns


@dataclass(slots=True)
class ConversationRow:
    """`turn_sent_at`: the first message of the run that `last_sender_id` has written since somebody else spoke."""

    conversation_id: UUID
    kind: str
    created_at: datetime
    participant_count: int
    last_number: int = 0
    last_sender_id: str | None = None
    last_sent_at: datetime | None = None
    turn_sent_at: datetime | None = None


async def load(connection: AsyncConnection[Any], schema: str, keys: Sequence[UUID]) -> dict[UUID, ConversationRow]:
    query = f"SELECT * FROM {schema}.conversations WHERE conversation_id = ANY(%(keys)s)".encode()
    cursor = connection.cursor(row_factory=class_row(ConversationRow))
    await cursor.execute(query, {"keys": list(keys)})
    return {row.conversation_id: row async for row in cursor}


async def save(connection: AsyncConnection[Any], schema: str, rows: Sequence[ConversationRow]) -> None:
    query = f"""
        INSERT INTO {schema}.conversations (
            conversation_id, kind, created_at, participant_count, last_number, last_sender_id, last_sent_at,
            turn_sent_at
        )
        SELECT * FROM unnest(
            %(conversation_id)s::uuid[], %(kind)s::text[], %(created_at)s::timestamptz[], %(participant_count)s::int[],
            %(last_number)s::bigint[], %(last_sender_id)s::text[], %(last_sent_at)s::timestamptz[],
            %(turn_sent_at)s::timestamptz[]
        )
        ON CONFLICT (conversation_id) DO UPDATE SET
            participant_count = excluded.participant_count, last_number = excluded.last_number,
            last_sender_id = excluded.last_sender_id, last_sent_at = excluded.last_sent_at,
            turn_sent_at = excluded.turn_sent_at
    """.encode()
    await connection.execute(query, columns(ConversationRow, rows))
