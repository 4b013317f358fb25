"""What a device shows: acks and pushes, folded by the protocol's third rule."""

from dataclasses import dataclass, field
from typing import assert_never

from interfaces.shapes import (
    ConversationRemoved,
    ConversationUpdated,
    Joined,
    Message,
    MessagesRead,
    NewConversation,
    NewMessage,
    Participant,
    ParticipantsChanged,
    SessionExpired,
    Summary,
    Synced,
)

RoomPush = NewMessage | MessagesRead | ParticipantsChanged
Push = RoomPush | ConversationUpdated | NewConversation | ConversationRemoved | SessionExpired


@dataclass
class Room:
    """A conversation that is watched: its people in the order they joined, its messages by number.

    `live`: the join of the present connection has been answered to its end, so that pushes follow on it.
    """

    cursor: str
    participants: dict[str, Participant]
    messages: dict[int, Message] = field(default_factory=dict)
    live: bool = False

    def fold(self, push: RoomPush) -> None:
        match push:
            case NewMessage(message=message):
                self.messages[message.number] = message
                self._read(message.sender_id, message.number)
                self.cursor = str(message.position)
            case MessagesRead():
                self._read(push.user_id, push.read_number)
                self.cursor = str(push.position)
            case ParticipantsChanged():
                self._change(push)
                self.cursor = str(push.position)
            case _:
                assert_never(push)

    def _read(self, user_id: str, number: int) -> None:
        if reader := self.participants.get(user_id):
            reader.read_number = max(reader.read_number, number)

    def _change(self, push: ParticipantsChanged) -> None:
        for user_id in [*push.removed, *(one.user_id for one in push.added)]:
            self.participants.pop(user_id, None)
        self.participants |= {one.user_id: one.model_copy() for one in push.added}
        for user_id, participant in self.participants.items():
            participant.role = "owner" if user_id == push.owner_id else "member"


@dataclass
class View:
    """`summaries` and `rooms` are by conversation_id, `removed` the positions of removals."""

    cursor: str | None = None
    summaries: dict[str, Summary] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    synced: bool = False

    def disconnected(self) -> None:
        """From now on no push moves a cursor, until `sync` and `join` have been answered again."""
        self.synced = False
        for room in self.rooms.values():
            room.live = False

    def fold_sync(self, ack: Synced) -> list[Push]:
        """What was missed: as if it had been pushed."""
        missed: list[Push] = []
        for summary in ack.conversations:
            known = summary.conversation_id in self.summaries
            if self._update(summary):
                push = ConversationUpdated if known else NewConversation
                missed.append(push(conversation=summary))
        position = int(ack.cursor)
        removed = [one for one in ack.removed if self._remove(one, position)]
        missed += [ConversationRemoved(conversation_id=one, position=position) for one in removed]
        self.cursor, self.synced = ack.cursor, not ack.has_more
        return missed

    def fold_join(self, ack: Joined) -> list[Push]:
        """The messages that were missed: as if they had been pushed."""
        conversation_id = ack.conversation.conversation_id
        people = {one.user_id: one for one in ack.conversation.participants}
        room = self.rooms.setdefault(conversation_id, Room(ack.cursor, people))
        missed = [one for one in ack.messages if one.number not in room.messages]
        room.participants, room.cursor, room.live = people, ack.cursor, not ack.has_more
        room.messages |= {one.number: one for one in ack.messages}
        return [NewMessage(conversation_id=conversation_id, message=one) for one in missed]

    def fold_leave(self, conversation_id: str) -> None:
        if room := self.rooms.get(conversation_id):
            room.live = False

    def fold(self, push: Push) -> bool:
        """Whether a push told anything: what is older than what is held did not."""
        match push:
            case SessionExpired():
                return True
            case ConversationUpdated() | NewConversation():
                told = self._update(push.conversation)
                self._move(push.conversation.position)
            case ConversationRemoved():
                told = self._remove(push.conversation_id, push.position)
                self._move(push.position)
            case NewMessage() | MessagesRead() | ParticipantsChanged():
                room = self.rooms.get(push.conversation_id)
                told = room is not None and room.live
                if room and told:
                    room.fold(push)
            case _:
                assert_never(push)
        return told

    def _move(self, position: int) -> None:
        if self.synced:
            self.cursor = str(position)

    def _update(self, summary: Summary) -> bool:
        conversation_id, position = summary.conversation_id, summary.position
        held = self.summaries.get(conversation_id)
        if position <= self.removed.get(conversation_id, 0) or (held and position < held.position):
            return False
        self.summaries[conversation_id] = summary
        return True

    def _remove(self, conversation_id: str, position: int) -> bool:
        held = self.summaries.get(conversation_id)
        if held and held.position > position:
            return False
        self.summaries.pop(conversation_id, None)
        self.rooms.pop(conversation_id, None)
        self.removed[conversation_id] = max(position, self.removed.get(conversation_id, 0))
        return held is not None
