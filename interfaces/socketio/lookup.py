"""What a batch's pushes say beside its events: out of memory, or looked up in the read models."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from application.store import Recorded
from domain.conversation import (
    ConversationRenamed,
    ConversationStarted,
    ParticipantRemoved,
    ParticipantsAdded,
)
from domain.reading import MessagesRead
from domain.timeline import MessageSent
from interfaces.socketio.audience import Audience
from interfaces.socketio.memory import PLAIN, Memory
from interfaces.socketio.walk import Facts, Key
from projections import conversation_list, people, unread_counts
from projections.conversation_list import Summary
from projections.position import read_position


class Lookup:
    """Finds the facts of one batch after the other, in the order of the log."""

    def __init__(self, pool: AsyncConnectionPool[Any], audience: Audience) -> None:
        self._pool = pool
        self._audience = audience
        self._memory = Memory()

    def forget(self) -> None:
        """What is remembered is of rows that serve no more, or of nobody here."""
        self._memory.forget()

    async def facts(self, events: Sequence[Recorded]) -> Facts:
        """Out of memory where nothing rare has happened. Raises `psycopg.OperationalError`."""
        if all(isinstance(recorded.event, PLAIN) for recorded in events):
            return await self._remembered(events)
        self._memory.fold(events)
        return await self._looked_up(events)

    async def _remembered(self, events: Sequence[Recorded]) -> Facts:
        """What can be told out of memory; what is not known there yet is read."""
        asked = self._asked(events)
        watched = self._watched(events)
        reads = {one.position: one.event for one in watched if isinstance(one.event, MessagesRead)}
        wanted = {conversation_id: set(user_ids) for conversation_id, user_ids in asked.items()}
        for read in reads.values():
            wanted.setdefault(read.conversation_id, set()).add(read.user_id)
        sent = [recorded.event for recorded in events if isinstance(recorded.event, MessageSent)]
        senders = {message.sender_id for message in sent if message.conversation_id in asked}
        if not self._memory.knows(wanted, senders):
            async with self._snapshot(events) as connection:
                await self._memory.load(connection, wanted, senders)
        self._memory.fold(events)
        return Facts(
            asked,
            {key: self._memory.summaries(key, user_ids) for key, user_ids in asked.items()},
            {user_id: self._memory.name(user_id) for user_id in senders},
            {position for position, read in reads.items() if self._memory.has_moved(read, position)},
        )

    async def _looked_up(self, events: Sequence[Recorded]) -> Facts:
        asked = self._asked(events)
        keys = [(conversation_id, user_id) for conversation_id, user_ids in asked.items() for user_id in user_ids]
        watched = self._watched(events)
        async with self._snapshot(events) as connection:
            summaries: defaultdict[UUID, dict[str, Summary]] = defaultdict(dict)
            for (conversation_id, user_id), summary in (await conversation_list.seen_by(connection, keys)).items():
                summaries[conversation_id][user_id] = summary
            return Facts(
                asked,
                summaries,
                await _names(connection, watched),
                await _moved(connection, watched),
                await _joined(connection, watched),
                await _owners(connection, watched),
            )

    @asynccontextmanager
    async def _snapshot(self, events: Sequence[Recorded]) -> AsyncIterator[AsyncConnection[Any]]:
        """A connection that sees the read models as they are after some events, or later."""
        async with self._pool.connection() as connection, connection.transaction():
            if await read_position(connection) < events[-1].position:
                raise psycopg.OperationalError("the read models have gone back behind what was projected")
            yield connection

    def _watched(self, events: Sequence[Recorded]) -> list[Recorded]:
        return [one for one in events if getattr(one.event, "conversation_id", None) in self._audience.rooms]

    def _asked(self, events: Sequence[Recorded]) -> dict[UUID, set[str]]:
        """Whose summaries, of the users here, a batch may have changed: by conversation."""
        asked: defaultdict[UUID, set[str]] = defaultdict(set)
        members: set[UUID] = set()
        for recorded in events:
            event = recorded.event
            match event:
                case MessageSent() | ParticipantRemoved() | ConversationRenamed():
                    members.add(event.conversation_id)
                case ConversationStarted(conversation_id=conversation_id, participant_ids=user_ids):
                    asked[conversation_id] |= self._audience.users.keys() & user_ids
                case ParticipantsAdded(conversation_id=conversation_id, user_ids=user_ids):
                    members.add(conversation_id)
                    asked[conversation_id] |= self._audience.users.keys() & user_ids
                case MessagesRead(conversation_id=conversation_id, user_id=user_id):
                    asked[conversation_id] |= self._audience.users.keys() & {user_id}
                case _:
                    pass
        for conversation_id in members:
            asked[conversation_id] |= self._audience.members(conversation_id)
        return {conversation_id: user_ids for conversation_id, user_ids in asked.items() if user_ids}


async def _names(connection: AsyncConnection[Any], events: Sequence[Recorded]) -> dict[str, str]:
    senders = {one.event.sender_id for one in events if isinstance(one.event, MessageSent)}
    return await people.names(connection, senders) if senders else {}


async def _moved(connection: AsyncConnection[Any], events: Sequence[Recorded]) -> set[int]:
    """The reads that moved a place: in the log may stand some that came too late to move it."""
    reads = [(one.position, one.event) for one in events if isinstance(one.event, MessagesRead)]
    keys = [(read.conversation_id, read.user_id) for _, read in reads]
    return await unread_counts.moved(connection, [position for position, _ in reads], keys) if reads else set()


async def _joined(connection: AsyncConnection[Any], events: Sequence[Recorded]) -> dict[Key, dict[str, Any]]:
    joined: dict[Key, dict[str, Any]] = {}
    for one in events:
        if isinstance(one.event, ParticipantsAdded):
            conversation_id = one.event.conversation_id
            for participant in await unread_counts.participants(connection, conversation_id, one.event.user_ids):
                joined[conversation_id, participant["user_id"]] = participant
    return joined


async def _owners(connection: AsyncConnection[Any], events: Sequence[Recorded]) -> dict[UUID, str | None]:
    changed = {
        one.event.conversation_id for one in events if isinstance(one.event, ParticipantsAdded | ParticipantRemoved)
    }
    return await conversation_list.owners(connection, list(changed)) if changed else {}
