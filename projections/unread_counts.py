"""The unread counts: each participant's place in a conversation, from which a count is arithmetic, never a counter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from application.store import Recorded
from domain.base import told
from domain.conversation import ConversationStarted, ParticipantRemoved, ParticipantsAdded
from domain.reading import MessagesRead, Place
from domain.timeline import MessageSent
from projections.rows import columns, rfc3339, table

Key = tuple[UUID, str]


@dataclass(slots=True)  # never changed; to be frozen, each would take three times as long to make
class PlaceRow:
    """`position`: the last event that changed this row. `read_position`: the last MessagesRead that moved the place.

    `removed_position`: the removal of who takes part no more. `joined_order`: among those who joined at once.
    """

    conversation_id: UUID
    user_id: str
    joined_at: datetime
    joined_position: int
    joined_order: int
    read_number: int
    read_position: int
    position: int
    removed_position: int | None = None


def touched(recorded: Recorded) -> list[Key]:
    """The keys of the rows that an event is folded into."""
    match recorded.event:
        case MessageSent(conversation_id=conversation_id, sender_id=user_id):
            return [(conversation_id, user_id)]
        case ConversationStarted(conversation_id=conversation_id, participant_ids=user_ids):
            return [(conversation_id, user_id) for user_id in user_ids]
        case ParticipantsAdded(conversation_id=conversation_id, user_ids=user_ids):
            return [(conversation_id, user_id) for user_id in user_ids]
        case ParticipantRemoved(conversation_id=conversation_id, user_id=user_id):
            return [(conversation_id, user_id)]
        case MessagesRead(conversation_id=conversation_id, user_id=user_id):
            return [(conversation_id, user_id)]
        case _:
            return []


def evolve(row: PlaceRow | None, recorded: Recorded, key: Key, last_number: int) -> PlaceRow:
    """The `touched` row of `key` after an event; `last_number` is the conversation's, which who joins has read."""
    event = recorded.event
    match event:
        case MessageSent() if row:
            return _spoken(row, recorded)
        case ConversationStarted():
            return _joined(key, recorded, event.participant_ids, event.started_at, 0)
        case ParticipantsAdded():
            return _joined(key, recorded, event.user_ids, event.joined_at, last_number)
    assert row is not None, "only who takes part reads, sends or leaves"
    match event:
        case ParticipantRemoved():
            return replace(row, removed_position=recorded.position, position=recorded.position)
        case MessagesRead() if event.number > row.read_number:
            position = recorded.position
            return replace(row, read_number=event.number, read_position=position, position=position)
        case MessagesRead():
            return row
        case _:
            raise TypeError(f"{type(event).__name__} touches no place")


def _spoken(row: PlaceRow, recorded: Recorded) -> PlaceRow:
    return PlaceRow(  # not by `replace`, which takes three times as long: this is done at every message
        conversation_id=row.conversation_id,
        user_id=row.user_id,
        joined_at=row.joined_at,
        joined_position=row.joined_position,
        joined_order=row.joined_order,
        read_number=recorded.version,
        read_position=row.read_position,
        position=recorded.position,
        removed_position=row.removed_position,
    )


def _joined(
    key: Key, recorded: Recorded, user_ids: Sequence[str], joined_at: datetime | None, last_number: int
) -> PlaceRow:
    conversation_id, user_id = key
    return PlaceRow(
        conversation_id=conversation_id,
        user_id=user_id,
        joined_at=told(recorded.recorded_at, joined_at),
        joined_position=recorded.position,
        joined_order=user_ids.index(user_id),
        read_number=last_number,
        read_position=0,
        position=recorded.position,
    )


async def load(connection: AsyncConnection[Any], schema: str | None, keys: Sequence[Key]) -> dict[Key, PlaceRow]:
    query = f"""SELECT p.* FROM {table(schema, "participants")} p
        JOIN unnest(%(conversation_ids)s::uuid[], %(user_ids)s::text[]) AS key (conversation_id, user_id)
        USING (conversation_id, user_id)""".encode()
    cursor = connection.cursor(row_factory=class_row(PlaceRow))
    wanted = {"conversation_ids": [key[0] for key in keys], "user_ids": [key[1] for key in keys]}
    await cursor.execute(query, wanted)
    return {(row.conversation_id, row.user_id): row async for row in cursor}


async def save(connection: AsyncConnection[Any], schema: str, rows: Sequence[PlaceRow]) -> None:
    await connection.execute(upsert(schema).encode(), columns(PlaceRow, rows, "participants"))


def upsert(schema: str, condition: str = "true") -> str:
    """The statement that writes rows, given as `columns` of `participants`."""
    return f"""
        INSERT INTO {schema}.participants (
            conversation_id, user_id, joined_at, joined_position, joined_order, read_number, read_position, position,
            removed_position
        )
        SELECT * FROM unnest(
            %(participants.conversation_id)s::uuid[], %(participants.user_id)s::text[],
            %(participants.joined_at)s::timestamptz[], %(participants.joined_position)s::bigint[],
            %(participants.joined_order)s::int[], %(participants.read_number)s::bigint[],
            %(participants.read_position)s::bigint[], %(participants.position)s::bigint[],
            %(participants.removed_position)s::bigint[]
        ) WHERE {condition}
        ON CONFLICT (conversation_id, user_id) DO UPDATE SET
            joined_at = excluded.joined_at, joined_position = excluded.joined_position,
            joined_order = excluded.joined_order, read_number = excluded.read_number,
            read_position = excluded.read_position, position = excluded.position,
            removed_position = excluded.removed_position
    """


async def places(connection: AsyncConnection[Any], keys: Sequence[Key]) -> dict[Key, Place]:
    """How far each has read; an empty place for who takes no part."""
    cursor = await connection.execute(
        """SELECT p.conversation_id, p.user_id, p.read_number, c.last_number
        FROM unnest(%(conversation_ids)s::uuid[], %(user_ids)s::text[]) AS asked (conversation_id, user_id)
        JOIN participants p USING (conversation_id, user_id) JOIN conversations c USING (conversation_id)
        WHERE p.removed_position IS NULL""",
        {"conversation_ids": [key[0] for key in keys], "user_ids": [key[1] for key in keys]},
        prepare=True,
    )
    found = {(one, user_id): Place(read, last) for one, user_id, read, last in await cursor.fetchall()}
    return dict.fromkeys(keys, Place()) | found


async def unread(connection: AsyncConnection[Any], user_id: str) -> dict[str, int]:
    """How many messages of each conversation somebody has not read, by conversation_id; counts above 0 only."""
    cursor = await connection.execute(
        """SELECT conversation_id, c.last_number - p.read_number FROM participants p
        JOIN conversations c USING (conversation_id)
        WHERE p.user_id = %s AND p.removed_position IS NULL AND c.last_number > p.read_number
        ORDER BY conversation_id""",
        (user_id,),
    )
    return {str(conversation_id): count async for conversation_id, count in cursor}


async def participants(
    connection: AsyncConnection[Any], conversation_id: UUID, among: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Who takes part, in the order they joined, in the shape of the protocol; `among` narrows it to some."""
    cursor = connection.cursor(row_factory=dict_row)
    await cursor.execute(
        """SELECT p.user_id, coalesce(person.name, p.user_id) AS name,
            CASE WHEN p.user_id = c.owner_id THEN 'owner' ELSE 'member' END AS role, p.read_number, p.joined_at
        FROM participants p JOIN conversations c USING (conversation_id) LEFT JOIN people person USING (user_id)
        WHERE p.conversation_id = %(conversation_id)s AND p.removed_position IS NULL
            AND (%(among)s::text[] IS NULL OR p.user_id = ANY(%(among)s))
        ORDER BY p.joined_position, p.joined_order""",
        {"conversation_id": conversation_id, "among": None if among is None else list(among)},
    )
    return [{**row, "joined_at": rfc3339(row["joined_at"])} async for row in cursor]


async def moved(connection: AsyncConnection[Any], positions: Sequence[int], keys: Sequence[Key]) -> set[int]:
    """Which of some MessagesRead, told by their positions, were the last to move their reader's place."""
    cursor = await connection.execute(
        """SELECT p.read_position FROM participants p
        JOIN unnest(%(conversation_ids)s::uuid[], %(user_ids)s::text[]) AS key (conversation_id, user_id)
        USING (conversation_id, user_id) WHERE p.read_position = ANY(%(positions)s)""",
        {
            "conversation_ids": [key[0] for key in keys],
            "user_ids": [key[1] for key in keys],
            "positions": list(positions),
        },
    )
    return {position async for (position,) in cursor}
