"""What a send and a page cost in a conversation of a million messages, against one that has hardly any."""

import asyncio
from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter
from uuid import UUID, uuid4

import psycopg

from application.store import Offered, Store
from domain.timeline import MessageSent, stream
from interfaces import connections
from migrations import migrate
from tests.bench.sides import database

MESSAGES = 1_000_000
BLOCKS, TIMES = 10, 30
PAGE = 50

FILL = """
    INSERT INTO events SELECT n, %(stream)s, n, 'timeline.message-sent', convert_to(json_build_object(
        'actor', 'alice', 'conversation_id', %(conversation_id)s::text, 'message_id', md5(n::text)::uuid,
        'sender_id', 'alice', 'body', 'Une phrase comme une autre ' || n)::text, 'UTF8'), now()
    FROM generate_series(1, %(messages)s) n"""
USED = """
    INSERT INTO message_ids SELECT md5(originator_version::text)::uuid, notification_id, originator_version, '\\x00'
    FROM events WHERE originator_id = %(stream)s"""

Work = Callable[[UUID], Awaitable[None]]
Cost = tuple[float, float]
"""Milliseconds, and pages of the database that were touched."""


async def compared(postgres_url: str) -> dict[str, tuple[Cost, Cost]]:
    """Of `send` and `page`: in the long conversation, and in the short one."""
    url, long, short = database(postgres_url, "long"), uuid4(), uuid4()
    await asyncio.to_thread(_fill, url, long)
    async with (
        connections.pool(url, "read", 1, snapshots=True) as reading,
        connections.pool(url, "write", 1) as writing,
    ):
        store = Store(reading, writing)
        for _ in range(PAGE):
            await _send(store, short)

        async def send(conversation_id: UUID) -> None:
            await _send(store, conversation_id)

        async def page(conversation_id: UUID) -> None:
            async with reading.connection() as connection:
                found = await store.page(connection, stream(conversation_id), PAGE, upto=2**62, below=2**62)
            assert len(found) == PAGE

        with psycopg.connect(url, autocommit=True) as looking:
            return {"send": await _both(looking, long, short, send), "page": await _both(looking, long, short, page)}


def _fill(url: str, conversation_id: UUID) -> None:
    migrate(url)
    wanted = {"stream": stream(conversation_id), "conversation_id": str(conversation_id), "messages": MESSAGES}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILL, wanted)
        connection.execute(USED, wanted)
        connection.execute("VACUUM ANALYZE events, message_ids")
        connection.execute("CHECKPOINT")


async def _send(store: Store, conversation_id: UUID) -> None:
    sent = {"conversation_id": conversation_id, "message_id": uuid4(), "sender_id": "alice", "body": "Bonjour"}
    message = MessageSent(actor="alice", **sent)
    await store.append(uuid4(), [Offered(stream(conversation_id), message)], {})


async def _both(looking: psycopg.Connection, long: UUID, short: UUID, work: Work) -> tuple[Cost, Cost]:
    """By turns, so that whatever else the machine does meets both."""
    costs: dict[UUID, list[Cost]] = {long: [], short: []}
    for _ in range(BLOCKS):
        for one in (long, short):
            before = _touched(looking)
            times = []
            for _ in range(TIMES):
                began = perf_counter()
                await work(one)
                times.append((perf_counter() - began) * 1000)
            costs[one].append((median(times), (_touched(looking) - before) / TIMES))
    return _median(costs[long]), _median(costs[short])


def _median(costs: list[Cost]) -> Cost:
    return median(milliseconds for milliseconds, _ in costs), median(pages for _, pages in costs)


def _touched(looking: psycopg.Connection) -> int:
    row = looking.execute(
        """SELECT sum(heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit)::bigint
        FROM pg_statio_user_tables WHERE relname IN ('events', 'message_ids', 'appends')"""
    ).fetchone()
    assert row
    return int(row[0])
