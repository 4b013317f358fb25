"""The pools of connections to the database, and what becomes of them when it was away."""

import asyncio
import logging
from typing import Any

from psycopg import AsyncConnection, IsolationLevel
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool

RECONNECT = 0.25
"""How often, in seconds, a database that is away is tried again. The pool itself would try ever more seldom: what is
given up after so long, `check` begins anew."""

logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # each attempt; whoever needs the database says it is away


class Connections(AsyncConnectionPool[AsyncConnection[Any]]):
    """A pool that looks at all of its connections when one has broken, for a database that goes breaks them all.

    Otherwise each of the dead would be found by somebody else, who would have to try again.
    """

    async def putconn(self, conn: AsyncConnection[Any]) -> None:
        """Source: psycopg_pool.AsyncConnectionPool."""
        broken = conn.pgconn.transaction_status == TransactionStatus.UNKNOWN
        await super().putconn(conn)
        if broken and not self.closed:
            await self.check()


def pool(
    database_url: str, name: str, size: int, *options: str, snapshots: bool = False, patience: float = 2.0
) -> AsyncConnectionPool[Any]:
    """A pool of connections, not open yet; with `snapshots`, a transaction sees one state and changes nothing."""

    async def configure(connection: AsyncConnection[Any]) -> None:
        if snapshots:
            await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
            await connection.set_read_only(True)

    settings = " ".join(f"-c {option}" for option in ("timezone=UTC", *options))
    return Connections(
        database_url,
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
