"""Where the ledger's rows are, and how far it has come."""

from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from projections.ledger.projector import NAME


async def place(connection: AsyncConnection[Any]) -> tuple[int, str]:
    """How far the ledger has come, and the schema that holds its rows."""
    cursor = await connection.execute("SELECT position, generation FROM projections WHERE name = %s", (NAME,))
    row = await cursor.fetchone()
    assert row is not None, "the migrations made the ledger's row"
    return int(row[0]), f"{NAME}_{row[1]}"


async def ledger_schema(pool: AsyncConnectionPool[Any]) -> str:
    async with pool.connection() as connection:
        return (await place(connection))[1]
