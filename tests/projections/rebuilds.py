"""Rebuilds of a chat that is looked at, and what a database holds of its generations."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection

from projections.rebuild import Rebuild, Rebuilt
from tests.database import Pools
from tests.projections.chat import Chat

CONNECTED = {"autocommit": True, "options": "-c timezone=UTC"}


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with await AsyncConnection.connect(url, **CONNECTED) as connection:
        yield connection


@asynccontextmanager
async def begun(url: str, pools: Pools, store: Any, projector: Any = None, **more: Any) -> AsyncIterator[Rebuild]:
    """A rebuild that has been taken on, by a session of its own. Batches are small, and no event counts as near."""
    async with connected(url) as connection:
        made = Rebuild(projector or pools.projector(store), connection, **{"batch": 3, "near": 0, "pause": 0.01} | more)
        await made.begin()
        yield made


async def rebuilt(url: str, chat: Chat, *, accept: bool = False) -> Rebuilt:
    async with begun(url, chat.pools, chat.store) as made:
        return await made.run(lambda _: None, accept=accept)


def ask(url: str, query: str, *parameters: Any) -> Any:
    """The rows of a query; none of what gives none."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query, parameters or None)
        return cursor.fetchall() if cursor.description else None


def served(url: str) -> Any:
    """Shape, generation and position of what serves the chat."""
    return ask(url, "SELECT shape, generation, position FROM projections WHERE name = 'chat' ORDER BY shape")


def schemas(url: str) -> list[str]:
    return [name for (name,) in ask(url, r"SELECT nspname FROM pg_namespace WHERE nspname LIKE 'chat\_%' ORDER BY 1")]


def shown(url: str, table: str) -> Any:
    return ask(url, f"SELECT * FROM {table} ORDER BY 1, 2")
