"""A log of as many messages as one likes, written past the append in one go, and the rows that follow from it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

from application.chat import write_stream
from application.codec import encode
from domain.base import Event
from domain.conversation import ConversationStarted
from domain.profile import NameTold
from domain.timeline import MessageSent
from tests.database import open_pools

ONE = "user-0"
"""Takes part in 50 conversations, however many there are; the first of them holds half of all messages."""
LONG = UUID(int=1, version=4)
BATCH = 10_000


def events(messages: int) -> Iterator[Event]:
    """People with names, conversations of three of them with ten messages each, and a long one of 20 people."""
    short = [UUID(int=n + 2, version=4) for n in range(messages // 20)]
    people = [f"user-{n}" for n in range(max(60, messages // 3))]
    for user_id in people:
        yield NameTold(actor=user_id, user_id=user_id, name=user_id.title(), told_at=datetime.now(UTC))
    members = {LONG: people[:20]}
    for n, conversation_id in enumerate(short):
        one = 0 if n < 49 else 20 + n  # and nobody else is in that many
        members[conversation_id] = sorted({people[k % len(people)] for k in (one, 3 * n + 21, 5 * n + 22)})
    for conversation_id, there in members.items():
        yield ConversationStarted(
            actor=there[0],
            conversation_id=conversation_id,
            kind="group",
            title=None,
            owner_id=there[0],
            participant_ids=there,
        )
    for n in range(messages):
        conversation_id = LONG if n % 2 else short[n // 2 % len(short)]
        there = members[conversation_id]
        yield MessageSent(
            actor=there[n % len(there)],
            conversation_id=conversation_id,
            message_id=uuid4(),
            sender_id=there[n % len(there)],
            body=f"message {n} of some length, as people write them",
        )


def fill(database_url: str, messages: int) -> int:
    """Into an empty log; answers how many events it is."""
    versions: dict[UUID, int] = {}
    known: list[tuple[Any, ...]] = []
    position, start = 0, datetime.now(UTC) - timedelta(days=7)
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        with cursor.copy("COPY events FROM STDIN") as copy:
            for position, event in enumerate(events(messages), 1):
                stream = write_stream(event)
                versions[stream] = version = versions.get(stream, 0) + 1
                copy.write_row(
                    (position, stream, version, event.TOPIC, encode(event), start + timedelta(milliseconds=position))
                )
                if isinstance(event, MessageSent):
                    known.append((event.message_id, position, version, event.content_hash()))
        with cursor.copy("COPY message_ids FROM STDIN") as copy:
            for row in known:
                copy.write_row(row)
        cursor.execute(
            """INSERT INTO appends SELECT gen_random_uuid(), n - 1, now(), ARRAY[n], ARRAY[1]
            FROM generate_series(1, %s, 100) n""",
            [position],
        )
    return position


async def project(database_url: str) -> None:
    """Folds the log into the chat's rows, and lets PostgreSQL learn what it holds, as it would do by itself."""
    async with open_pools(database_url) as pools:
        projector = pools.projector(pools.store())
        while await projector.step(BATCH):
            pass
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
