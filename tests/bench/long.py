"""What a send and a page cost in a conversation of a million messages, against one that has hardly any."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.errors import Diagnostic
from psycopg_pool import AsyncConnectionPool

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

EXPLAINED = """
    LOAD 'auto_explain';
    SET auto_explain.log_min_duration = 0;
    SET auto_explain.log_nested_statements = on;
    SET auto_explain.log_analyze = on;
    SET auto_explain.log_buffers = on;
    SET auto_explain.log_format = json;
    SET client_min_messages = log;
"""
"""From here on a connection is told of the plan of each of its statements, and of those of its functions."""

Work = Callable[[UUID], Awaitable[None]]


@dataclass(frozen=True)
class Cost:
    """`pages` of the database that were touched; `plan`: each step of each statement, and the index that it takes."""

    milliseconds: float
    pages: int
    plan: tuple[str, ...]


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

        return {"send": await _both(writing, long, short, send), "page": await _both(reading, long, short, page)}


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


async def _both(pool: AsyncConnectionPool[Any], long: UUID, short: UUID, work: Work) -> tuple[Cost, Cost]:
    """By turns, so that whatever else the machine does meets both."""
    times: dict[UUID, list[float]] = {long: [], short: []}
    for _ in range(BLOCKS):
        for one in (long, short):
            block = []
            for _ in range(TIMES):
                began = perf_counter()
                await work(one)
                block.append((perf_counter() - began) * 1000)
            times[one].append(median(block))
    explained = {one: await _explained(pool, partial(work, one)) for one in (long, short)}
    return Cost(median(times[long]), *explained[long]), Cost(median(times[short]), *explained[short])


async def _explained(
    pool: AsyncConnectionPool[Any], work: Callable[[], Awaitable[None]]
) -> tuple[int, tuple[str, ...]]:
    """Pages, as a rule, and plan of what is done by a pool of one connection."""
    said: list[str] = []
    pages: list[int] = []

    def hear(notice: Diagnostic) -> None:
        said.append(notice.message_primary or "")

    async with pool.connection() as connection:
        await connection.execute(EXPLAINED)
        connection.add_notice_handler(hear)
    for _ in range(BLOCKS):
        said.clear()
        await work()
        plans = [json.loads(one.partition("plan:")[2])["Plan"] for one in said if "plan:" in one]
        # A function's own statement holds what those in it have touched.
        pages.append(max(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in plans))
    async with pool.connection() as connection:
        connection.remove_notice_handler(hear)
        await connection.execute("SET client_min_messages = notice")
    return round(median(pages)), tuple(step for plan in plans for step in _steps(plan))


def _steps(plan: Mapping[str, Any]) -> Iterator[str]:
    yield " ".join(str(plan[word]) for word in ("Node Type", "Relation Name", "Index Name") if word in plan)
    for below in plan.get("Plans", ()):
        yield from _steps(below)
