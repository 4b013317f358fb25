"""A database that goes away and comes back, while the server that it is on stays."""

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


def _name(url: str) -> str:
    return urlsplit(url).path[1:]
