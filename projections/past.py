"""The chat as it was: the rows of its read models, folded afresh out of the log by what folds them live."""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from application.store import Recorded, Store
from domain import conversation, profile, reading, timeline
from domain.conversation import ConversationStarted, ParticipantsAdded
from domain.timeline import MessageSent
from projections import conversation_list, people
from projections.chat import Rows
from projections.conversation_list import Summary
from projections.history import Seen, pages, people_of, streams
from projections.messages import LAST
from projections.rows import rfc3339
from projections.unread_counts import PlaceRow

TELLING = [ConversationStarted.TOPIC, ParticipantsAdded.TOPIC, MessageSent.TOPIC]
"""What makes somebody take part in a conversation, and what was sent there."""


class Past:
    """Some conversations at a position, and what those who took part saw of them. Shapes are the protocol's.

    `messages` are those of the one conversation that were asked for.
    """

    def __init__(self, rows: Rows, messages: Sequence[Recorded] = ()) -> None:
        self.rows = rows
        self.messages = messages
        self.names = {person.user_id: person.name for person in rows.people.values() if person.name is not None}
        self._places: dict[UUID, list[PlaceRow]] = {}
        for place in rows.places.values():
            self._places.setdefault(place.conversation_id, []).append(place)

    def participants(self, conversation_id: UUID) -> list[dict[str, Any]]:
        """Who takes part, in the order they joined."""
        owner_id = self.rows.conversations[conversation_id].owner_id
        there = [place for place in self._places[conversation_id] if place.removed_position is None]
        return [
            {
                "user_id": place.user_id,
                "name": self._called(place.user_id),
                "role": "owner" if place.user_id == owner_id else "member",
                "read_number": place.read_number,
                "joined_at": rfc3339(place.joined_at),
            }
            for place in sorted(there, key=lambda place: (place.joined_position, place.joined_order))
        ]

    def whole(self, conversation_id: UUID) -> dict[str, Any]:
        """A conversation through nobody's eyes: its own title, and nobody's place in it but in `participants`."""
        row = self.rows.conversations[conversation_id]
        return {
            **conversation_list.shared(row, self._called(row.last_sender_id)),
            "title": row.title,
            "owner_id": row.owner_id,
            "position": row.position,
            "participants": self.participants(conversation_id),
        }

    def seen_by(self, conversation_id: UUID, user_id: str) -> Summary | None:
        """A conversation as one participant sees it; there is none for who takes no part."""
        place = self.rows.places.get((conversation_id, user_id))
        if place is None or place.removed_position is not None:
            return None
        row = self.rows.conversations[conversation_id]
        of_all = conversation_list.shared(row, self._called(row.last_sender_id))
        title = self._other(conversation_id, user_id) if row.kind == "direct" else row.title
        return conversation_list.seen(of_all, title, place.read_number, max(row.position, place.position))

    def list_of(self, user_id: str) -> list[Summary]:
        """Somebody's conversation list, the last changed first."""

        def changed(conversation_id: UUID) -> tuple[datetime, UUID]:
            return self.rows.conversations[conversation_id].updated_at, conversation_id

        ordered = sorted(self.rows.conversations, key=changed, reverse=True)
        return [seen for conversation_id in ordered if (seen := self.seen_by(conversation_id, user_id))]

    def _other(self, conversation_id: UUID, user_id: str) -> str | None:
        others = (place.user_id for place in self._places[conversation_id] if place.user_id != user_id)
        return self._called(next(others, None))

    def _called(self, user_id: str | None) -> str | None:
        return None if user_id is None else self.names.get(user_id, user_id)


async def of_conversation(
    store: Store,
    conversation_id: UUID,
    upto: int,
    seen: Seen = lambda _, __: None,
    *,
    before: int = LAST,
    limit: int | None = 0,
) -> Past | None:
    """A conversation at a position, `None` where it had not started. All of its events are read, and folded.

    Of its messages the last `limit` below number `before` are kept; all of them with `None`.
    """
    known = await people_of(store, conversation_id, upto)
    if not known:
        return None
    kept: deque[Recorded] = deque(maxlen=limit)
    rows = Rows()
    async for events in pages(store, await store.positions(streams(conversation_id, known), upto), seen):
        rows.update(rows.fold(events))
        kept.extend(one for one in events if isinstance(one.event, MessageSent) and one.version < before)
    await _tell_names(store, rows, known, upto)
    return Past(rows, kept)


async def of_person(store: Store, user_id: str, upto: int, seen: Seen = lambda _, __: None) -> Past | None:
    """Somebody's conversations at a position, for `list_of`; `None` where nobody had heard of the person.

    Of messages only those are folded that decide: the person's own, and the last before each time that the person
    joined, and before the position. Any other is overwritten by a later one before anybody looks.
    """
    naming = await store.naming(user_id, TELLING, upto)
    admitted = [one for one in naming if user_id in people.touched(one)]
    own = [one.position for one in naming if isinstance(one.event, MessageSent) and one.event.sender_id == user_id]
    joined = [(key, one.position) for one in admitted for key in conversation_list.touched(one)]
    conversation_ids = list(dict.fromkeys(key for key, _ in joined))
    looks = [*joined, *((key, upto) for key in conversation_ids)]
    last = await store.last_positions([timeline.stream(key) for key, _ in looks], [position for _, position in looks])
    beside = [stream for key in conversation_ids for stream in (conversation.stream(key), reading.stream(key, user_id))]
    rows = Rows()
    async for events in pages(store, sorted({*own, *last, *await store.positions(beside, upto)}), seen):
        rows.update(rows.fold(events))
    await _tell_names(store, rows, _shown(rows) | {user_id}, upto)
    return Past(rows) if user_id in rows.people else None


def _shown(rows: Rows) -> set[str]:
    """Whose names a conversation list shows: who spoke last, and the other one of a pair."""
    speakers = {row.last_sender_id for row in rows.conversations.values() if row.last_sender_id is not None}
    return speakers | {user_id for key, user_id in rows.places if rows.conversations[key].kind == "direct"}


async def _tell_names(store: Store, rows: Rows, user_ids: Iterable[str], upto: int) -> None:
    """Folds in what people were called. Whatever else has been folded, a name goes by what told it last."""
    positions = await store.positions([profile.stream(user_id) for user_id in user_ids], upto)
    async for events in pages(store, positions):
        rows.update(rows.fold(events))
