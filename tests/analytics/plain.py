"""Every figure of the analytics, read from the log in the slowest and most obvious way: what they are compared with.

It knows nothing of the projection, its tables and its queries. Whoever waits for a message is in a set, one by one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from application.store import Recorded
from domain.conversation import ConversationStarted, ParticipantRemoved, ParticipantsAdded
from domain.profile import NameTold
from domain.reading import MessagesRead
from domain.timeline import MessageSent

STEPS = (
    0,
    1,
    2,
    5,
    10,
    20,
    30,
    60,
    120,
    300,
    600,
    1200,
    1800,
    3600,
    7200,
    14400,
    28800,
    86400,
    172800,
    604800,
    2592000,
)


@dataclass
class Message:
    conversation_id: UUID
    number: int
    sender_id: str
    length: int
    sent_at: datetime
    imported: bool
    position: int
    response: int | None = None


@dataclass
class Reading:
    position: int
    conversation_id: UUID
    user_id: str
    numbers: list[int]
    read_at: datetime


@dataclass
class Talk:
    kind: str
    created_at: datetime
    people: set[str]
    messages: list[Message] = field(default_factory=list)
    joined: dict[str, datetime] = field(default_factory=dict)
    removed: dict[str, datetime] = field(default_factory=dict)
    waiting: dict[str, set[int]] = field(default_factory=dict)
    place: dict[str, int] = field(default_factory=dict)


class Plain:
    """The log, read from its first event to its last."""

    def __init__(self, log: Sequence[Recorded]) -> None:
        self.log = log
        self.talks: dict[UUID, Talk] = {}
        self.readings: list[Reading] = []
        self.seen: dict[str, list[datetime]] = defaultdict(list)
        self.changes: Counter[date] = Counter()
        """By how much what waits to be read has changed on each day."""
        for recorded in log:
            self._take(recorded)
        for talk in self.talks.values():
            for message in talk.messages:
                message.response = _response(talk.messages, message)

    @property
    def messages(self) -> list[Message]:
        return [message for talk in self.talks.values() for message in talk.messages]

    def _take(self, recorded: Recorded) -> None:
        event, at = recorded.event, recorded.recorded_at
        if isinstance(event, ConversationStarted):
            talk = Talk(event.kind, event.started_at or at, set())
            self.talks[event.conversation_id] = talk
            self._join(talk, event.participant_ids, event.started_at or at)
        elif isinstance(event, ParticipantsAdded):
            self._join(self.talks[event.conversation_id], event.user_ids, event.joined_at or at)
        elif isinstance(event, ParticipantRemoved):
            talk = self.talks[event.conversation_id]
            for _ in talk.waiting.pop(event.user_id):
                self.changes[day(at)] -= 1
            talk.people.remove(event.user_id)
            talk.removed[event.user_id] = at
        elif isinstance(event, MessageSent):
            self._send(self.talks[event.conversation_id], event, recorded)
        elif isinstance(event, MessagesRead):
            self._read(self.talks[event.conversation_id], event, recorded)
        elif isinstance(event, NameTold):
            self.seen[event.user_id].append(at if event.actor else event.told_at)

    def _join(self, talk: Talk, user_ids: Iterable[str], at: datetime) -> None:
        for user_id in user_ids:
            talk.people.add(user_id)
            talk.joined[user_id] = at
            talk.removed.pop(user_id, None)
            talk.waiting[user_id] = set()
            talk.place[user_id] = len(talk.messages)
            self.seen[user_id].append(at)

    def _send(self, talk: Talk, event: MessageSent, recorded: Recorded) -> None:
        sent_at = event.sent_at or recorded.recorded_at
        number = len(talk.messages) + 1
        talk.messages.append(
            Message(
                event.conversation_id,
                number,
                event.sender_id,
                len(event.body),
                sent_at,
                event.sent_at is not None,
                recorded.position,
            )
        )
        for user_id in talk.people - {event.sender_id}:
            talk.waiting[user_id].add(number)
            self.changes[day(sent_at)] += 1
        for _ in talk.waiting.get(event.sender_id, ()):
            self.changes[day(sent_at)] -= 1
        if event.sender_id in talk.people:
            talk.waiting[event.sender_id] = set()
        talk.place[event.sender_id] = number

    def _read(self, talk: Talk, event: MessagesRead, recorded: Recorded) -> None:
        waiting = talk.waiting.get(event.user_id, set())
        numbers = sorted(number for number in waiting if number <= event.number)
        if not numbers:
            return
        talk.place[event.user_id] = event.number
        waiting -= set(numbers)
        for number in numbers:
            imported = event.actor is None
            self.changes[day(talk.messages[number - 1].sent_at if imported else recorded.recorded_at)] -= 1
        if event.actor is not None:
            read_at = recorded.recorded_at
            self.readings.append(Reading(recorded.position, event.conversation_id, event.user_id, numbers, read_at))

    def read_times(self) -> list[tuple[Message, Reading, int]]:
        """Each message and each who read it, with the milliseconds between; imported ones do not count."""
        found = []
        for reading in self.readings:
            for number in reading.numbers:
                message = self.talks[reading.conversation_id].messages[number - 1]
                if not message.imported:
                    found.append((message, reading, milliseconds(message.sent_at, reading.read_at)))
        return found

    def active(self) -> list[tuple[date, str, bool, bool]]:
        """Each thing that somebody did: day, who, whether it was sending, whether it was reading."""
        sent = [(day(message.sent_at), message.sender_id, True, False) for message in self.messages]
        return sent + [(day(reading.read_at), reading.user_id, False, True) for reading in self.readings]


def _response(messages: list[Message], message: Message) -> int | None:
    """How long after the first message since its sender had spoken last; none to who speaks on, or first."""
    before = messages[: message.number - 1]
    if not before or before[-1].sender_id == message.sender_id:
        return None
    turn = before[-1]
    for earlier in reversed(before):
        if earlier.sender_id != before[-1].sender_id:
            break
        turn = earlier
    return milliseconds(turn.sent_at, message.sent_at)


def milliseconds(begin: datetime, end: datetime) -> int:
    return max(0, (end - begin) // timedelta(milliseconds=1))


def day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def period(of: date, by: str) -> date:
    return {"day": of, "week": of - timedelta(days=of.weekday()), "month": of.replace(day=1)}[by]


def step(taken: int) -> tuple[int, int | None]:
    """From how many seconds to how many, for a time in milliseconds."""
    for begin, end in zip(STEPS, (*STEPS[1:], None), strict=True):
        if end is None or taken < end * 1000:
            return begin, end
    raise AssertionError("the last step has no end")


def added(pairs: Iterable[tuple[Any, Sequence[int]]]) -> dict[Any, tuple[int, ...]]:
    """The sums of what belongs to each key."""
    sums: dict[Any, tuple[int, ...]] = {}
    for key, numbers in pairs:
        sums[key] = tuple(a + b for a, b in zip(sums.get(key, [0] * len(numbers)), numbers, strict=True))
    return sums
