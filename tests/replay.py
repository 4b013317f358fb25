"""The chat as it follows from its log alone, told in the plainest way: what every other view is compared with."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from application.store import Recorded, Store
from domain.conversation import (
    ConversationRenamed,
    ConversationStarted,
    OwnerChanged,
    ParticipantRemoved,
    ParticipantsAdded,
)
from domain.reading import MessagesRead
from domain.timeline import MessageSent


@dataclass
class Replayed:
    """One conversation."""

    kind: str
    title: str | None
    owner_id: str | None
    people: list[str]
    messages: list[tuple[str, str, str]] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)
    position: int = 0
    own: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def seen_by(self, user_id: str) -> dict[str, Any]:
        other = next((person for person in self.people if person != user_id), None)
        return {
            "kind": self.kind,
            "title": other if self.kind == "direct" else self.title,
            "participant_count": len(self.people),
            "last_number": len(self.messages),
            "read_number": self.read[user_id],
            "unread_count": len(self.messages) - self.read[user_id],
            "position": max(self.position, self.own[user_id]),
        }


async def log(store: Store) -> list[Recorded]:
    """Every event there is."""
    events: list[Recorded] = []
    while page := await store.tail(events[-1].position if events else 0, 1_000):
        events += page
    return events


def replay(events: Iterable[Recorded]) -> dict[str, Replayed]:
    """All conversations, by id."""
    chat: dict[str, Replayed] = {}
    for recorded in events:
        take(chat, recorded)
    return chat


def take(chat: dict[str, Replayed], recorded: Recorded) -> None:
    """One event more."""
    event, position = recorded.event, recorded.position
    if isinstance(event, ConversationStarted):
        found = Replayed(event.kind, event.title, event.owner_id, list(event.participant_ids))
        found.read = dict.fromkeys(event.participant_ids, 0)
        found.position = position
        chat[str(event.conversation_id)] = found
    elif isinstance(event, ParticipantsAdded):
        found = chat[str(event.conversation_id)]
        found.people += event.user_ids
        found.read |= dict.fromkeys(event.user_ids, len(found.messages))
        found.position = position
    elif isinstance(event, ParticipantRemoved):
        found = chat[str(event.conversation_id)]
        found.people.remove(event.user_id)
        found.position = position
    elif isinstance(event, OwnerChanged):
        chat[str(event.conversation_id)].owner_id = event.owner_id
    elif isinstance(event, ConversationRenamed):
        found = chat[str(event.conversation_id)]
        found.title, found.position = event.title, position
    elif isinstance(event, MessageSent):
        found = chat[str(event.conversation_id)]
        found.messages.append((str(event.message_id), event.sender_id, event.body))
        found.read[event.sender_id] = len(found.messages)
        found.position = position
    elif isinstance(event, MessagesRead):
        found = chat[str(event.conversation_id)]
        if event.number > found.read[event.user_id]:
            found.read[event.user_id] = event.number
            found.own[event.user_id] = position
