"""The database's shape, revision by revision: plain SQL, run by Alembic under one advisory lock."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from migrations.analyst import admit

LOCK = 0x6C697473
"""Servers that start at once migrate one after the other; the later ones find nothing left to do."""


ENCODINGS = ("UTF8", "SQL_ASCII")
"""Those that hold whatever people write: SQL_ASCII keeps bytes as they are, and all our connections speak UTF-8."""


def migrate(
    database_url: str,
    revision: str = "head",
    *,
    tell: Callable[[str], None] = lambda _: None,
    lacking: Callable[[str], None] = lambda _: None,
) -> None:
    """Brings a database to `revision`; safe to run at any time, by several processes at once.

    `tell` hears of each revision that is applied, `lacking` the SQL of what analysts need that only somebody with more
    rights can do. Raises `psycopg.Error` where the database refuses, or can't hold
    every character.
    """

    with _connected(database_url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        if revision == "head" and _revision(connection) == head():
            admit(connection, lacking)
            return
    _upgrade(database_url, revision, tell, lacking)


def head() -> str:
    """The last revision there is: their files are named by them."""
    return max(path.stem.partition("_")[0] for path in (Path(__file__).parent / "versions").glob("[0-9]*.py"))


def _revision(connection: "psycopg.Connection[Any]") -> str | None:
    """The one that a database is at; `None`: at none."""
    table = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
    if table != (True,):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _upgrade(database_url: str, revision: str, tell: Callable[[str], None], lacking: Callable[[str], None]) -> None:
    # Here, for it takes half a second, which is lost where a database is at the last revision: nearly always.
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    def connect() -> Any:
        return _connected(database_url)

    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    try:
        with engine.connect() as connection, connection.begin():
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
            config.attributes["connection"] = connection
            config.attributes["tell"] = tell
            command.upgrade(config, revision)
            ours: Any = connection.connection.driver_connection
            admit(ours, lacking)
    except DBAPIError as error:  # our callers know psycopg's errors alone
        raise error.orig or error from None


def _connected(database_url: str) -> "psycopg.Connection[Any]":
    connection = psycopg.connect(database_url, client_encoding="UTF8", application_name="litspark migrate")
    _check(connection)
    return connection


def _check(connection: "psycopg.Connection[Any]") -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in ENCODINGS:
        connection.close()
        raise psycopg.NotSupportedError(
            f"its encoding is {encoding}, which can't hold every character: it has to be UTF8"
        )
