"""The people: who has been heard of, and what they are called."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from application.store import Recorded
from domain.conversation import ConversationStarted, ParticipantsAdded
from domain.profile import NameTold
from domain.timeline import MessageSent
from projections.rows import columns, table


@dataclass(frozen=True, slots=True)
class PersonRow:
    """`name` is `None` until somebody told it; `position`: the event that told it, or that first named the person."""

    user_id: str
    name: str | None
    position: int


def touched(recorded: Recorded) -> list[str]:
    """The keys of the rows that an event is folded into."""
    match recorded.event:
        case MessageSent():  # most events are, and each class that one is not of takes its time
            return []
        case ConversationStarted(participant_ids=user_ids):
            return user_ids
        case ParticipantsAdded(user_ids=user_ids):
            return user_ids
        case NameTold(user_id=user_id):
            return [user_id]
        case _:
            return []


def needed(recorded: Recorded) -> list[str]:
    """Of the keys `touched` those whose rows have to be known: a name that was told stands, whatever was there."""
    keys = touched(recorded)
    return [] if keys and isinstance(recorded.event, NameTold) else keys


def evolve(row: PersonRow | None, recorded: Recorded, user_id: str) -> PersonRow:
    """The `touched` row of `user_id` after an event."""
    match recorded.event:
        case NameTold(name=name):
            return PersonRow(user_id, name, recorded.position)
        case _:
            return row or PersonRow(user_id, None, recorded.position)


async def load(connection: AsyncConnection[Any], schema: str | None, keys: Sequence[str]) -> dict[str, PersonRow]:
    query = f"SELECT * FROM {table(schema, 'people')} WHERE user_id = ANY(%(keys)s)".encode()
    cursor = connection.cursor(row_factory=class_row(PersonRow))
    await cursor.execute(query, {"keys": list(keys)})
    return {row.user_id: row async for row in cursor}


async def everyone(connection: AsyncConnection[Any], schema: str | None, keys: Collection[str]) -> dict[str, PersonRow]:
    """As `load`, with a row for who has not been heard of, too."""
    found = await load(connection, schema, list(keys))
    return {user_id: found.get(user_id) or PersonRow(user_id, None, 0) for user_id in keys}


async def save(connection: AsyncConnection[Any], schema: str, rows: Sequence[PersonRow]) -> None:
    await connection.execute(upsert(schema).encode(), columns(PersonRow, rows, "people"))


def upsert(schema: str, condition: str = "true") -> str:
    """The statement that writes rows, given as `columns` of `people`."""
    return f"""
        INSERT INTO {schema}.people (user_id, name, position)
        SELECT * FROM unnest(%(people.user_id)s::text[], %(people.name)s::text[], %(people.position)s::bigint[])
        WHERE {condition}
        ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, position = excluded.position
    """


async def names(connection: AsyncConnection[Any], user_ids: Iterable[str]) -> dict[str, str]:
    """The names of those who have one; everybody else is called by the user_id."""
    cursor = await connection.execute(
        "SELECT user_id, name FROM people WHERE user_id = ANY(%s) AND name IS NOT NULL",
        (list(user_ids),),
        prepare=True,
    )
    return {user_id: name async for user_id, name in cursor}


async def search(connection: AsyncConnection[Any], prefix: str, limit: int) -> list[dict[str, str]]:
    """Whose name or user_id begins so, in whatever case, by name."""
    pattern = prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    cursor = await connection.execute(
        """SELECT user_id, coalesce(name, user_id) AS called FROM people
        WHERE lower(user_id) LIKE lower(%(pattern)s) OR lower(name) LIKE lower(%(pattern)s)
        ORDER BY called, user_id LIMIT %(limit)s""",
        {"pattern": pattern, "limit": limit},
    )
    return [{"user_id": user_id, "name": called} async for user_id, called in cursor]
