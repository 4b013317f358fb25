"""What a batch of events adds to the facts: a fold in memory over the rows that it touches."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from application.store import Recorded
from domain.base import told
from domain.conversation import ConversationStarted, ParticipantRemoved, ParticipantsAdded
from domain.profile import NameTold
from domain.reading import MessagesRead
from domain.timeline import MessageSent
from projections.analytics import activity, conversations, messages, participants, people, reads
from projections.analytics.activity import ActivityRow
from projections.analytics.conversations import ConversationRow
from projections.analytics.messages import MessageRow
from projections.analytics.participants import Key, ParticipantRow
from projections.analytics.reads import ReadRow

MILLISECOND = timedelta(milliseconds=1)


class Facts:
    """`conversations` and `participants` are rows as they are after the events; all else is what the events add."""

    def __init__(
        self,
        conversations: dict[UUID, ConversationRow] | None = None,
        participants: dict[Key, ParticipantRow] | None = None,
    ) -> None:
        self.conversations = conversations or {}
        self.participants = participants or {}
        self.seen: dict[str, datetime] = {}
        self.messages: list[MessageRow] = []
        self.reads: list[ReadRow] = []
        self.imported_reads: list[ReadRow] = []
        self.unread: Counter[date] = Counter()
        self.activity: dict[activity.Key, ActivityRow] = {}

    def add(self, recorded: Recorded) -> None:
        event = recorded.event
        match event:
            case MessageSent():
                self._send(event, recorded)
            case ConversationStarted():
                self._start(event, told(recorded.recorded_at, event.started_at))
            case ParticipantsAdded():
                self.conversations[event.conversation_id].participant_count += len(event.user_ids)
                self._join(event.conversation_id, event.user_ids, told(recorded.recorded_at, event.joined_at))
            case ParticipantRemoved():
                self._remove(event, recorded.recorded_at)
            case MessagesRead():
                self._read(event, recorded)
            case NameTold():
                self._see(event.user_id, recorded.recorded_at if event.actor else event.told_at)

    def _start(self, event: ConversationStarted, at: datetime) -> None:
        row = ConversationRow(event.conversation_id, event.kind, at, len(event.participant_ids))
        self.conversations[event.conversation_id] = row
        self._join(event.conversation_id, event.participant_ids, at)

    def _join(self, conversation_id: UUID, user_ids: Iterable[str], at: datetime) -> None:
        """Who joins starts with none unread."""
        last_number = self.conversations[conversation_id].last_number
        for user_id in user_ids:
            self.participants[conversation_id, user_id] = ParticipantRow(conversation_id, user_id, at, last_number)
            self._see(user_id, at)

    def _remove(self, event: ParticipantRemoved, at: datetime) -> None:
        conversation, place = self._both(event.conversation_id, event.user_id)
        self.unread[_day(at)] -= conversation.last_number - place.read_number
        conversation.participant_count -= 1
        place.removed_at = at

    def _send(self, event: MessageSent, recorded: Recorded) -> None:
        conversation, place = self._both(event.conversation_id, event.sender_id)
        sent_at = told(recorded.recorded_at, event.sent_at)
        reach = conversation.participant_count
        if place.removed_at is None:  # an import may let somebody speak who is being removed at that moment
            reach -= 1 + conversation.last_number - place.read_number
        day = _day(sent_at)
        self.unread[day] += reach
        self._done(day, event.sender_id).message_count += 1
        self.messages.append(
            MessageRow(
                conversation_id=event.conversation_id,
                number=recorded.version,
                sender_id=event.sender_id,
                length=len(event.body),
                sent_at=sent_at,
                imported=event.sent_at is not None,
                response_milliseconds=_turn(conversation, event.sender_id, sent_at),
                position=recorded.position,
            )
        )
        place.read_number = conversation.last_number = recorded.version
        conversation.last_sender_id, conversation.last_sent_at = event.sender_id, sent_at

    def _read(self, event: MessagesRead, recorded: Recorded) -> None:
        _, place = self._both(event.conversation_id, event.user_id)
        if place.removed_at or event.number <= place.read_number:
            return
        row = ReadRow(
            position=recorded.position,
            conversation_id=event.conversation_id,
            user_id=event.user_id,
            first_number=place.read_number + 1,
            read_number=event.number,
            read_at=recorded.recorded_at,
        )
        if event.actor is None:
            self.imported_reads.append(row)
        else:
            day = _day(row.read_at)
            self.reads.append(row)
            self.unread[day] -= event.number - place.read_number
            self._done(day, event.user_id).reading_count += 1
        place.read_number = event.number

    def _both(self, conversation_id: UUID, user_id: str) -> tuple[ConversationRow, ParticipantRow]:
        return self.conversations[conversation_id], self.participants[conversation_id, user_id]

    def _done(self, day: date, user_id: str) -> ActivityRow:
        return self.activity.setdefault((day, user_id), ActivityRow(day, user_id))

    def _see(self, user_id: str, at: datetime) -> None:
        self.seen[user_id] = min(at, self.seen.get(user_id, at))

    async def save(self, connection: AsyncConnection[Any], schema: str) -> None:
        """Messages before what is read of them."""
        if self.conversations:
            await conversations.save(connection, schema, list(self.conversations.values()))
        if self.participants:
            await participants.save(connection, schema, list(self.participants.values()))
        if self.seen:
            await people.save(connection, schema, self.seen)
        if self.messages:
            await messages.save(connection, schema, self.messages)
        if self.reads:
            await reads.save(connection, schema, self.reads)
        if self.imported_reads:
            await reads.save_imported(connection, schema, self.imported_reads)
        if self.unread:
            await reads.save_unread(connection, schema, self.unread)
        if self.activity:
            await activity.save(connection, schema, list(self.activity.values()))


async def load(connection: AsyncConnection[Any], schema: str, events: Iterable[Recorded]) -> Facts:
    """The rows that some events are about to be folded into."""
    keys: set[Key] = set()
    named: set[UUID] = set()
    for recorded in events:
        match recorded.event:
            case (
                MessageSent(conversation_id=conversation_id, sender_id=user_id)
                | MessagesRead(conversation_id=conversation_id, user_id=user_id)
                | ParticipantRemoved(conversation_id=conversation_id, user_id=user_id)
            ):
                keys.add((conversation_id, user_id))
            case ParticipantsAdded(conversation_id=conversation_id):
                named.add(conversation_id)
    named |= {conversation_id for conversation_id, _ in keys}
    return Facts(
        await conversations.load(connection, schema, list(named)),
        await participants.load(connection, schema, list(keys)),
    )


def _turn(conversation: ConversationRow, sender_id: str, sent_at: datetime) -> int | None:
    """How long the turn before has waited, in milliseconds, where a new one begins; then that is the one to wait."""
    if sender_id == conversation.last_sender_id:
        return None
    before, conversation.turn_sent_at = conversation.turn_sent_at, sent_at
    return None if before is None else max(0, (sent_at - before) // MILLISECOND)


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()
