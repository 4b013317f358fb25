"""The database's shape, revision by revision: plain SQL, run by Alembic under one advisory lock."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

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

    def connect() -> Any:
        connection = psycopg.connect(database_url, client_encoding="UTF8", application_name="litspark migrate")
        _check(connection)
        return connection

    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    try:
        with engine.connect() as connection, connection.begin():
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
            config.attributes["connection"] = connection
            config.attributes["tell"] = tell
            command.upgrade(config, revision)
            admit(connection, lacking)
    except DBAPIError as error:  # our callers know psycopg's errors alone
        raise error.orig or error from None


def _check(connection: "psycopg.Connection[Any]") -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in ENCODINGS:
        connection.close()
        raise psycopg.OperationalError(
            f"its encoding is {encoding}, which can't hold every character: it has to be UTF8"
        )
