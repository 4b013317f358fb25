"""What every request is answered with, whichever door it came in by."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from application.plan import Done
from application.store import Store
from application.writer import Writer
from domain import conversation, timeline
from domain.base import Rejected
from domain.conversation import (
    AddParticipants,
    ConversationStarted,
    RemoveParticipant,
    RenameConversation,
    StartConversation,
)
from domain.reading import MarkRead, MessagesRead, Place
from domain.timeline import SendMessage
from interfaces.analytics import reports
from interfaces.analytics.analyst import Analyst
from interfaces.analytics.spans import By
from interfaces.analytics.values import plain
from interfaces.backlog import Backlog
from interfaces.names import Names
from interfaces.together import Together
from projections import conversation_list, messages, people, unread_counts
from projections.position import Projected

PAGE = 50
SYNC_PAGE = 200
SYNCS = 32
"""Answered together, at the most: each may be of a whole page."""
USERS_PAGE = 20

Body = dict[str, Any]
Asked = tuple[str, int | None]
"""Who syncs, and since which position."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an ack holds beside `ok`. `position`: the snapshot that a read was taken in."""

    body: Body
    created: bool = False
    position: int = 0


class Desk:
    """Answers requests: commands by way of the writer, reads out of the read models.

    Every method takes the user who asks; each raises `Rejected`.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        pool: AsyncConnectionPool[Any],
        projected: Projected,
        analyst: Analyst,
        backlog: Backlog,
    ) -> None:
        self.backlog = backlog
        self.names = Names(writer, pool, projected)
        self._store = store
        self._writer = writer
        self._pool = pool
        self._projected = projected
        self._analyst = analyst
        self._places = Together(self._places_of)
        self._syncs = Together(self._sync, most=SYNCS)

    # Commands

    async def start_conversation(self, user: str, command: StartConversation) -> Answer:
        done = await self._writer.handle(command)
        conversation_id = conversation.started_id(command)
        async with self._projected.snapshot(self._pool, done.position) as (connection, _):
            found = await self._find(connection, user, conversation_id)
        whole = found or await self._as_started(conversation_id)
        return Answer({"conversation": whole, "position": done.position}, created=bool(done.recorded))

    async def send_message(self, user: str, command: SendMessage, name: str | None = None) -> Answer:
        """`name`: what the user is called, where that is known."""
        done = await self.hand_in(command)
        return sent(done, user, name or await self.names.called(user))

    def hand_in(self, command: SendMessage) -> "asyncio.Future[Done]":
        """Puts a message in line, for who has a better way to wait than a task; `sent` makes the answer of it.

        Raises `Rejected` with `unavailable` at once where it would have to wait too long.
        """
        self.backlog.check(self._writer.waiting_since, self._writer.waiting)
        return self._writer.handle(command)

    async def mark_as_read(self, user: str, command: MarkRead) -> Answer:
        place = await self._places.find((command.conversation_id, user))
        if command.number is not None and command.number > place.last_number:
            # The read models may not hold yet what another process has acknowledged; the log does.
            last_number = await self._store.version(timeline.stream(command.conversation_id))
            place = Place(place.read_number, last_number)
        done = await self._writer.handle(command, place)
        after = _moved(place, done)
        held = await self._places.find((command.conversation_id, user))
        if held.last_number:
            after = held
        body = {
            "read_number": after.read_number,
            "unread_count": after.unread_count,
            "position": done.position,
        }
        return Answer(body)

    async def add_participants(self, user: str, command: AddParticipants) -> Answer:
        return await self._changed(user, command)

    async def rename_conversation(self, user: str, command: RenameConversation) -> Answer:
        return await self._changed(user, command)

    async def remove_participant(self, user: str, command: RemoveParticipant) -> Answer:
        done = await self._writer.handle(command)
        return Answer({"position": done.position})

    async def _changed(self, user: str, command: AddParticipants | RenameConversation) -> Answer:
        done = await self._writer.handle(command)
        async with self._projected.snapshot(self._pool, done.position) as (connection, _):
            whole = await self._whole(connection, user, command.conversation_id)
        return Answer({"conversation": whole, "position": done.position})

    # Reads

    async def join(self, user: str, conversation_id: UUID, since: int | None, minimum: int) -> Answer:
        """A conversation and its last messages, or those since a position; `cursor` and `has_more` go on from there."""
        if await self._is_beyond(since):
            await self.conversation(user, conversation_id, 0)  # whose business it is comes first
            raise _beyond()
        async with self._snapshot(since, minimum) as (connection, position):
            whole = await self._whole(connection, user, conversation_id)
            found = await messages.page(
                self._store,
                connection,
                conversation_id,
                PAGE if since is None else PAGE + 1,
                upto=position,
                since=since,
            )
        has_more = len(found) > PAGE
        found = found[:PAGE]
        cursor = found[-1]["position"] if has_more else position
        body = {"conversation": whole, "messages": found, "cursor": str(cursor), "has_more": has_more}
        return Answer(body, position=position)

    async def sync(self, user: str, since: int | None, minimum: int) -> Answer:
        """The summaries that changed and the conversations one was removed from since a position, by position."""
        if await self._is_beyond(since):
            raise _beyond()
        asked, least = (user, since), max(since or 0, minimum)
        if least > max(self._writer.position, self._projected.position):  # nobody else has to wait for that
            return (await self._sync([asked], least))[asked]
        return await self._syncs.find(asked)

    async def _sync(self, asked: Sequence[Asked], minimum: int = 0) -> dict[Asked, Answer]:
        async with self._snapshot(None, minimum) as (connection, position):
            wanted = [(user, since or 0) for user, since in asked]
            summaries = await conversation_list.changed(connection, wanted, SYNC_PAGE + 1)
            removals: dict[Asked, list[tuple[int, str]]] = {}
            if ongoing := [(user, since) for user, since in asked if since is not None]:  # else nothing is held yet
                found = await conversation_list.removals(connection, ongoing, SYNC_PAGE + 1)
                removals.update(zip(ongoing, found, strict=True))
        return {
            one: _synced(changed, removals.get(one, []), position)
            for one, changed in zip(asked, summaries, strict=True)
        }

    async def conversation(self, user: str, conversation_id: UUID, minimum: int) -> Answer:
        async with self._snapshot(None, minimum) as (connection, position):
            whole = await self._whole(connection, user, conversation_id)
        return Answer({"conversation": whole, "position": position})

    async def conversations(
        self, user: str, limit: int, before: tuple[datetime, UUID] | None, minimum: int
    ) -> tuple[list[Body], tuple[datetime, UUID] | None]:
        """One's summaries, the last changed first, and the key after which the next page begins."""
        async with self._snapshot(None, minimum) as (connection, _):
            found = await conversation_list.latest(connection, user, limit + 1, before)
        following = found[limit - 1][0] if len(found) > limit else None
        return [summary for _, summary in found[:limit]], following

    async def messages(
        self,
        user: str,
        conversation_id: UUID,
        limit: int,
        *,
        before: int | None,
        after: int | None,
        minimum: int,
    ) -> tuple[list[Body], bool]:
        """A page of messages, ascending, and whether there are more beyond it."""
        async with self._snapshot(None, minimum) as (connection, position):
            if not await conversation_list.seen_by(connection, [(conversation_id, user)]):
                raise Rejected("not_found", "no such conversation")
            found = await messages.page(
                self._store,
                connection,
                conversation_id,
                limit + 1,
                upto=position,
                before=before,
                after=after,
            )
        more = len(found) > limit
        if not more:
            return found, False
        return (found[:limit] if after is not None else found[1:]), True

    async def user(self, user: str, minimum: int) -> Answer:
        async with self._snapshot(None, minimum) as (connection, _):
            name = (await people.names(connection, [user])).get(user, user)
        return Answer({"user": {"user_id": user, "name": name}})

    async def unread(self, user: str, minimum: int) -> Answer:
        async with self._snapshot(None, minimum) as (connection, _):
            counts = await unread_counts.unread(connection, user)
        return Answer({"total": sum(counts.values()), "conversations": counts})

    async def users(self, prefix: str, minimum: int) -> Answer:
        async with self._snapshot(None, minimum) as (connection, _):
            found = await people.search(connection, prefix, USERS_PAGE)
        return Answer({"users": found, "next": None})

    async def reports(self) -> Answer:
        """The reports that analysts may ask for."""
        async with self._analyst.snapshot() as connection:
            return Answer(plain(await reports.listed(connection)))

    async def report(self, name: str, begin: date | None, end: date | None, by: By, limit: int) -> Answer:
        """One of `reports.REPORTS`, from one day to another."""
        async with self._analyst.snapshot() as connection:
            _, body = await reports.answer(connection, reports.REPORTS[name], begin, end, by, limit)
        return Answer(plain(body))

    def _snapshot(self, since: int | None, minimum: int) -> Any:
        """What this process has acknowledged is seen, and what the asker has seen already."""
        return self._projected.snapshot(self._pool, max(self._writer.position, since or 0, minimum))

    async def _is_beyond(self, since: int | None) -> bool:
        """Whether a cursor lies beyond the log: it is of another one."""
        return since is not None and since > self._projected.position and since > await self._store.end()

    async def _places_of(self, keys: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], Place]:
        async with self._snapshot(None, 0) as (connection, _):
            return await unread_counts.places(connection, keys)

    async def _whole(self, connection: AsyncConnection[Any], user: str, conversation_id: UUID) -> Body:
        if found := await self._find(connection, user, conversation_id):
            return found
        raise Rejected("not_found", "no such conversation")

    async def _find(self, connection: AsyncConnection[Any], user: str, conversation_id: UUID) -> Body | None:
        seen = await conversation_list.seen_by(connection, [(conversation_id, user)])
        if not seen:
            return None
        there = await unread_counts.participants(connection, conversation_id)
        return {**seen[conversation_id, user], "participants": there}

    async def _as_started(self, conversation_id: UUID) -> Body:
        stream = conversation.stream(conversation_id)
        first = (await self._store.read([stream]))[stream][0]
        assert isinstance(first.event, ConversationStarted), "a conversation's first event is ConversationStarted"
        async with self._projected.snapshot(self._pool) as (connection, _):
            names = await people.names(connection, first.event.participant_ids)
        return conversation_list.as_started(first, names)


def sent(done: Done, user: str, name: str | None) -> Answer:
    """The answer to a message that was handed in by a user of that name."""
    message = messages.message(done.recorded[0], {user: name or user})
    return Answer({"message": message, "position": done.position}, created=not done.repeated)


def _synced(summaries: list[Body], removals: list[tuple[int, str]], position: int) -> Answer:
    """The first of all that changed; with `has_more`, the rest begins at the cursor."""
    positions = sorted([one["position"] for one in summaries] + [at for at, _ in removals])
    has_more = len(positions) > SYNC_PAGE
    cursor = positions[SYNC_PAGE - 1] if has_more else position
    body = {
        "conversations": [one for one in summaries if one["position"] <= cursor],
        "removed": [conversation_id for at, conversation_id in removals if at <= cursor],
        "cursor": str(cursor),
        "has_more": has_more,
    }
    return Answer(body, position=position)


def _beyond() -> Rejected:
    return Rejected("conflict", "since: beyond the end of the log; start afresh")


def _moved(place: Place, done: Done) -> Place:
    read = [one.event.number for one in done.recorded if isinstance(one.event, MessagesRead)]
    number = max([place.read_number, *read])
    return Place(number, max(place.last_number, number))
