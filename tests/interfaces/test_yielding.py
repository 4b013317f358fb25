"""Sessions of PostgreSQL on a machine that they share with the chat."""

import os
from pathlib import Path

from interfaces.chat import projecting_pool
from interfaces.connections import Connections
from interfaces.settings import Settings
from interfaces.yielding import LATER


async def test_what_need_not_be_at_once_steps_back(database_url: str) -> None:
    assert await _nice(projecting_pool(Settings(), database_url, "analyse", nice=LATER)) == [LATER, LATER]


async def test_the_chat_does_not(database_url: str) -> None:
    assert await _nice(projecting_pool(Settings(), database_url, "project")) == [0, 0]


async def _nice(pool: Connections) -> list[int]:
    """Of a connection's process, and of its session where sessions are weighed at all."""
    async with pool, pool.connection() as connection:
        backend = connection.info.backend_pid
        own = os.getpriority(os.PRIO_PROCESS, backend)
        session = Path(f"/proc/{backend}/autogroup")
        return [own, int(session.read_text().split()[-1]) if session.exists() else own]
