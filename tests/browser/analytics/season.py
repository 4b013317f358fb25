"""A made-up past between readers and writers, for the analysts' page: what happened when, and a log of it."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID

import psycopg

from application.chat import write_stream
from application.codec import encode
from domain.base import Event
from domain.conversation import ConversationStarted, direct_id
from domain.reading import MessagesRead
from domain.timeline import MessageSent

Happened = tuple[datetime, Event]

INSERT = """
COPY events (notification_id, originator_id, originator_version, topic, state, recorded_at)
FROM STDIN WITH (FORMAT BINARY)"""
TYPES = ("int8", "uuid", "int8", "text", "bytea", "timestamptz")


DAYS = 80
LAST = datetime.now(UTC).date() - timedelta(days=1)
FIRST = LAST - timedelta(days=DAYS - 1)
"""The days that the tests make up, both included."""


class Season:
    """Days on which more and more people come to write to each other, in the evening rather than at night."""

    def __init__(self, first: date, days: int, people: int, rooms: int, seed: int = 7) -> None:
        self.chance = Random(seed)
        self.first = datetime.combine(first, time(), UTC)
        self.days, self.people, self.rooms = days, people, rooms

    def happened(self) -> list[Happened]:
        """All of it, in order; who reads reads up to what was there by then."""
        rooms = {started.conversation_id: (at, started) for at, started in map(self._room, range(self.rooms))}
        loose = sorted((one for start in rooms.values() for one in self._life(*start)), key=lambda one: one[0])
        last: Counter[UUID] = Counter()
        places: Counter[tuple[UUID, str]] = Counter()
        told = []
        for at, event in loose:
            if isinstance(event, MessageSent):
                last[event.conversation_id] += 1
                places[event.conversation_id, event.sender_id] = last[event.conversation_id]
            elif isinstance(event, MessagesRead):
                key, number = (event.conversation_id, event.user_id), last[event.conversation_id]
                if places[key] == number:
                    continue
                places[key], event = number, event.model_copy(update={"number": number})
            told.append((at, event))
        return told

    def _room(self, n: int) -> tuple[datetime, ConversationStarted]:
        begins = self.first + timedelta(days=int(self.days * (n / self.rooms) ** 1.6))
        known = max(4, self.people * (n + 4) // (self.rooms + 3))
        size = 2 if n % 3 == 0 else self.chance.randint(3, min(known, 12))
        ids = [f"reader-{number}" for number in self.chance.sample(range(known), size)]
        room = direct_id(*ids) if size == 2 else UUID(int=self.chance.getrandbits(128), version=4)
        started = ConversationStarted(
            actor=ids[0],
            conversation_id=room,
            kind="direct" if size == 2 else "group",
            title=None,
            owner_id=ids[0],
            participant_ids=ids,
        )
        return begins, started

    def _life(self, begins: datetime, started: ConversationStarted) -> Iterator[Happened]:
        yield begins, started
        liking = self.chance.uniform(0.15, 1.4)
        days = (self.first - begins).days + self.days
        for ahead in range(days):
            day = begins + timedelta(days=ahead)
            rest = 0.55 if day.weekday() >= 5 else 1
            surely = ahead in (0, days - 1)  # so that it is known when all begins and ends
            for _ in range(max(surely, int(self.chance.expovariate(1 / (liking * rest))))):
                yield from self._exchange(started, day, begins + timedelta(days=days))

    def _exchange(self, room: ConversationStarted, day: datetime, end: datetime) -> Iterator[Happened]:
        hour = self.chance.gauss(*self.chance.choice([(20.5, 1.6), (12.8, 1.2), (20, 2.5), (9, 2)]))
        at = day + timedelta(hours=hour % 24)
        for _ in range(self.chance.randint(1, 4)):
            if at >= end:
                return
            sender = self.chance.choice(room.participant_ids)
            yield at, self._message(room.conversation_id, sender)
            for reader in room.participant_ids:
                read_at = at + timedelta(seconds=self.chance.lognormvariate(6, 2))
                if reader != sender and self.chance.random() < 0.8 and read_at < end:
                    yield (
                        read_at,
                        MessagesRead(actor=reader, conversation_id=room.conversation_id, user_id=reader, number=1),
                    )
            at += timedelta(seconds=self.chance.lognormvariate(5, 1.7))

    def _message(self, room: UUID, sender: str) -> MessageSent:
        body = "mot " * int(1 + self.chance.expovariate(1 / 12))
        message_id = UUID(int=self.chance.getrandbits(128), version=4)
        return MessageSent(actor=sender, conversation_id=room, message_id=message_id, sender_id=sender, body=body)


def put(database_url: str, past: list[Happened]) -> None:
    """Into an empty log, as if it had been recorded then: the projections make of it what they would have made."""
    versions: Counter[UUID] = Counter()
    with psycopg.connect(database_url) as connection, connection.cursor().copy(INSERT) as copy:
        copy.set_types(TYPES)
        for position, (at, event) in enumerate(past, 1):
            stream = write_stream(event)
            versions[stream] += 1
            copy.write_row((position, stream, versions[stream], event.TOPIC, encode(event), at))
