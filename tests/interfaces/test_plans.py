"""Whatever the chat asks of PostgreSQL goes by an index: nothing it does takes longer because the log is long."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from domain.conversation import AddParticipants, RemoveParticipant, RenameConversation, StartConversation
from domain.reading import MarkRead
from domain.timeline import SendMessage
from interfaces.claims import Identity
from interfaces.desk import Desk
from tests.client import Client, connected
from tests.faults.processes import until
from tests.filled import LONG, ONE, fill, project
from tests.serving import Node, serving

LOG = ("events", "message_ids", "appends")
ROWS = ("conversations", "participants", "people")
GROWING = (*LOG, *ROWS)
MANY = 200
OFTEN = 12
"""So often that PostgreSQL has also tried a plan that does not look at the parameters."""


def scanned(database_url: str) -> dict[str, int]:
    """How often each growing table has been read from its beginning to its end, by whatever statement or function."""
    query = """SELECT relname, sum(seq_scan) FROM pg_stat_user_tables
        WHERE relname = ANY(%s) AND schemaname IN ('public', 'chat_1') GROUP BY 1"""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_clear_snapshot()")
        return {table: int(scans) for table, scans in connection.execute(query, [list(GROWING)])}


def fetched(database_url: str) -> int:
    """How many events have been read, by whatever index."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        row = connection.execute("SELECT idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'events'").fetchone()
        return int(row[0]) if row else 0


@pytest.fixture
async def node(database_url: str) -> AsyncIterator[Node]:
    fill(database_url, 60_000)
    await project(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        for table in ROWS:  # as small as it gets: nothing tempts more to read a table as a whole
            connection.execute(f"VACUUM (FULL, ANALYZE) chat_1.{table}".encode())
    async with serving(database_url, rooms_per_socket=0) as node:
        await until(lambda: caught_up(database_url), within=400)
        yield node


def caught_up(database_url: str) -> bool:
    """Whether the projections that come after the chat's have read the log, too."""
    query = "SELECT min(position) = (SELECT max(notification_id) FROM events) FROM projections"
    with psycopg.connect(database_url) as connection:
        return connection.execute(query).fetchone() == (True,)


@pytest.mark.slow
async def test_no_request_no_push_and_no_projection_reads_a_growing_table_as_a_whole(
    node: Node, database_url: str
) -> None:
    before, events = scanned(database_url), fetched(database_url)
    desk = node.chat.desk
    watching = Client(node.url, node.token(ONE))
    async with connected(watching):
        await watching.join(str(LONG))
        for n in range(OFTEN):
            await read(desk)
            await write(desk, n)
        await watching.barrier(node.chat.writer.position)
        assert len(watching.messages) >= OFTEN
    await node.chat.projected.look(node.chat.pool)
    await told(node)
    after = scanned(database_url)
    print(f"{(fetched(database_url) - events) / OFTEN:.0f} events were read each time")
    assert fetched(database_url) - events < OFTEN * 1_000, "of 60,000; pages have 50, and each is asked once"
    assert {table: after[table] - before[table] for table in GROWING} == dict.fromkeys(GROWING, 0)


async def test_an_append_reads_no_table_as_a_whole_however_small_it_was_when_that_was_planned(
    database_url: str,
) -> None:
    async with serving(database_url) as node:
        desk, conversation_id = node.chat.desk, uuid4()
        group: Any = {"conversation_id": conversation_id, "kind": "group", "participant_ids": ["user-2"], "title": None}
        await desk.start_conversation(ONE, StartConversation(actor=ONE, **group))
        before = scanned(database_url)
        for _ in range(OFTEN):
            ids = [uuid4() for _ in range(MANY)]
            said = [SendMessage(actor=ONE, conversation_id=conversation_id, message_id=one, body="!") for one in ids]
            await asyncio.gather(*(desk.send_message(ONE, message) for message in said))
        await told(node)
        after = scanned(database_url)
    assert {table: after[table] - before[table] for table in LOG} == dict.fromkeys(LOG, 0)


async def read(desk: Desk) -> None:
    """Every read there is, the first page and others."""
    await desk.names.called(ONE)
    await desk.user(ONE, 0)
    listed, after = await desk.conversations(ONE, 20, None, 0)
    assert after
    await desk.conversations(ONE, 20, after, 0)
    await desk.conversations(ONE, 20, (datetime(2000, 1, 1, tzinfo=UTC), LONG), 0)
    await desk.conversation(ONE, LONG, 0)
    await desk.unread(ONE, 0)
    for prefix in ("user-12", "User-1", "nobody", "u", ""):
        await desk.users(prefix, 0)
    await desk.sync(ONE, None, 0)
    await desk.sync(ONE, int(listed[0]["position"]), 0)
    await desk.join(ONE, LONG, None, 0)
    await desk.join(ONE, LONG, 30_000, 0)
    for before, after_number in ((None, None), (15_000, None), (None, 15_000), (None, 0)):
        await desk.messages(ONE, LONG, 50, before=before, after=after_number, minimum=0)


async def write(desk: Desk, n: int) -> None:
    """Every command there is, and a message sent twice."""
    await desk.names.tell(Identity(f"user-{n}", f"Name {n}", datetime.now(UTC), True, 2e9, frozenset()))
    conversation_id, message_id = uuid4(), uuid4()
    start = StartConversation(
        actor=ONE, conversation_id=conversation_id, kind="group", participant_ids=["user-2"], title=None
    )
    await desk.start_conversation(ONE, start)
    pair: Any = {"conversation_id": uuid4(), "kind": "direct", "participant_ids": [f"user-{n + 3}"], "title": None}
    await desk.start_conversation(ONE, StartConversation(actor=ONE, **pair))
    for where in (conversation_id, LONG):
        for _ in range(2):
            message = SendMessage(actor=ONE, conversation_id=where, message_id=message_id, body="Bonjour")
            if where == conversation_id:
                await desk.send_message(ONE, message)
        await desk.send_message(ONE, message.model_copy(update={"message_id": uuid4()}))
        await desk.mark_as_read("user-2", MarkRead(actor="user-2", conversation_id=where))
    added = AddParticipants(actor=ONE, conversation_id=conversation_id, user_ids=["user-50"])
    await desk.add_participants(ONE, added)
    title = RenameConversation(actor=ONE, conversation_id=conversation_id, title=f"Title {n}")
    await desk.rename_conversation(ONE, title)
    leaving = RemoveParticipant(actor=ONE, conversation_id=conversation_id, user_id="user-50")
    await desk.remove_participant(ONE, leaving)


async def told(node: Node) -> None:
    """PostgreSQL tells what our sessions have done now, and not some time later."""
    for pool in (node.chat.pool, node.chat.store.writing, node.chat.projector._pool):
        connections = [await pool.getconn() for _ in range(pool.get_stats()["pool_size"])]
        for connection in connections:
            await connection.execute("SELECT pg_stat_force_next_flush()")
            await connection.execute("SELECT")
            await pool.putconn(connection)
