"""A server whose own PostgreSQL dies starts it again, unless it is itself about to end."""

import os
import signal
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

import psycopg
import pytest

from interfaces.embedded_postgres import running
from interfaces.postgres_watch import watched
from tests.client import Client, Refused, connected
from tests.faults.postgres import crash, postmaster
from tests.faults.processes import Server, serving, token, until
from tests.faults.test_start_and_stop import processes_of

pytestmark = pytest.mark.slow


async def sent(client: Client, conversation_id: str, body: str) -> bool:
    with suppress(Refused):
        return bool(await client.send(conversation_id, body))
    return False


def is_back(server: Server, times: int) -> bool:
    return server.output.count("PostgreSQL is back") == times


async def test_a_server_starts_its_postgres_again_each_time_it_dies(data_dir: Path) -> None:
    async with serving(data_dir=data_dir) as server:
        alice = Client(server.url, token("alice"))
        async with connected(alice):
            group = await alice.start("bob")
            for times, body in enumerate(("one", "two"), start=1):
                await crash(data_dir, signal.SIGKILL)
                await until(partial(sent, alice, group, body), 30)
                await until(partial(is_back, server, times))
        assert server.output.count("PostgreSQL is gone, and is started again") == 2
        assert await server.stopped() == 0
    assert not processes_of(data_dir)


async def test_it_keeps_trying_and_says_so(data_dir: Path) -> None:
    async with serving(data_dir=data_dir) as server:
        version, away = data_dir / "postgres" / "PG_VERSION", data_dir / "elsewhere"
        version.rename(away)
        await crash(data_dir, signal.SIGKILL)
        await until(lambda: "PostgreSQL can't be started again" in server.output, 20)
        assert not version.exists(), "a new database would be another one"
        away.rename(version)
        await until(lambda: "PostgreSQL is back" in server.output, 30)
        assert await server.stopped() == 0
    assert not processes_of(data_dir)


async def test_told_to_end_it_waits_for_no_postgres_that_cannot_come_back(data_dir: Path) -> None:
    async with serving(data_dir=data_dir) as server:
        with running(data_dir) as url, psycopg.connect(url) as connection:
            frozen, parent = connection.info.backend_pid, postmaster(data_dir)
            assert parent
            os.kill(frozen, signal.SIGSTOP)
            os.kill(parent, signal.SIGKILL)
            await until(lambda: "is still in use" in (data_dir / "postgres.log").read_text(), 20)
            assert await server.stopped() == 0
            os.kill(frozen, signal.SIGCONT)
    await until(lambda: not processes_of(data_dir))


def test_nothing_is_started_after_the_end_was_told(tmp_path: Path) -> None:
    ending, starts = threading.Event(), list[bool]()

    def start() -> None:
        starts.append(ending.is_set())
        ending.set()

    with watched(tmp_path, start, ending):
        assert ending.wait(20)
    assert starts == [False]
