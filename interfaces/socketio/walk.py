"""One batch of events on its way out: what each of them tells, and to whom."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from application.store import Recorded
from domain.conversation import ConversationStarted, ParticipantRemoved, ParticipantsAdded
from domain.profile import NameTold
from domain.reading import MessagesRead
from domain.timeline import MessageSent
from interfaces.socketio.audience import Audience, Push, Receiver
from interfaces.socketio.frames import event
from projections import conversation_list, messages, people
from projections.rows import rfc3339

Key = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a batch's pushes say beside its events, read in one snapshot that reflects all of them.

    `asked`: whose summaries were asked for, of those who were here then.
    """

    asked: Mapping[UUID, Set[str]]
    summaries: Mapping[UUID, Mapping[str, conversation_list.Summary]]
    names: Mapping[str, str]
    moved: Set[int]
    joined: Mapping[Key, dict[str, Any]] = field(default_factory=dict)
    owners: Mapping[UUID, str | None] = field(default_factory=dict)


class Walk:
    """One batch on its way out, event by event: adding and removing change the audience as they pass."""

    def __init__(self, audience: Audience, facts: Facts, fresh: set[Key]) -> None:
        self.out: defaultdict[Receiver, list[Push]] = defaultdict(list)
        self._audience = audience
        self._facts = facts
        self._fresh = fresh

    def pass_by(self, recorded: Recorded) -> None:
        match recorded.event:
            case MessageSent() as sent:
                message = messages.message(recorded, self._facts.names)
                payload = {"conversation_id": str(sent.conversation_id), "message": message}
                self._to_room(sent.conversation_id, "new_message", payload, recorded.position)
            case MessagesRead() as read:
                self._read(read, recorded)
            case ConversationStarted() as started:
                self._audience.came(started.conversation_id, started.participant_ids)
                self._new(started.conversation_id, started.participant_ids)
            case ParticipantsAdded() as added:
                self._people(recorded, added.conversation_id, added=added.user_ids)
                self._audience.came(added.conversation_id, added.user_ids)
                self._new(added.conversation_id, added.user_ids)
            case ParticipantRemoved() as removed:
                self._removed(removed, recorded)
            case NameTold(user_id=user_id):  # not pushed
                self._audience.told(people.evolve(None, recorded, user_id))
            case _:
                pass  # a new title shows in the summaries, an heir when the owner has left

    def add_summaries(self, after: int, upto: int) -> None:
        """Each changed summary, in its latest state; one that is newer than the batch goes out with its own."""
        for conversation_id, summaries in self._facts.summaries.items():
            for user_id, summary in summaries.items():
                if after < summary["position"] <= upto:
                    name = self._update(conversation_id, user_id)
                    self._to_user(user_id, name, {"conversation": summary}, summary["position"])

    def _update(self, conversation_id: UUID, user_id: str) -> str:
        """What a summary goes out as; what is new is so once."""
        if not self._fresh or (conversation_id, user_id) not in self._fresh:
            return "conversation_updated"
        self._fresh.discard((conversation_id, user_id))
        return "new_conversation"

    def _read(self, read: MessagesRead, recorded: Recorded) -> None:
        if recorded.position not in self._facts.moved:
            return
        payload = {
            "conversation_id": str(read.conversation_id),
            "user_id": read.user_id,
            "read_number": read.number,
            "read_at": rfc3339(recorded.recorded_at),
            "position": recorded.position,
        }
        self._to_room(read.conversation_id, "messages_read", payload, recorded.position)

    def _removed(self, removed: ParticipantRemoved, recorded: Recorded) -> None:
        conversation_id, user_id = removed.conversation_id, removed.user_id
        self._audience.end_watches(conversation_id, user_id, recorded.position)
        self._audience.went(conversation_id, user_id)
        self._fresh.discard((conversation_id, user_id))
        self._people(recorded, conversation_id, removed=[user_id])
        payload = {"conversation_id": str(conversation_id), "position": recorded.position}
        self._to_user(user_id, "conversation_removed", payload, recorded.position)

    def _new(self, conversation_id: UUID, user_ids: Sequence[str]) -> None:
        """To who has come since, it is new no more: the snapshot that the socket syncs with has it."""
        asked = self._facts.asked.get(conversation_id, set())
        self._fresh |= {(conversation_id, user_id) for user_id in user_ids if user_id in asked}

    def _people(
        self,
        recorded: Recorded,
        conversation_id: UUID,
        added: Sequence[str] = (),
        removed: Sequence[str] = (),
    ) -> None:
        if conversation_id not in self._audience.rooms:
            return
        joined = [self._facts.joined.get((conversation_id, user_id)) for user_id in added]
        payload = {
            "conversation_id": str(conversation_id),
            "added": [participant for participant in joined if participant],  # not who was removed again since
            "removed": list(removed),
            "owner_id": self._facts.owners.get(conversation_id),
            "position": recorded.position,
        }
        self._to_room(conversation_id, "participants_changed", payload, recorded.position)

    def _to_room(self, room: UUID, name: str, payload: dict[str, Any], position: int) -> None:
        if receivers := self._audience.rooms.get(room):
            push = Push(position, event(name, payload), room)
            for receiver in receivers:
                self.out[receiver].append(push)

    def _to_user(self, user_id: str, name: str, payload: dict[str, Any], position: int) -> None:
        if receivers := self._audience.users.get(user_id):
            push = Push(position, event(name, payload))
            for receiver in receivers:
                self.out[receiver].append(push)
