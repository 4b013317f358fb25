"""What a message costs does not depend on how many take part."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import AsyncConnection, AsyncCursor

from application.writer import Writer
from domain.conversation import StartConversation, direct_id
from domain.profile import TellName
from domain.timeline import SendMessage
from projections import conversation_list
from projections.chat import _at_once
from projections.position import PLACE
from tests.database import Pools, open_pools
from tests.projections.chat import GROUP, start_afresh

STATEMENTS: list[str] = []


class RecordingCursor(AsyncCursor[Any]):
    async def execute(self, query: Any, *more: Any, **settings: Any) -> Any:
        STATEMENTS.append(" ".join(str(query).split()))
        return await super().execute(query, *more, **settings)


class RecordingConnection(AsyncConnection[Any]):
    """It keeps what it is asked to do in STATEMENTS."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.cursor_factory = RecordingCursor


@pytest.fixture
async def recorded(database_url: str) -> Any:
    async with open_pools(database_url, connection_class=RecordingConnection) as pools:
        yield pools


def touched(database_url: str, columns: str) -> int:
    """Rows of our tables that were written, or read, so far."""
    with psycopg.connect(database_url) as connection:
        return int(connection.execute(f"SELECT sum({columns}) FROM pg_stat_user_tables").fetchone()[0])


async def tell(connection: AsyncConnection[Any]) -> None:
    """PostgreSQL tells what a session has done now, and not some time later."""
    await connection.execute("SELECT pg_stat_force_next_flush()")


async def told(pools: Pools) -> None:
    for pool in (pools.writing, pools.projecting):
        async with pool.connection() as connection:
            await tell(connection)


async def one_send(pools: Pools, database_url: str, conversation_id: UUID) -> tuple[list[str], int]:
    """The statements, and how many rows they wrote."""
    store = pools.store()
    writer, projector = Writer(store), pools.projector(store)

    async def send() -> None:
        command = SendMessage(actor="user0", conversation_id=conversation_id, message_id=uuid4(), body="Bonjour")
        done = writer.handle(command)
        await writer._answer(writer._take())
        await done
        while await projector.step():
            pass

    await send()
    await told(pools)
    before = touched(database_url, "n_tup_ins + n_tup_upd + n_tup_del")
    STATEMENTS.clear()
    await send()
    statements = STATEMENTS.copy()
    await told(pools)
    return statements, touched(database_url, "n_tup_ins + n_tup_upd + n_tup_del") - before


async def start(pools: Pools, kind: Any, others: int) -> None:
    store = pools.store()
    writer, projector = Writer(store), pools.projector(store)
    people = [f"user{n}" for n in range(1, others + 1)]
    done = writer.handle(StartConversation(actor="user0", conversation_id=GROUP, kind=kind, participant_ids=people))
    await writer._answer(writer._take())
    await done
    await projector.step()


async def test_a_send_to_a_thousand_costs_what_a_send_to_one_costs(recorded: Pools, database_url: str) -> None:
    await start(recorded, "direct", 1)
    await start(recorded, "group", 999)
    to_one = await one_send(recorded, database_url, direct_id("user0", "user1"))
    to_many = await one_send(recorded, database_url, GROUP)
    assert to_one == to_many
    statements, rows = to_many
    assert rows == 6, "an event, its message_id, its append; the conversation, the sender's place, the position"
    assert len(statements) <= 8, statements


async def test_projecting_what_one_wrote_oneself_is_one_statement(pools: Pools, recorded: Pools) -> None:
    await start(pools, "group", 9)
    store = recorded.store()
    projector = recorded.projector(store)

    async def sent() -> list[str]:
        command = SendMessage(actor="user0", conversation_id=GROUP, message_id=uuid4(), body="Bonjour")
        writer = Writer(store)
        done = writer.handle(command)
        await writer._answer(writer._take())
        await done
        STATEMENTS.clear()
        assert await projector.step()
        return STATEMENTS.copy()

    assert len(await sent()) > 1  # it does not know the rows yet
    (statement,) = await sent()
    assert "FOR UPDATE SKIP LOCKED" in statement
    async with pools.projecting.connection() as connection:
        cursor = await connection.execute("SELECT last_number, position FROM conversations")
        assert await cursor.fetchone() == (2, 3)
    STATEMENTS.clear()
    assert not await projector.step()
    projector.poke()
    assert not await projector.step()
    assert STATEMENTS == []  # the batch before had it
    projector.wake()
    assert not await projector.step()
    assert STATEMENTS  # a hint from elsewhere: only the log can tell
    # Once another process has been at it, the rows known here are no longer so.
    await start_afresh(pools)
    assert len(await sent()) > 1


async def test_a_name_is_projected_in_one_statement_whether_the_person_was_heard_of_or_not(
    pools: Pools, recorded: Pools
) -> None:
    await start(pools, "direct", 1)
    store = recorded.store()
    projector = recorded.projector(store)

    async def told(user_id: str, name: str) -> list[str]:
        writer = Writer(store)
        done = writer.handle(TellName(actor=user_id, name=name, told_at=datetime.now(UTC)))
        await writer._answer(writer._take())
        await done
        STATEMENTS.clear()
        assert await projector.step()
        return STATEMENTS.copy()

    await told("user0", "Alice")  # it does not know yet how far the projection has come
    for user_id, name in (("user1", "Bob"), ("user2", "Carol"), ("user0", "Alice Martin")):
        (statement,) = await told(user_id, name)
        assert "conversations" not in statement, "only the tables that change are written to"
    async with pools.projecting.connection() as connection:
        cursor = await connection.execute("SELECT * FROM people ORDER BY user_id")
        assert await cursor.fetchall() == [("user0", "Alice Martin", 5), ("user1", "Bob", 3), ("user2", "Carol", 4)]


MOVED = """
    DO $$ BEGIN FOR n IN 0..19999 LOOP
        UPDATE projections SET position = n + 1 WHERE name = 'chat' AND position = n;
    END LOOP; END $$"""


def test_a_position_is_found_at_once_however_many_versions_of_it_a_snapshot_keeps(database_url: str) -> None:
    with psycopg.connect(database_url) as backup, psycopg.connect(database_url, autocommit=True) as connection:
        backup.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        backup.execute("SELECT FROM projections")
        connection.execute(MOVED)
        connection.execute("SET enable_seqscan = off")  # as for the connections that project
        for position in (20_000, 20_001):  # the first time, functions and catalogues are read as well
            claim = {"after": position, "generation": 1, "position": position + 1}
            pages = [_pages(connection, PLACE, ("chat", 1)), _pages(connection, _at_once("chat_1"), claim)]
        assert max(pages) < 20


def _pages(connection: psycopg.Connection[Any], query: bytes, parameters: Any) -> int:
    """How many a statement, which is carried out, touches."""
    row = connection.execute(b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + query, parameters).fetchone()
    assert row
    return int(row[0][0]["Plan"]["Shared Hit Blocks"])


MANY_GROUPS = """
    WITH groups AS (
        INSERT INTO chat_1.conversations
        SELECT gen_random_uuid(), 'group', 'Team', 'user1', 500, 0, NULL, NULL, NULL, NULL, now(), now(), n
        FROM generate_series(1, 40) n RETURNING conversation_id
    )
    INSERT INTO chat_1.participants
    SELECT conversation_id, 'user' || n, now(), 1, n, 0, 0, 1 FROM groups, generate_series(1, 500) n"""


async def test_a_list_of_groups_does_not_read_all_who_take_part(recorded: Pools, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(MANY_GROUPS)
        connection.execute("ANALYZE")
    reads = "seq_tup_read + coalesce(idx_tup_fetch, 0)"
    before = touched(database_url, reads)
    async with recorded.reading.connection() as connection:
        found = await conversation_list.latest(connection, "user7", 50)
        await tell(connection)
    assert len(found) == 40
    assert 40 < touched(database_url, reads) - before < 500
