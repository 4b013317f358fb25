"""A database that goes away and comes back, or a part of it, while the server that it is on stays."""

from typing import Any
from urllib.parse import urlsplit

import psycopg


def end_sessions(admin: psycopg.Connection[Any], url: str) -> None:
    """All that the project has in a database; the test's own stay."""
    admin.execute(
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = %s AND application_name LIKE 'litspark %%'""",
        [_name(url)],
    )


def allow_connections(admin: psycopg.Connection[Any], url: str, allowed: bool) -> None:
    admin.execute(f"ALTER DATABASE {_name(url)} ALLOW_CONNECTIONS {allowed}".encode())


async def hide_people(url: str) -> None:
    """Whoever looks for people fails from here on. A projector of this process may have to finish with them first."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute("ALTER VIEW people RENAME TO persons; ALTER TABLE chat_1.people RENAME TO persons")


def _name(url: str) -> str:
    return urlsplit(url).path[1:]
