"""The participants of the analysts: who takes part or did, and up to where each has read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from projections.rows import columns

Key = tuple[UUID, str]


@dataclass(slots=True)
class ParticipantRow:
    """`removed_at` is `None` for who takes part."""

    conversation_id: UUID
    user_id: str
    joined_at: datetime
    read_number: int
    removed_at: datetime | None = None


async def load(connection: AsyncConnection[Any], schema: str, keys: Sequence[Key]) -> dict[Key, ParticipantRow]:
    query = f"""SELECT p.* FROM {schema}.participants p
        JOIN unnest(%(conversation_ids)s::uuid[], %(user_ids)s::text[]) AS key (conversation_id, user_id)
        USING (conversation_id, user_id)""".encode()
    cursor = connection.cursor(row_factory=class_row(ParticipantRow))
    wanted = {"conversation_ids": [key[0] for key in keys], "user_ids": [key[1] for key in keys]}
    await cursor.execute(query, wanted)
    return {(row.conversation_id, row.user_id): row async for row in cursor}


async def save(connection: AsyncConnection[Any], schema: str, rows: Sequence[ParticipantRow]) -> None:
    query = f"""
        INSERT INTO {schema}.participants (conversation_id, user_id, joined_at, read_number, removed_at)
        SELECT * FROM unnest(
            %(conversation_id)s::uuid[], %(user_id)s::text[], %(joined_at)s::timestamptz[], %(read_number)s::bigint[],
            %(removed_at)s::timestamptz[]
        )
        ON CONFLICT (conversation_id, user_id) DO UPDATE SET
            joined_at = excluded.joined_at, read_number = excluded.read_number, removed_at = excluded.removed_at
    """.encode()
    await connection.execute(query, columns(ParticipantRow, rows))
