"""What auditors are answered: the log folded anew up to a moment, and never without a record."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from application.store import Store
from application.writer import Writer
from domain import audit
from domain.base import Rejected
from interfaces.audit.moments import Moment, moment
from interfaces.audit.record import Auditor, record
from projections import explanation, history, messages, past, search
from projections.history import Seen, Told
from projections.messages import LAST
from projections.past import Past
from projections.position import Projected
from projections.rows import rfc3339

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """Events of a conversation, still to be read: `count` of them."""

    count: int
    pages: AsyncIterator[Sequence[Told]]


class AuditDesk:
    """Answers auditors. Each method takes who asks and why, and the moment that it is asked of, `at`.

    What shows content is recorded once it is certain that there is something to show, and before it is shown.
    `seen` hears how many events have been read, of how many. Each raises `Rejected`.
    """

    def __init__(self, store: Store, writer: Writer, pool: AsyncConnectionPool[Any], projected: Projected) -> None:
        self._store = store
        self._writer = writer
        self._pool = pool
        self._projected = projected

    async def find(self, auditor: Auditor, query: str, limit: int) -> Body:
        """Conversations as they are now whose title, or people, or id a word fits."""
        await record(self._writer, auditor, "find", await self._store.end(), query=query or None)
        async with self._projected.snapshot(self._pool, self._writer.position) as (connection, _):
            return {"conversations": await search.conversations(connection, query, limit)}

    async def history(
        self,
        auditor: Auditor,
        conversation_id: UUID,
        at: str | None = None,
        *,
        after: int | None = None,
        limit: int | None = None,
        seen: Seen = lambda _, __: None,
    ) -> History:
        """A conversation's events: with `after` the first `limit` after that position, else the last `limit`."""
        when = await moment(self._store, at)
        people = await history.people_of(self._store, conversation_id, when.position)
        if not people:
            raise _no_conversation(when)
        streams = history.streams(conversation_id, people)
        positions = await self._store.positions(streams, when.position, after or 0)
        if limit is not None:
            positions = positions[-limit:] if after is None else positions[:limit]
        await record(self._writer, auditor, "history", when.position, conversation_id=conversation_id, after=after or 0)
        return History(len(positions), self._told(positions, seen))

    async def _told(self, positions: Sequence[int], seen: Seen) -> AsyncIterator[Sequence[Told]]:
        async for events in history.pages(self._store, positions, seen):
            yield [history.told(recorded) for recorded in events]

    async def replay(
        self,
        auditor: Auditor,
        conversation_id: UUID,
        at: str | None = None,
        *,
        user_id: str | None = None,
        before: int | None = None,
        limit: int | None = None,
        seen: Seen = lambda _, __: None,
    ) -> Body:
        """A conversation as it was, through somebody's eyes if `user_id` is given, with its messages.

        With `limit` the last ones, with `before` those below that number.
        """
        when = await moment(self._store, at)
        found = await past.of_conversation(
            self._store, conversation_id, when.position, seen, before=LAST if before is None else before, limit=limit
        )
        if found is None:
            raise _no_conversation(when)
        shown = found.whole(conversation_id) if user_id is None else _seen(found, conversation_id, user_id, when)
        await record(self._writer, auditor, "replay", when.position, conversation_id=conversation_id, user_id=user_id)
        page = [messages.message(recorded, found.names) for recorded in found.messages]
        if user_id is not None:
            page = [{**message, "read": message["number"] <= shown["read_number"]} for message in page]
        return {
            **_moment(when),
            **await self._ends(conversation_id),
            "conversation": shown,
            "messages": page,
            "next": page[0]["number"] if page and page[0]["number"] > 1 else None,
        }

    async def _ends(self, conversation_id: UUID) -> Body:
        """The first and the last event of a conversation, as of now."""
        end = await self._store.end()
        people = await history.people_of(self._store, conversation_id, end)
        streams = history.streams(conversation_id, people)
        last = max(await self._store.last_positions(streams, [end] * len(streams)))
        first = (await self._store.positions(streams[:1], end))[0]
        ends = await self._store.events_at([first, last])
        return {
            "first": _moment(Moment(first, ends[0].recorded_at)),
            "last": _moment(Moment(last, ends[-1].recorded_at)),
        }

    async def conversations(
        self, auditor: Auditor, user_id: str, at: str | None = None, *, seen: Seen = lambda _, __: None
    ) -> Body:
        """Somebody's conversation list as it was."""
        when = await moment(self._store, at)
        found = await past.of_person(self._store, user_id, when.position, seen)
        if found is None:
            raise Rejected("not_found", f"nobody had heard of {user_id} at position {when.position}")
        await record(self._writer, auditor, "list", when.position, user_id=user_id)
        conversations = found.list_of(user_id)
        return {
            **_moment(when),
            "user": {"user_id": user_id, "name": found.names.get(user_id, user_id)},
            "total": sum(one["unread_count"] for one in conversations),
            "conversations": conversations,
        }

    async def explain(
        self,
        auditor: Auditor,
        conversation_id: UUID,
        user_id: str,
        at: str | None = None,
        *,
        seen: Seen = lambda _, __: None,
    ) -> Body:
        """Why somebody had so many unread: the arithmetic, and the events behind it."""
        when = await moment(self._store, at)
        told = await explanation.explain(self._store, conversation_id, user_id, when.position, seen)
        if told is None:
            raise _not_there(user_id, when)
        await record(self._writer, auditor, "explain", when.position, conversation_id=conversation_id, user_id=user_id)
        return {**_moment(when), "conversation_id": str(conversation_id), "user_id": user_id, **told}

    async def readings(self, limit: int, before: int | None = None) -> Body:
        """What auditors have read, the last first; it shows nothing of what they saw."""
        end = await self._store.end()
        async with self._pool.connection() as connection:
            page = await self._store.page(
                connection, audit.stream(), limit + 1, upto=end, below=LAST if before is None else before
            )
        shown = page[-limit:]
        return {
            "readings": [_reading(history.told(recorded)) for recorded in reversed(shown)],
            "next": shown[0].version if len(page) > limit else None,
        }


def _seen(found: Past, conversation_id: UUID, user_id: str, when: Moment) -> Body:
    seen = found.seen_by(conversation_id, user_id)
    if seen is None:
        raise _not_there(user_id, when)
    return {**seen, "participants": found.participants(conversation_id)}


def _moment(when: Moment) -> Body:
    return {"position": when.position, "recorded_at": rfc3339(when.recorded_at)}


def _reading(told: Told) -> Body:
    return {name: told[name] for name in ("position", "version", "recorded_at", "type", "actor", "data")}


def _no_conversation(when: Moment) -> Rejected:
    return Rejected("not_found", f"no such conversation at position {when.position}")


def _not_there(user_id: str, when: Moment) -> Rejected:
    return Rejected("not_found", f"{user_id} takes no part in such a conversation at position {when.position}")
