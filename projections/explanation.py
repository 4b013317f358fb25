"""Why somebody's badge shows the number that it shows: the events behind an unread count, and the arithmetic."""

from collections import deque
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from application.store import Recorded, Store
from domain.reading import MessagesRead, Place
from domain.timeline import MessageSent
from projections import conversation_list, unread_counts
from projections.conversation_list import ConversationRow
from projections.history import Seen, pages, streams, told
from projections.unread_counts import PlaceRow


class Explanation:
    """One person's place in one conversation, event by event.

    `behind` are the last events that each gave the place in their own way (`joined`, `sent`, `read`) since the person
    joined, with the number they gave it; `unread` are the messages above it.
    """

    def __init__(self, conversation_id: UUID, user_id: str) -> None:
        self.conversation: ConversationRow | None = None
        self.place: PlaceRow | None = None
        self.behind: dict[str, tuple[int, Recorded]] = {}
        self.unread: deque[Recorded] = deque()
        self._key = conversation_id, user_id

    def fold(self, events: Iterable[Recorded]) -> None:
        for recorded in events:
            for _ in conversation_list.touched(recorded):
                self.conversation = conversation_list.evolve(self.conversation, recorded)
            if isinstance(recorded.event, MessageSent):
                self.unread.append(recorded)
            if self._key in unread_counts.touched(recorded):
                self._move(recorded)
            while self.place and self.unread and self.unread[0].version <= self.place.read_number:
                self.unread.popleft()

    def _move(self, recorded: Recorded) -> None:
        assert self.conversation is not None, "a conversation's first event is ConversationStarted"
        before, last_number = self.place, self.conversation.last_number
        self.place = unread_counts.evolve(before, recorded, self._key, last_number)
        if self.place is before:
            return
        why = _why(recorded)
        if why == "joined":
            self.behind.clear()
        self.behind[why] = self.place.read_number, recorded

    def told(self) -> dict[str, Any] | None:
        """In the words of the protocol; `None` for who takes no part."""
        if self.conversation is None or self.place is None or self.place.removed_position is not None:
            return None
        place = Place(self.place.read_number, self.conversation.last_number)
        return {
            "last_number": place.last_number,
            "read_number": place.read_number,
            "unread_count": place.unread_count,
            "arithmetic": f"{place.last_number} - {place.read_number} = {place.unread_count}",
            "place": [
                {"why": why, "number": number, "decides": number == place.read_number, "event": told(recorded)}
                for why, (number, recorded) in self.behind.items()
            ],
            "unread": [told(recorded) for recorded in self.unread],
        }


def _why(recorded: Recorded) -> str:
    match recorded.event:
        case MessageSent():
            return "sent"
        case MessagesRead():
            return "read"
        case _:
            return "joined"


async def explain(
    store: Store, conversation_id: UUID, user_id: str, upto: int, seen: Seen = lambda _, __: None
) -> dict[str, Any] | None:
    """An unread count at a position, and the events that make it up; `None` for who took no part."""
    explanation = Explanation(conversation_id, user_id)
    positions = await store.positions(streams(conversation_id, [user_id]), upto)
    async for events in pages(store, positions, seen):
        explanation.fold(events)
    return explanation.told()
