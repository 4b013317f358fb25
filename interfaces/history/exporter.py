"""Gives the log's messages out as a history: whatever was imported by the source's own keys, the rest by its ids."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from application.store import Recorded, Store
from domain.base import told
from domain.conversation import ConversationRenamed, ConversationStarted
from domain.profile import NameTold
from domain.timeline import MessageSent
from interfaces.history.lines import written
from interfaces.history.tally import Progress
from projections.rows import rfc3339

PAGE = 1_000


@dataclass(slots=True)
class Exported:
    """A conversation as it is now. `key`: the source's, else its id. `speakers`: of a direct one, by key."""

    direct: bool
    title: str | None
    key: str
    imported: bool = False
    speakers: dict[str, set[str]] = field(default_factory=dict)


class Exporter:
    """Goes through the log twice: titles, names and who has spoken are told as they are at its end."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._conversations: dict[UUID, Exported] = {}
        self._names: dict[str, str] = {}
        # The keys that messages of groups go by: those of a pair may go by the same, and a key has one kind.
        self._groups: set[str] = set()

    async def run(self, write: Callable[[bytes], Any], progress: Progress) -> int:
        """Writes every message of the log as it is now, in order of position; answers how many they are."""
        end = await self._store.end()
        count = 0
        with progress("events", 2 * end) as at:
            async for page in self._pages(end):
                for recorded in page:
                    self._learn(recorded)
                at(page[-1].position)
            async for page in self._pages(end):
                lines = [self._line(one, one.event) for one in page if isinstance(one.event, MessageSent)]
                write(b"".join(lines))
                count += len(lines)
                at(end + page[-1].position)
        return count

    async def _pages(self, end: int) -> AsyncIterator[list[Recorded]]:
        after = 0
        while page := await self._store.tail(after, PAGE, end):
            yield page
            after = page[-1].position

    def _learn(self, recorded: Recorded) -> None:
        match recorded.event:
            case ConversationStarted() as event:
                direct, key = event.kind == "direct", str(event.conversation_id)
                title = None if direct else event.title
                self._conversations[event.conversation_id] = Exported(direct, title, key)
            case ConversationRenamed() as event:
                self._conversations[event.conversation_id].title = event.title
            case NameTold() as event:
                self._names[event.user_id] = event.name
            case MessageSent() as event:
                self._hear(self._conversations[event.conversation_id], event)

    def _hear(self, conversation: Exported, event: MessageSent) -> None:
        if event.source and not conversation.imported:
            # What was sent here before its first import goes by the source's key too, or it would be torn in two.
            conversation.imported = True
            conversation.speakers[event.source.conversation] = conversation.speakers.pop(conversation.key, set())
            conversation.key = event.source.conversation
        if not conversation.direct:
            self._groups.add(_key(conversation, event))
        else:
            conversation.speakers.setdefault(_key(conversation, event), set()).add(event.sender_id)

    def _line(self, recorded: Recorded, event: MessageSent) -> bytes:
        conversation = self._conversations[event.conversation_id]
        key = _key(conversation, event)
        fields: dict[str, str | None] = {
            "conversation": key,
            "title": conversation.title,
            "message": event.source.message if event.source else str(event.message_id),
            "sender": event.sender_id,
            "sent_at": rfc3339(told(recorded.recorded_at, event.sent_at)),
            "body": event.body,
        }
        if name := self._names.get(event.sender_id):
            fields["sender_name"] = name
        if len(conversation.speakers.get(key, ())) == 2 and key not in self._groups:
            fields["kind"] = "direct"
        return written(fields)


def _key(conversation: Exported, event: MessageSent) -> str:
    return event.source.conversation if event.source else conversation.key
