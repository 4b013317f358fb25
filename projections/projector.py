"""How every projection follows the log: a batch of events, what they change and the position, in one transaction."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Generic, Protocol, TypeVar

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from projections.position import rung

log = structlog.get_logger()

BATCH = 1_000


class Positioned(Protocol):
    """An event as a projection wants it: decoded, or as it lies in the log."""

    @property
    def position(self) -> int: ...


E = TypeVar("E", bound=Positioned)


class Projector(ABC, Generic[E]):
    """Projects the log as long as it runs. Any number of processes may: one at a time is at it, the others try again.

    `wake` is called when the log has grown; a poll every `poll` seconds is the truth. `channel` hears, without a
    payload, that the projection has moved on. After each batch it rests for `rest` seconds: what need not be at once
    makes larger batches, and leaves the chat its time. After a full batch, a tenth of that: it has to catch up. `shape`
    is a number for the rows as this code writes and reads them: code of another shape has rows of its own.
    """

    batch = BATCH
    """Events in a batch, at the most."""

    may_lag = False
    """Whether a process serves as well while this projection is behind."""

    def __init__(
        self,
        name: str,
        pool: AsyncConnectionPool[Any],
        *,
        channel: str | None = None,
        poll: float = 1.0,
        rest: float = 0.0,
        shape: int = 1,
    ) -> None:
        self.name = name
        self.shape = shape
        self.observe: Callable[[int, float], None] = lambda events, seconds: None
        """Hears of each batch that holds: how many events it had, and how long it took."""
        self.failure: str | None = None
        """Why the projection stands still, if it does."""
        self._pool = pool
        self._channel = channel
        self._poll = poll
        self._rest = rest
        self._wake = asyncio.Event()
        self._closed = asyncio.Event()
        self._place = (0, 0)
        self._full = False

    @property
    def position(self) -> int:
        """How far it has come, as of its last turn."""
        return self._place[0]

    @abstractmethod
    async def read(self, after: int, limit: int) -> Sequence[E]:
        """Up to `limit` events after a position, in order."""

    @abstractmethod
    async def apply(self, connection: AsyncConnection[Any], schema: str, events: Sequence[E]) -> None:
        """Writes what events change into the tables of a schema; the batch's transaction is under way."""

    def committed(self, position: int) -> None:  # most keep nothing
        """The batch that was applied last holds; the projection stands at a position."""

    def forget(self) -> None:
        """Another process has been at it: what was kept from one batch to the next is no longer true."""

    def wake(self) -> None:
        self._wake.set()

    def close(self) -> None:
        """Ends once what the log holds has been projected, or cannot be."""
        self._closed.set()
        self._wake.set()

    async def run(self) -> None:
        """Projects until `close` is called. A batch that fails is tried again, ever later; nothing is skipped.

        A database that is away is no such failure: it is looked for at every poll.
        """
        failures, limit = 0, self.batch
        while True:
            closing = self._closed.is_set()  # asked before the log is read: what came in until then is still projected
            self._wake.clear()
            bell = self._wake
            try:
                moved, failures = await self.step(limit), 0
                limit = min(limit * 2, self.batch)
            except psycopg.OperationalError as error:
                log.warning("projection waits for the database", projection=self.name, error=str(error))
                moved, failures = False, 0  # no later than at the next poll: it may be back at any moment
            except Exception as error:
                if limit > 1:  # what comes before the guilty event goes through
                    limit //= 2
                    continue
                position, _ = self._place
                log.exception("projection stands still", projection=self.name, position=position)
                self.failure = f"{type(error).__name__} after position {position}"
                moved, failures, bell = False, failures + 1, self._closed  # no sooner because of more events
            if moved:
                if self._rest:
                    await rung(self._closed, self._rest / 10 if self._full else self._rest)
                continue
            if closing:
                return
            await rung(bell, min(self._poll * 2 ** min(failures, 5), 30.0))

    async def step(self, limit: int = BATCH) -> bool:
        """Projects one batch of up to `limit` events; false where there is none, or another process is at it."""
        async with self._pool.connection() as connection:
            began = perf_counter()
            async with connection.transaction():
                if (place := await self._claim(connection)) is None:
                    return False
                if place != self._place:
                    self.forget()
                self._place = position, generation = place
                events = await self.read(position, limit)
                self._full = len(events) >= limit
                if events:
                    position = events[-1].position
                    await self.apply(connection, f"{self.name}_{generation}", events)
                    await self._move(connection, position)
            self._place = position, generation
            self.failure = None
            self.committed(position)
        if events:
            self.observe(len(events), perf_counter() - began)
        return bool(events)

    async def _claim(self, connection: AsyncConnection[Any]) -> tuple[int, int] | None:
        """Position and generation, locked; `None` where another process has them."""
        cursor = await connection.execute(
            """SELECT position, generation FROM projections WHERE name = %s AND shape = %s
            ORDER BY position DESC LIMIT 1 FOR UPDATE SKIP LOCKED""",
            (self.name, self.shape),
        )
        return await cursor.fetchone()

    async def _move(self, connection: AsyncConnection[Any], position: int) -> None:
        await connection.execute(
            """WITH moved AS (
                UPDATE projections SET position = %(position)s
                WHERE name = %(name)s AND shape = %(shape)s AND position = %(after)s
            )
            SELECT pg_notify(%(channel)s, '') WHERE %(channel)s::text IS NOT NULL""",
            {
                "position": position,
                "name": self.name,
                "shape": self.shape,
                "after": self.position,
                "channel": self._channel,
            },
        )
