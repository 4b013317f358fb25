"""How far the chat's read models have come, and a snapshot of them to read from."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from domain.base import Rejected

log = structlog.get_logger()

NAME = "chat"
SHAPE = 1
"""Raised with the pattern `chat_0`, and wherever the rows come to mean something else."""
PLACE = b"""
SELECT position, name || '_' || generation,
    set_config('search_path', name || '_' || generation || ', ' || current_setting('search_path'), true)
FROM projection_place(%s, %s)"""
PROJECTED = "projected"
"""The channel that hears, without a payload, that the chat's projection has moved on."""


class Projected:
    """The chat's position as this process last heard of it: a hint to wait for, the truth is in the snapshot."""

    def __init__(self, patience: float = 2.0) -> None:
        self.position = 0
        self.heard = asyncio.Event()
        """Set at each hint that some process has projected; whoever follows the position clears it, and looks."""
        self.news = asyncio.Event()
        """Set whenever the position has moved; who pushes clears it."""
        self.schema = ""
        """The generation that served when this process last looked; what is kept of another one is to be forgotten."""
        self._patience = patience
        self._changed = asyncio.Event()
        self._highest = 0

    def reached(self, position: int) -> None:
        self._highest = max(self._highest, position)
        if position > self.position:
            self.position = position
            self._changed.set()
            self._changed = asyncio.Event()
            self.news.set()

    def ring(self) -> None:
        self.heard.set()

    async def look(self, pool: AsyncConnectionPool[Any]) -> None:
        """Looks in the database how far the read models have come."""
        async with pool.connection() as connection:
            position, self.schema = await read_place(connection)
        self.reached(position)

    async def follow(self, pool: AsyncConnectionPool[Any], poll: float) -> None:
        """Follows the position until cancelled, whichever process moves it: at each hint, and every `poll` seconds."""
        task = asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        # Asked, too: until Python 3.12 the pool loses the cancellation of who is given a connection at that moment.
        while not task.cancelling():
            await rung(self.heard, poll)
            self.heard.clear()
            try:
                await self.look(pool)
            except psycopg.OperationalError as error:
                log.warning("position not known", error=str(error))
                await asyncio.sleep(poll)
        raise asyncio.CancelledError

    @asynccontextmanager
    async def snapshot(
        self, pool: AsyncConnectionPool[Any], min_position: int = 0
    ) -> AsyncIterator[tuple[AsyncConnection[Any], int]]:
        """A connection that sees the read models at one position, of `min_position` or later.

        It is never behind what this process has seen of them, and so has pushed: what was pushed is not pushed again.
        Raises `Rejected` with `unavailable` when they have not come to it in time.
        """
        min_position = max(min_position, self._highest)
        give_up = asyncio.get_running_loop().time() + self._patience
        while True:
            changed = self._changed
            if self.position >= min_position:
                refusal: Rejected | None = None
                async with pool.connection() as connection, connection.transaction():
                    position = await read_position(connection)
                    if position >= min_position:
                        try:
                            yield connection, position
                        except Rejected as rejected:
                            # The transaction ends well all the same: rolled back, it would take with it, in psycopg,
                            # all that has been prepared on its connection.
                            refusal = rejected
                if refusal:
                    try:
                        raise refusal
                    finally:
                        del refusal  # a cycle, else
                if position >= min_position:
                    return
                self.position = position  # a crash of the database took rows and position back together
            try:
                async with asyncio.timeout_at(give_up):
                    await changed.wait()
            except TimeoutError:
                raise Rejected("unavailable", "the read models have not come so far yet", retry_after=1.0) from None


async def rung(bell: asyncio.Event, seconds: float) -> bool:
    try:
        # Not wait_for: until Python 3.12 that loses the cancellation of a task whose bell rings at the same moment.
        async with asyncio.timeout(max(seconds, 0)):
            await bell.wait()
    except TimeoutError:
        return False
    return True


async def read_place(connection: AsyncConnection[Any]) -> tuple[int, str]:
    """The position that the chat's rows reflect, in the snapshot of the connection's transaction, and their schema.

    Which generation serves is taken from the snapshot, too, and until the transaction ends its queries read the rows
    of that. Views would show the generation that serves by now, even to a snapshot from before.
    """
    cursor = await connection.execute(PLACE, (NAME, SHAPE), prepare=True)
    row = await cursor.fetchone()
    assert row is not None, "whoever serves a shape has seen to it that there are rows of it"
    return int(row[0]), str(row[1])


async def read_position(connection: AsyncConnection[Any]) -> int:
    """As `read_place`, for whom it is enough that the queries read the right rows."""
    return (await read_place(connection))[0]
