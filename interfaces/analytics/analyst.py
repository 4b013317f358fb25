"""How analysts come to the database: signed in as a role that reads the schema analytics, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection, IsolationLevel
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row

from application.writer import unavailable
from interfaces.postgres_user import ANALYST
from interfaces.settings import Settings
from interfaces.yielding import LAST, step_back

log = structlog.get_logger()

HOW = f"LITSPARK_ANALYTICS_DATABASE_URL names a database that {ANALYST} can sign in to"

READS_MORE = """
SELECT session_user FROM pg_class
WHERE relname = 'events' AND relnamespace = 'public'::regnamespace AND has_table_privilege(oid, 'SELECT')"""


class NoAnalyst(Exception):
    """Nobody can sign in as the analyst, or who does may read more than an analyst must."""


def analyst_url(settings: Settings, database_url: str) -> str:
    """Where analysts sign in: where the settings say, else on the chat's database, without a password."""
    if settings.analytics_database_url:
        return settings.analytics_database_url
    parts: dict[str, Any] = conninfo_to_dict(database_url)
    parts.pop("password", None)
    return make_conninfo(**(parts | {"user": ANALYST}))


class Analyst:
    """Lets a few in at once, each on a connection of its own, which ends with what it was for."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        self._url = analyst_url(settings, database_url)
        self.seconds = settings.analytics_timeout
        self._patience = settings.patience
        self._room = asyncio.Semaphore(settings.analytics_connections)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection[dict[str, Any]]]:
        """A transaction that sees one state and changes nothing; rows are dicts. Raises `Rejected` `unavailable`."""
        try:
            async with asyncio.timeout(self._patience):
                await self._room.acquire()
        except TimeoutError:
            raise unavailable("too many analysts ask at once") from None
        try:
            async with self.connection() as connection, connection.transaction():
                yield connection
        except NoAnalyst as error:
            log.warning("no analyst", why=str(error))
            raise unavailable("the analysts have no database that they can sign in to") from None
        except psycopg.errors.QueryCanceled:
            raise unavailable(f"this takes longer than {self.seconds:g} s") from None
        finally:
            self._room.release()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[dict[str, Any]]]:
        """Signed in. Raises `NoAnalyst`."""
        options = ("timezone=UTC", "default_transaction_read_only=on", f"statement_timeout={self.seconds * 1000:.0f}")
        try:
            connecting = AsyncConnection.connect(
                self._url,
                autocommit=True,
                client_encoding="UTF8",
                application_name="litspark analyst",
                connect_timeout=10,
                options=" ".join(f"-c {option}" for option in options),
                row_factory=dict_row,
            )
            connection = await connecting
        except psycopg.OperationalError as error:
            raise NoAnalyst(f"{str(error).strip().splitlines()[0]}; {HOW}") from None
        async with connection:
            await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
            if row := await (await connection.execute(READS_MORE)).fetchone():
                raise NoAnalyst(f"{row['session_user']} may read more than the schema analytics; {HOW}")
            await step_back(connection.info, LAST)
            yield connection
