"""The pools of connections that a process has, as the composition root opens them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, IsolationLevel
from psycopg_pool import AsyncConnectionPool

from application.store import Store
from projections.chat import ChatProjector
from projections.position import Projected


@dataclass(frozen=True)
class Pools:
    """`reading` sees snapshots, `writing` is for appends alone, `projecting` for the projector."""

    reading: AsyncConnectionPool[Any]
    writing: AsyncConnectionPool[Any]
    projecting: AsyncConnectionPool[Any]

    def store(self) -> Store:
        return Store(self.reading, self.writing)

    def projector(self, store: Any, projected: Projected | None = None, *, poll: float = 1.0) -> ChatProjector:
        return ChatProjector(self.projecting, store, projected or Projected(), poll=poll)


@asynccontextmanager
async def open_pools(
    url: str,
    *,
    application_name: str = "litspark test",
    connection_class: type[AsyncConnection[Any]] = AsyncConnection,
) -> AsyncIterator[Pools]:
    def pool(size: int, options: str = "", **more: Any) -> AsyncConnectionPool[Any]:
        kwargs = {
            "autocommit": True,
            "application_name": application_name,
            "options": f"-c timezone=UTC {options}",
        }
        return AsyncConnectionPool(
            url,
            connection_class=connection_class,
            kwargs=kwargs,
            min_size=1,
            max_size=size,
            timeout=10,
            open=False,
            **more,
        )

    async with (
        pool(4, configure=_snapshots) as reading,
        pool(1) as writing,
        pool(1, "-c synchronous_commit=off -c idle_in_transaction_session_timeout=30s") as projecting,
    ):
        yield Pools(reading, writing, projecting)


async def _snapshots(connection: AsyncConnection[Any]) -> None:
    """Every transaction of a reading connection sees one state of the database, and changes nothing."""
    await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
    await connection.set_read_only(True)
