"""A chat to look at: a log in memory, and its read models in PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg import AsyncConnection

from application.chat import write_stream
from application.store import Offered
from domain.base import Event
from domain.conversation import (
    ConversationRenamed,
    ConversationStarted,
    OwnerChanged,
    ParticipantRemoved,
    ParticipantsAdded,
    direct_id,
)
from domain.profile import NameTold
from domain.reading import MessagesRead
from domain.timeline import MessageSent
from projections import conversation_list
from projections.conversation_list import Summary
from projections.position import Projected
from tests.application.memory_store import MemoryStore
from tests.database import Pools

GROUP = UUID("11111111-1111-4111-8111-111111111111")
OTHER = UUID("22222222-2222-4222-8222-222222222222")
PAIR = direct_id("alice", "bob")
START = datetime(2026, 11, 23, 9, 0, 0, 123_999, tzinfo=UTC)
TABLES = {"conversations": "conversation_id", "participants": "conversation_id, user_id", "people": "user_id"}


class Chat:
    """Each event happens a second after the one before: that of position n at `at(n)`."""

    def __init__(self, pools: Pools) -> None:
        self.store = MemoryStore(lambda: START + timedelta(seconds=len(self.store.events)))
        self.pools = pools
        self.projected = Projected(patience=0.1)
        self.projector = pools.projector(self.store, self.projected)

    async def happens(self, *events: Event) -> None:
        """Into the log, and into the read models."""
        await self.is_recorded(*events)
        while await self.projector.step():
            pass

    async def is_recorded(self, *events: Event) -> None:
        for event in events:
            await self.store.append(uuid4(), [Offered(write_stream(event), event)], {})

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection[Any]]:
        async with self.projected.snapshot(self.pools.reading) as (connection, _):
            yield connection

    async def seen_by(self, user_id: str, conversation_id: UUID = GROUP) -> Summary | None:
        async with self.reading() as connection:
            summaries = await conversation_list.seen_by(connection, [(conversation_id, user_id)])
        return summaries.get((conversation_id, user_id))

    async def positions(self, *user_ids: str, conversation_id: UUID = GROUP) -> list[int]:
        """Of the summaries that some people see."""
        return [(await self.seen_by(user_id, conversation_id) or {})["position"] for user_id in user_ids]


def at(position: int) -> str:
    """When the event of a position was recorded: milliseconds are cut, not rounded."""
    return (START + timedelta(seconds=position - 1)).strftime("%Y-%m-%dT%H:%M:%S.123Z")


async def rows(pools: Pools) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the read models."""
    async with pools.reading.connection() as connection, connection.transaction():
        return {
            table: await (await connection.execute(f"SELECT * FROM {table} ORDER BY {key}".encode())).fetchall()
            for table, key in TABLES.items()
        }


async def start_afresh(pools: Pools) -> None:
    """As after the migrations, or a crash that took all rows."""
    async with pools.projecting.connection() as connection, connection.transaction():
        for table in TABLES:
            await connection.execute(f"DELETE FROM {table}".encode())
        await connection.execute("UPDATE projections SET position = 0")


def started(*people: str, conversation_id: UUID = GROUP, title: str | None = None, **more: Any) -> ConversationStarted:
    return ConversationStarted(
        **{
            "actor": people[0],
            "conversation_id": conversation_id,
            "kind": "group",
            "title": title,
            "owner_id": people[0],
            "participant_ids": list(people),
        }
        | more
    )


def paired(one: str = "alice", other: str = "bob") -> ConversationStarted:
    return started(one, other, conversation_id=direct_id(one, other), kind="direct")


def said(sender_id: str, body: str = "Bonjour", to: UUID = GROUP, **more: Any) -> MessageSent:
    return MessageSent(
        **{
            "actor": sender_id,
            "conversation_id": to,
            "message_id": uuid4(),
            "sender_id": sender_id,
            "body": body,
        }
        | more
    )


def read(user_id: str, number: int, of: UUID = GROUP) -> MessagesRead:
    return MessagesRead(actor=user_id, conversation_id=of, user_id=user_id, number=number)


def added(*user_ids: str, to: UUID = GROUP, **more: Any) -> ParticipantsAdded:
    return ParticipantsAdded(**{"actor": "alice", "conversation_id": to, "user_ids": list(user_ids)} | more)


def removed(user_id: str, of: UUID = GROUP) -> ParticipantRemoved:
    return ParticipantRemoved(actor="alice", conversation_id=of, user_id=user_id)


def renamed(title: str, of: UUID = GROUP) -> ConversationRenamed:
    return ConversationRenamed(actor="alice", conversation_id=of, title=title)


def owned_by(owner_id: str) -> OwnerChanged:
    return OwnerChanged(actor="alice", conversation_id=GROUP, owner_id=owner_id)


def called(user_id: str, name: str) -> NameTold:
    return NameTold(actor=user_id, user_id=user_id, name=name, told_at=START)
