"""The conversation list: a row for each conversation, and what each participant sees of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import RowFactory, class_row, namedtuple_row

from application.store import Recorded
from domain.base import told
from domain.conversation import (
    ConversationRenamed,
    ConversationStarted,
    OwnerChanged,
    ParticipantRemoved,
    ParticipantsAdded,
)
from domain.timeline import MessageSent
from projections.rows import columns, rfc3339, table

PREVIEW = 140

Summary = dict[str, Any]
"""A conversation as one participant sees it, in the words and the shape of the protocol."""


@dataclass(slots=True)  # never changed; to be frozen, each would take three times as long to make
class ConversationRow:
    """`position`: the last event that changed what every participant sees of it."""

    conversation_id: UUID
    kind: str
    title: str | None
    owner_id: str | None
    participant_count: int
    last_number: int
    last_message_id: UUID | None
    last_sender_id: str | None
    last_preview: str | None
    last_sent_at: datetime | None
    created_at: datetime
    updated_at: datetime
    position: int


def touched(recorded: Recorded) -> list[UUID]:
    """The keys of the rows that an event is folded into."""
    match recorded.event:
        case (
            MessageSent()  # first: each class that an event is not of takes its time, and most are messages
            | ConversationStarted()
            | ParticipantsAdded()
            | ParticipantRemoved()
            | OwnerChanged()
            | ConversationRenamed()
        ):
            return [recorded.event.conversation_id]
        case _:
            return []


def evolve(row: ConversationRow | None, recorded: Recorded) -> ConversationRow:
    """One of the `touched` rows after an event; `None` is a row that does not exist yet."""
    event = recorded.event
    if isinstance(event, ConversationStarted):
        return _started(event, recorded)
    assert row is not None, "a conversation's first event is ConversationStarted"
    match event:
        case MessageSent():
            return _spoken(row, event, recorded)
        case ParticipantsAdded():
            count = row.participant_count + len(event.user_ids)
            changed = replace(row, participant_count=count, position=recorded.position)
            return _dated(changed, told(recorded.recorded_at, event.joined_at))
        case ParticipantRemoved():
            changed = replace(row, participant_count=row.participant_count - 1, position=recorded.position)
            return _dated(changed, recorded.recorded_at)
        case OwnerChanged():  # no summary says who owns it
            return replace(row, owner_id=event.owner_id)
        case ConversationRenamed():
            return _dated(replace(row, title=event.title, position=recorded.position), recorded.recorded_at)
        case _:
            raise TypeError(f"{type(event).__name__} touches no conversation")


def _started(event: ConversationStarted, recorded: Recorded) -> ConversationRow:
    started_at = told(recorded.recorded_at, event.started_at)
    return ConversationRow(
        conversation_id=event.conversation_id,
        kind=event.kind,
        title=event.title,
        owner_id=event.owner_id,
        participant_count=len(event.participant_ids),
        last_number=0,
        last_message_id=None,
        last_sender_id=None,
        last_preview=None,
        last_sent_at=None,
        created_at=started_at,
        updated_at=started_at,
        position=recorded.position,
    )


def _dated(row: ConversationRow, changed_at: datetime) -> ConversationRow:
    return replace(row, updated_at=changed_at) if row.last_number == 0 else row


def _spoken(row: ConversationRow, event: MessageSent, recorded: Recorded) -> ConversationRow:
    sent_at = told(recorded.recorded_at, event.sent_at)
    return ConversationRow(  # not by `replace`, which takes three times as long: this is done at every message
        conversation_id=row.conversation_id,
        kind=row.kind,
        title=row.title,
        owner_id=row.owner_id,
        participant_count=row.participant_count,
        last_number=recorded.version,
        last_message_id=event.message_id,
        last_sender_id=event.sender_id,
        last_preview=" ".join(event.body.split())[:PREVIEW],
        last_sent_at=sent_at,
        created_at=row.created_at,
        updated_at=sent_at,
        position=recorded.position,
    )


async def load(
    connection: AsyncConnection[Any], schema: str | None, keys: Sequence[UUID]
) -> dict[UUID, ConversationRow]:
    query = f"SELECT * FROM {table(schema, 'conversations')} WHERE conversation_id = ANY(%(keys)s)".encode()
    cursor = connection.cursor(row_factory=class_row(ConversationRow))
    await cursor.execute(query, {"keys": list(keys)})
    return {row.conversation_id: row async for row in cursor}


async def save(connection: AsyncConnection[Any], schema: str, rows: Sequence[ConversationRow]) -> None:
    await connection.execute(upsert(schema).encode(), columns(ConversationRow, rows, "conversations"))


def upsert(schema: str, condition: str = "true") -> str:
    """The statement that writes rows, given as `columns` of `conversations`."""
    return f"""
        INSERT INTO {schema}.conversations (
            conversation_id, kind, title, owner_id, participant_count, last_number, last_message_id, last_sender_id,
            last_preview, last_sent_at, created_at, updated_at, position
        )
        SELECT * FROM unnest(
            %(conversations.conversation_id)s::uuid[], %(conversations.kind)s::text[], %(conversations.title)s::text[],
            %(conversations.owner_id)s::text[], %(conversations.participant_count)s::int[],
            %(conversations.last_number)s::bigint[], %(conversations.last_message_id)s::uuid[],
            %(conversations.last_sender_id)s::text[], %(conversations.last_preview)s::text[],
            %(conversations.last_sent_at)s::timestamptz[], %(conversations.created_at)s::timestamptz[],
            %(conversations.updated_at)s::timestamptz[], %(conversations.position)s::bigint[]
        ) WHERE {condition}
        ON CONFLICT (conversation_id) DO UPDATE SET
            title = excluded.title, owner_id = excluded.owner_id, participant_count = excluded.participant_count,
            last_number = excluded.last_number, last_message_id = excluded.last_message_id,
            last_sender_id = excluded.last_sender_id, last_preview = excluded.last_preview,
            last_sent_at = excluded.last_sent_at, updated_at = excluded.updated_at, position = excluded.position
    """


SEEN: RowFactory[Any] = namedtuple_row
SUMMARIES = """
    SELECT p.user_id, c.conversation_id, c.kind, c.participant_count, c.last_number, c.last_message_id,
        c.last_sender_id, coalesce(sender.name, c.last_sender_id) AS last_sender_name, c.last_preview, c.last_sent_at,
        p.read_number, c.created_at, c.updated_at, greatest(c.position, p.position) AS position,
        CASE c.kind WHEN 'direct' THEN coalesce(other.name, other.user_id) ELSE c.title END AS title
    FROM participants p
    JOIN conversations c USING (conversation_id)
    LEFT JOIN people sender ON sender.user_id = c.last_sender_id
    LEFT JOIN LATERAL (
        SELECT q.user_id, person.name FROM participants q LEFT JOIN people person ON person.user_id = q.user_id
        WHERE c.kind = 'direct' AND q.conversation_id = c.conversation_id AND q.user_id <> p.user_id
        OFFSET 0  -- else the planner joins first and asks for the kind later: all of a group, for each who sees it
    ) other ON true
    WHERE p.removed_position IS NULL
"""


async def seen_by(
    connection: AsyncConnection[Any], keys: Sequence[tuple[UUID, str]]
) -> dict[tuple[UUID, str], Summary]:
    """Summaries by conversation and by who sees it; there is none for who takes no part."""
    query = f"""{SUMMARIES} AND (p.conversation_id, p.user_id) IN (
        SELECT * FROM unnest(%(conversation_ids)s::uuid[], %(user_ids)s::text[]))"""
    wanted = {"conversation_ids": [key[0] for key in keys], "user_ids": [key[1] for key in keys]}
    cursor = connection.cursor(row_factory=SEEN)
    await cursor.execute(query.encode(), wanted, prepare=True)
    return {(row.conversation_id, row.user_id): _summary(row) async for row in cursor}


async def latest(
    connection: AsyncConnection[Any], user_id: str, limit: int, before: tuple[datetime, UUID] | None = None
) -> list[tuple[tuple[datetime, UUID], Summary]]:
    """One's summaries by `updated_at`, then id, descending, each with its key; those that come after `before`."""
    query = f"""{SUMMARIES} AND p.user_id = %(user_id)s
        AND (%(updated_at)s::timestamptz IS NULL
            -- Not the column alone: where few are so old, the planner would look for them among everybody's.
            OR (c.updated_at + interval '0', c.conversation_id) < (%(updated_at)s, %(conversation_id)s))
        ORDER BY c.updated_at DESC, c.conversation_id DESC LIMIT %(limit)s"""
    updated_at, conversation_id = before or (None, None)
    cursor = connection.cursor(row_factory=SEEN)
    parameters = {
        "user_id": user_id,
        "updated_at": updated_at,
        "conversation_id": conversation_id,
        "limit": limit,
    }
    await cursor.execute(query.encode(), parameters)
    return [((row.updated_at, row.conversation_id), _summary(row)) async for row in cursor]


async def changed(
    connection: AsyncConnection[Any], asked: Sequence[tuple[str, int]], limit: int
) -> list[list[Summary]]:
    """For each of some people the summaries that changed after a position, by position."""
    query = f"""SELECT asked.number AS asker, changed.*
        FROM unnest(%(user_ids)s::text[], %(since)s::bigint[]) WITH ORDINALITY AS asked (user_id, since, number)
        CROSS JOIN LATERAL ({SUMMARIES} AND p.user_id = asked.user_id AND greatest(c.position, p.position) > asked.since
            ORDER BY greatest(c.position, p.position) LIMIT %(limit)s
        ) changed ORDER BY changed.position"""
    found: list[list[Summary]] = [[] for _ in asked]
    cursor = connection.cursor(row_factory=SEEN)
    await cursor.execute(query.encode(), _since(asked, limit), prepare=True)
    for row in await cursor.fetchall():
        found[row.asker - 1].append(_summary(row))
    return found


async def removals(
    connection: AsyncConnection[Any], asked: Sequence[tuple[str, int]], limit: int
) -> list[list[tuple[int, str]]]:
    """For each of some people what they were removed from after a position, by it: `(position, conversation_id)`."""
    cursor = await connection.execute(
        """SELECT asked.number, removed.*
        FROM unnest(%(user_ids)s::text[], %(since)s::bigint[]) WITH ORDINALITY AS asked (user_id, since, number)
        CROSS JOIN LATERAL (SELECT removed_position, conversation_id FROM participants p
            WHERE p.user_id = asked.user_id AND removed_position > asked.since
            ORDER BY removed_position LIMIT %(limit)s
        ) removed ORDER BY removed_position""",
        _since(asked, limit),
        prepare=True,
    )
    found: list[list[tuple[int, str]]] = [[] for _ in asked]
    for asker, position, conversation_id in await cursor.fetchall():
        found[asker - 1].append((position, str(conversation_id)))
    return found


def _since(asked: Sequence[tuple[str, int]], limit: int) -> dict[str, Any]:
    return {"user_ids": [user_id for user_id, _ in asked], "since": [since for _, since in asked], "limit": limit}


def as_started(recorded: Recorded, names: Mapping[str, str]) -> Summary:
    """A group and its people as they were when it started, for whoever repeats the start but takes part no more."""
    row = evolve(None, recorded)
    assert isinstance(recorded.event, ConversationStarted), "evolve would have refused"
    participants = [
        {
            "user_id": user_id,
            "name": names.get(user_id, user_id),
            "role": "owner" if user_id == row.owner_id else "member",
            "read_number": 0,
            "joined_at": rfc3339(row.created_at),
        }
        for user_id in recorded.event.participant_ids
    ]
    return {**seen(shared(row, None), row.title, 0, row.position), "participants": participants}


def _summary(row: Any) -> Summary:
    """Of a row of SUMMARIES."""
    return seen(shared(row, row.last_sender_name), row.title, row.read_number, row.position)


def shared(row: Any, last_sender_name: str | None) -> dict[str, Any]:
    """What everybody who takes part sees of a ConversationRow, or of a row with the same names."""
    return {
        "conversation_id": str(row.conversation_id),
        "kind": row.kind,
        "participant_count": row.participant_count,
        "last_number": row.last_number,
        "last_message": _last_message(row, last_sender_name) if row.last_number else None,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


def seen(of_all: Mapping[str, Any], title: str | None, read_number: int, position: int) -> Summary:
    """The summary of somebody who sees what is `shared` under a title, and has read so far."""
    unread_count = of_all["last_number"] - read_number
    return {**of_all, "title": title, "read_number": read_number, "unread_count": unread_count, "position": position}


def _last_message(row: Any, sender_name: str | None) -> dict[str, Any]:
    return {
        "message_id": str(row.last_message_id),
        "number": row.last_number,
        "sender_id": row.last_sender_id,
        "sender_name": sender_name,
        "preview": row.last_preview,
        "sent_at": rfc3339(row.last_sent_at),
    }


async def pairs(connection: AsyncConnection[Any], conversation_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Who the direct ones among some conversations are between."""
    cursor = await connection.execute(
        """SELECT conversation_id, array_agg(p.user_id) FROM conversations c JOIN participants p USING (conversation_id)
        WHERE conversation_id = ANY(%s) AND c.kind = 'direct' GROUP BY conversation_id""",
        (list(conversation_ids),),
    )
    return dict(await cursor.fetchall())


async def owners(connection: AsyncConnection[Any], conversation_ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """Who owns some conversations."""
    cursor = await connection.execute(
        "SELECT conversation_id, owner_id FROM conversations WHERE conversation_id = ANY(%s)",
        (list(conversation_ids),),
    )
    return {conversation_id: owner_id async for conversation_id, owner_id in cursor}


async def of_users(connection: AsyncConnection[Any], user_ids: Sequence[str]) -> dict[str, list[UUID]]:
    """The conversations that each of some people takes part in."""
    cursor = await connection.execute(
        """SELECT user_id, array_agg(conversation_id) FROM participants
        WHERE user_id = ANY(%s) AND removed_position IS NULL GROUP BY user_id""",
        (list(user_ids),),
        prepare=True,
    )
    found: dict[str, list[UUID]] = {user_id: [] for user_id in user_ids}
    return found | dict(await cursor.fetchall())
