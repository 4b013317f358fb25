"""Sessions of PostgreSQL on a machine that they share with the chat."""

import asyncio
import os
import platform
import re
from pathlib import Path

import psycopg
import pytest

from interfaces.chat import projecting_pool
from interfaces.connections import Connections
from interfaces.settings import Settings
from interfaces.yielding import HURRY, LATER, be_prompt
from tests.faults.processes import started, until
from tests.serving import SECRET

RELEASE = tuple(map(int, re.findall(r"\d+", platform.release())[:2]))
turns = pytest.mark.skipif(
    platform.system() != "Linux" or RELEASE < (6, 12) or not Path("/proc/self/sched").exists(),
    reason="needs Linux 6.12 or newer, with /proc/self/sched",
)


async def test_what_need_not_be_at_once_steps_back(database_url: str) -> None:
    assert await _nice(projecting_pool(Settings(), database_url, "analyse", nice=LATER)) == [LATER, LATER]


async def test_the_chat_does_not(database_url: str) -> None:
    assert await _nice(projecting_pool(Settings(), database_url, "project")) == [0, 0]


@turns
async def test_who_is_waited_for_interrupts_others(database_url: str) -> None:
    async with (
        projecting_pool(Settings(), database_url, "project", prompt=True) as pool,
        pool.connection() as connection,
    ):
        assert _turn(connection.info.backend_pid) == HURRY
    async with projecting_pool(Settings(), database_url, "ledger") as pool, pool.connection() as connection:
        assert _turn(connection.info.backend_pid) > HURRY


@turns
async def test_a_server_is_and_so_are_the_sessions_that_messages_pass_through(database_url: str) -> None:
    async with started(port=0, jwt_secret=SECRET, database_url=database_url) as server:
        await server.ready()
        assert _turn(server.process.pid) == HURRY
        with psycopg.connect(database_url, autocommit=True) as connection:
            query = """SELECT pid FROM pg_stat_activity
                WHERE datname = current_database() AND application_name IN ('litspark write', 'litspark project')"""
            await until(lambda: [_turn(pid) for (pid,) in connection.execute(query)] == [HURRY, HURRY])


@turns
async def test_a_process_that_hurries_stays_as_nice_as_it_is() -> None:
    nicely = ["nice", "-n", "5", "sleep", "60"]
    process = await asyncio.create_subprocess_exec(*nicely)
    try:
        await until(lambda: os.getpriority(os.PRIO_PROCESS, process.pid) == 5)
        be_prompt(process.pid)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == 5
        assert _turn(process.pid) == HURRY
    finally:
        process.kill()
        await process.wait()


def _turn(pid: int) -> float:
    """Seconds of a process's turn, as Linux has it."""
    found = re.search(r"se\.slice\s*:\s*(\d+)", Path(f"/proc/{pid}/sched").read_text())
    assert found, "a Linux that says how long turns are"
    return int(found[1]) / 1e9


async def _nice(pool: Connections) -> list[int]:
    """Of a connection's process, and of its session where sessions are weighed at all."""
    async with pool, pool.connection() as connection:
        backend = connection.info.backend_pid
        own = os.getpriority(os.PRIO_PROCESS, backend)
        session = Path(f"/proc/{backend}/autogroup")
        return [own, int(session.read_text().split()[-1]) if session.exists() else own]
