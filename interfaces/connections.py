"""The pools of connections to the database, and what becomes of them when it is away, or does not answer."""

import asyncio
import logging
import os
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from math import inf
from time import monotonic, sleep
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection, IsolationLevel, OperationalError
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import IdleInTransactionSessionTimeout
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool

from interfaces.yielding import step_back

CONNECT = 5
"""Seconds that a connection may take to be made; whoever names another in the URL has it."""

RECONNECT = 0.25
"""How often, in seconds, a database that is away is tried again. The pool itself would try ever more seldom: what is
given up after so long, `check` begins anew."""

LONGEST = 24 * 3600.0
"""Seconds; what a clock can wait for has an end."""

SAY = 10.0
"""How often, in seconds, whoever waits for the database at the start says so."""

BUSY = 10.0
"""Seconds that a connection in use is waited for."""

Configure = Callable[[AsyncConnection[Any]], Awaitable[None]]

log = structlog.get_logger()

logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # each attempt; whoever needs the database says it is away


class Answering(AsyncConnection[Any]):
    """A connection that is given up where the database takes longer than `answer_within` seconds over one answer.

    A database that hangs, or a network that swallows everything, looks to libpq like one that takes its time. And one
    that ends a session because we were stopped in the middle of a transaction is away, not broken inside.
    """

    answer_within: float = inf
    _timer: asyncio.TimerHandle

    async def wait(self, *given: Any, **more: Any) -> Any:
        """Source: psycopg.AsyncConnection."""
        self._limit()
        try:
            return await super().wait(*given, **more)
        except IdleInTransactionSessionTimeout as ended:
            raise OperationalError(str(ended)) from ended
        finally:
            self._timer.cancel()

    def _limit(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(min(self.answer_within, LONGEST), self._give_up)

    def _give_up(self) -> None:
        """Whoever waits hears that the server has gone. Cancelling would ask the database, and wait for its answer."""
        with suppress(OSError, OperationalError), socket.socket(fileno=os.dup(self.pgconn.socket)) as ours:
            try:
                ours.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            except BlockingIOError:
                ours.shutdown(socket.SHUT_RDWR)
            else:
                self._limit()  # it has answered, and we were stopped: its answer lies here, unread


def answering(seconds: float) -> type[Answering]:
    return type("AnsweringWithin", (Answering,), {"answer_within": seconds})


def patient(database_url: str) -> Mapping[str, Any]:
    """How long connecting may take, unless the URL says so itself."""
    return {} if "connect_timeout" in conninfo_to_dict(database_url) else {"connect_timeout": CONNECT}


def awaited(database_url: str, seconds: float, prepare: Callable[[str], None]) -> None:
    """Waits until a database can be connected to and has been prepared, and says so; one that goes meanwhile, too.

    Raises `psycopg.OperationalError` after `seconds`.
    """
    give_up, say = monotonic() + seconds, 0.0
    while True:
        try:
            psycopg.connect(database_url, application_name="litspark start", **patient(database_url)).close()
            prepare(database_url)
        except OperationalError as error:
            if monotonic() >= give_up:
                raise
            if monotonic() >= say:
                log.warning("waiting for the database", error=str(error), for_seconds=round(give_up - monotonic()))
                say = monotonic() + SAY
            sleep(RECONNECT)
        else:
            if say:
                log.warning("the database is there")
            return


class Connections(AsyncConnectionPool[AsyncConnection[Any]]):
    """A pool that looks at all of its connections when one has broken, for a database that goes breaks them all.

    Otherwise each of the dead would be found by somebody else, who would have to try again.
    """

    sessions: deque[int]
    """The process ids, in the database, of the connections made last: as many as there may be."""

    def __init__(self, *given: Any, configure: Configure, max_size: int, **more: Any) -> None:
        self.sessions = deque(maxlen=max_size)

        async def configured(connection: AsyncConnection[Any]) -> None:
            self.sessions.append(connection.info.backend_pid)
            await configure(connection)

        super().__init__(*given, configure=configured, max_size=max_size, **more)
        self._answers = False

    async def getconn(self, timeout: float | None = None) -> AsyncConnection[Any]:
        """A database that answers is waited for longer than one that may be away: many may have come at once.

        Source: psycopg_pool.AsyncConnectionPool.
        """
        return await super().getconn(BUSY if timeout is None and self._answers else timeout)

    async def putconn(self, conn: AsyncConnection[Any]) -> None:
        """Source: psycopg_pool.AsyncConnectionPool."""
        broken = conn.pgconn.transaction_status == TransactionStatus.UNKNOWN
        self._answers = not broken
        await super().putconn(conn)
        if broken and not self.closed:
            await self.check()


def pool(
    database_url: str,
    name: str,
    size: int,
    *options: str,
    snapshots: bool = False,
    patience: float = 2.0,
    answer_within: float | None = None,
    nice: int = 0,
) -> Connections:
    """A pool of connections, not open yet; with `snapshots`, a transaction sees one state and changes nothing.

    With `answer_within`, a database that takes more seconds over an answer is away. `nice`: how far it steps back from
    the processor.
    """

    async def configure(connection: AsyncConnection[Any]) -> None:
        if snapshots:
            await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
            await connection.set_read_only(True)
        if nice:
            await step_back(connection.info, nice)

    settings = " ".join(f"-c {option}" for option in ("timezone=UTC", *options))
    return Connections(
        database_url,
        connection_class=answering(answer_within) if answer_within else Answering,
        min_size=1,
        max_size=size,
        open=False,
        timeout=patience,
        reconnect_timeout=RECONNECT,
        reconnect_failed=Connections.check,
        configure=configure,
        kwargs={
            "autocommit": True,
            "client_encoding": "UTF8",
            "application_name": f"litspark {name}",
            "options": settings,
            **patient(database_url),
        },
    )


async def cancelled(*tasks: "asyncio.Task[Any]") -> None:
    """Until Python 3.12, a task that is just being given a connection by its pool loses the cancellation: so again."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=0.1)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # else it would be complained of that nobody has asked


def heed_cancellation() -> None:
    """Ends who has lost its cancellation in that way. Raises `asyncio.CancelledError`."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError
