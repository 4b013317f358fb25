"""A PostgreSQL for the tests, and in it a fresh database for each test that asks for one."""

import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from application.store import Store
from interfaces.embedded_postgres import running
from migrations import migrate
from tests.database import Pools, open_pools

_numbers = count(1)
_done: list[str] = []


@pytest.fixture(scope="session", autouse=True)
def _signals_are_heard() -> Iterator[None]:
    """A job in the background ignores SIGINT, one under `nohup` SIGHUP, and so would every process that a test starts.

    A handler is not inherited.
    """
    ignored = [number for number in (signal.SIGINT, signal.SIGHUP) if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, lambda *_: None)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A database on the server of LITSPARK_TEST_DATABASE_URL, else on one of our own, by POSTGRES_BIN if it is set."""
    if url := os.environ.get("LITSPARK_TEST_DATABASE_URL"):
        yield url
        return
    with (
        TemporaryDirectory(prefix="lit-", dir=_folder()) as folder,
        running(folder, os.environ.get("POSTGRES_BIN")) as url,
    ):
        yield url


def _folder() -> str:
    """Where a database costs no disk; paths are short, for a socket's must be."""
    memory = "/dev/shm"
    roomy = os.path.isdir(memory) and shutil.disk_usage(memory).free > 2 * 1024**3
    return memory if roomy else "/tmp"


@pytest.fixture(scope="session")
def _admin(postgres_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection
        _drop(connection)


@pytest.fixture(scope="session")
def _template(postgres_url: str, _admin: psycopg.Connection) -> Iterator[str]:
    with _database(_admin, postgres_url, "template0") as url:
        migrate(url)
        yield str(conninfo_to_dict(url)["dbname"])


@pytest.fixture
def empty_database_url(postgres_url: str, _admin: psycopg.Connection) -> Iterator[str]:
    """A database that nothing has been done to."""
    with _database(_admin, postgres_url, "template0") as url:
        yield url


@pytest.fixture
def encoded_database_url(
    request: pytest.FixtureRequest, postgres_url: str, _admin: psycopg.Connection
) -> Iterator[str]:
    """An empty database of the encoding that the test is parametrized by."""
    with _database(_admin, postgres_url, f"template0 ENCODING '{request.param}' LOCALE 'C'") as url:
        yield url


@pytest.fixture
def database_url(postgres_url: str, _admin: psycopg.Connection, _template: str) -> Iterator[str]:
    """A fresh, migrated database."""
    with _database(_admin, postgres_url, _template) as url:
        yield url


@pytest.fixture
async def pools(database_url: str) -> AsyncIterator[Pools]:
    """The pools of one process, on a fresh database."""
    async with open_pools(database_url) as opened:
        yield opened


@pytest.fixture
def store(pools: Pools) -> Store:
    return pools.store()


@contextmanager
def _database(admin: psycopg.Connection, server_url: str, template: str) -> Iterator[str]:
    _drop(admin, but=2)
    name = f"litspark_test_{os.getpid()}_{next(_numbers)}"
    admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        _done.append(name)


def _drop(admin: psycopg.Connection, *, but: int = 0) -> None:
    """Drops what tests are done with, `but` the last: PostgreSQL waits 0.1 s for sessions that are just ending."""
    while len(_done) > but:
        admin.execute(f"DROP DATABASE {_done.pop(0)} WITH (FORCE)")
