"""How analysts come to the database: signed in as a role that reads the schema analytics, and nothing else."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection, IsolationLevel
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row

from application.writer import unavailable
from interfaces.postgres_user import ANALYST
from interfaces.settings import Settings

log = structlog.get_logger()

NICE = 19
"""The least there is: an analyst has what of the processor the chat leaves, and a hundredth."""

TRIES = 20
"""How often, a tenth of a second apart, Linux is asked to weigh an analyst's session less."""

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
            await _step_back(connection.info)
            yield connection


async def _step_back(info: psycopg.ConnectionInfo) -> None:
    """Where PostgreSQL runs beside the chat, by a Unix socket: what an analyst asks yields the processor to it.

    Of somebody else's PostgreSQL nobody may say that, and elsewhere than on Linux it is not known whose a number is.
    """
    process = Path(f"/proc/{info.backend_pid}")
    if info.host.startswith("/") and _is_analysts(process):
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, info.backend_pid, NICE)
            for _ in range(TRIES):
                if _session_stepped_back(process):
                    break
                await asyncio.sleep(0.1)


def _is_analysts(process: Path) -> bool:
    called = process / "cmdline"
    return called.exists() and b"postgres" in (words := called.read_bytes()) and ANALYST.encode() in words


def _session_stepped_back(process: Path) -> bool:
    """Linux may weigh whole sessions against each other first, and each process of PostgreSQL is one by itself.

    Then `nice` alone says what a process gets of what its own session gets: all of it. Source: man 7 sched.
    False where it has to be tried again, for ten such changes a second are allowed.
    """
    if (autogroup := process / "autogroup").exists():
        try:
            autogroup.write_text(str(NICE))
        except BlockingIOError:
            return False
    return True
