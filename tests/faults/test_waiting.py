"""A database that hangs, or is not there yet: who needs it is told so, and goes on by itself when it is."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, LiteralString
from uuid import uuid4

import httpx
import psycopg
import pytest

from interfaces.connections import pool
from interfaces.embedded_postgres import running
from migrations import LOCK, migrate
from tests.client import Client, connected
from tests.faults.crowd import events_of
from tests.faults.postgres import BIN, opened, tell
from tests.faults.processes import UNLIMITED, serving, started, token, until
from tests.faults.test_kill import answers, refusal
from tests.replay import replay


@pytest.mark.slow
async def test_while_its_database_hangs_a_server_answers_unavailable_and_goes_on_when_it_does(data_dir: Path) -> None:
    with running(data_dir, BIN) as database_url:
        migrate(database_url)
        async with serving(database_url=database_url, patience=0.5, database_patience=0.5) as server:
            alice, *idle = (Client(server.url, token("alice")) for _ in range(5))
            bob = Client(server.url, token("bob"))
            async with connected(alice, bob, *idle):
                conversation_id, message_id = await alice.start("bob"), str(uuid4())
                await until(lambda: conversation_id in bob.summaries)
                requests: tuple[Callable[[Client], Awaitable[Any]], ...] = (
                    lambda client: client.send(conversation_id, "once", message_id),
                    lambda client: client.mark_as_read(conversation_id),
                    lambda client: client.sync(),
                    lambda client: client.join(conversation_id),
                )
                tell(data_dir, signal.SIGSTOP)
                try:
                    asked = [refusal(ask(client)) for client, ask in zip(idle, requests, strict=True)]
                    print("unavailable after", ", ".join(f"{one:.1f} s" for one in await asyncio.gather(*asked)))
                    await check_http(server.url)
                finally:
                    tell(data_dir, signal.SIGCONT)
                back = await until(lambda: answers(bob))
                print(f"goes on {back:.2f} s after its database does")
                assert back < 2
                assert all(client.connected for client in (alice, bob, *idle))
                message = await alice.send(conversation_id, "once", message_id)
                assert message.number == 1
            assert await server.stopped() == 0
        (found,) = replay(await events_of(database_url)).values()
        assert found.messages == [(message_id, "alice", "once")]


async def check_http(url: str) -> None:
    headers = {"Authorization": f"Bearer {token('alice')}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=20) as http:
        answer = await http.get("/api/unread")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "unreachable")
        assert (await http.get("/healthz")).status_code == 200


async def test_a_session_that_was_ended_while_we_were_stopped_is_a_database_that_was_away(database_url: str) -> None:
    async with (
        pool(database_url, "stopped", 1, "idle_in_transaction_session_timeout=20") as stopped,
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as other,
    ):
        with pytest.raises(psycopg.OperationalError):
            async with stopped.connection() as connection, connection.transaction():
                await connection.execute("SELECT")
                await until(lambda: gone(other, connection.info.backend_pid))
                await connection.execute("SELECT")


async def test_a_database_that_answered_while_we_were_stopped_was_not_away(database_url: str) -> None:
    async with pool(database_url, "stopped", 1, answer_within=0.1) as stopped:
        with psycopg.connect(database_url) as other:
            async with stopped.connection() as connection:
                session = connection.info.backend_pid
                answer = asyncio.create_task(connection.execute("SELECT 1"))
                await asyncio.sleep(0)  # it is asked
                other.execute("SELECT pg_sleep(0.2)")  # this process does nothing else meanwhile
                assert await (await answer).fetchone() == (1,)
                cursor = await connection.execute("SELECT pg_backend_pid()")
                assert await cursor.fetchone() == (session,)


async def gone(connection: psycopg.AsyncConnection[Any], session: int) -> bool:
    cursor = await connection.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [session])
    return cursor.rowcount == 0


@pytest.mark.slow
async def test_a_server_waits_for_its_database_and_says_so(data_dir: Path) -> None:
    with running(data_dir, BIN) as database_url:
        pass
    async with started(**UNLIMITED, database_url=database_url, data_dir=data_dir / "server") as server:
        await until(lambda: "waiting for the database" in server.output, 30)
        with await asyncio.to_thread(opened, data_dir):
            await server.ready()
            assert "the database is there" in server.output
            assert await server.stopped() == 0


async def test_a_server_that_waits_for_its_database_ends_when_it_is_told_to(data_dir: Path) -> None:
    url = f"postgresql://litspark@/litspark?host={data_dir}"
    async with started(**UNLIMITED, data_dir=data_dir, database_url=url) as server:
        await until(lambda: "waiting for the database" in server.output, 30)
        assert await server.stopped() == 0
        assert server.said[-1] == "Stopped."


MIGRATING = (f"SELECT pg_advisory_xact_lock({LOCK})", "migrate", "waiting for the database")
SEEING_TO_ROWS = ("LOCK TABLE projections", "shapes", "rows wait for the database")


@pytest.mark.slow
@pytest.mark.parametrize(("lock", "name", "said"), [MIGRATING, SEEING_TO_ROWS], ids=["migrating", "seeing to rows"])
async def test_a_database_that_goes_while_a_server_starts_is_waited_for(
    data_dir: Path, lock: LiteralString, name: str, said: str
) -> None:
    ended = """SELECT pg_terminate_backend(a.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE a.application_name = %s AND NOT l.granted"""
    with running(data_dir, BIN) as database_url:
        migrate(database_url)
        with psycopg.connect(database_url) as holding, psycopg.connect(database_url, autocommit=True) as beside:
            holding.execute(lock)
            async with started(**UNLIMITED, database_url=database_url, data_dir=data_dir / "server") as server:
                await until(lambda: beside.execute(ended, [f"litspark {name}"]).fetchone() == (True,), 30)
                await until(lambda: said in server.output, 30)
                holding.rollback()
                await server.ready()
                assert await server.stopped() == 0


async def test_it_does_not_wait_for_ever(data_dir: Path) -> None:
    url = f"postgresql://litspark@/litspark?host={data_dir}"
    async with started(**UNLIMITED, data_dir=data_dir, database_url=url, start_patience=1) as server:
        assert await server.ended(30) == 1
        assert "waiting for the database" in server.said[0]
        assert server.said[-1].startswith("The database can't be used: ")
