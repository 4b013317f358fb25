"""What takes the log as a whole: importing a history into it, and projecting it from its beginning."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import psycopg

from application.store import Store
from interfaces import connections
from interfaces.settings import Settings
from migrations import migrate
from projections.chat import ChatProjector
from projections.position import NAME, SHAPE, Projected
from tests.bench.sides import database
from tests.faults.processes import ran

LINES = 200_000
"""About as many as the largest of the real histories has: the half second of a start is not what is asked after."""
ROOMS, PEOPLE = 40, 200


def history() -> Iterator[str]:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    for n in range(LINES):
        at += timedelta(seconds=7)
        line = {
            "conversation": f"room {n % ROOMS}",
            "title": f"Room {n % ROOMS}",
            "message": str(n),
            "sender": f"person{n * 7919 % PEOPLE}",
            "sent_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "body": f"{n:08d} Une phrase comme une autre, ni longue ni courte, que quelqu'un a écrite un jour.",
        }
        yield json.dumps(line, ensure_ascii=False)


async def imported(postgres_url: str, folder: Path) -> tuple[str, float]:
    """The database that a history was imported into, and how many messages a second that was, until it is seen."""
    url, file = database(postgres_url, "history"), folder / "history.jsonl"
    file.write_text("\n".join(history()), "utf-8")
    await asyncio.to_thread(migrate, url)
    began = perf_counter()
    await ran("import", str(file), "--database-url", url)
    return url, LINES / (perf_counter() - began)


async def projected(url: str) -> float:
    """Events a second, folded from the beginning of the log into empty tables."""
    with psycopg.connect(url, autocommit=True) as connection:
        serving = {"name": NAME, "shape": SHAPE}
        tables = connection.execute(
            """SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables JOIN projections
            ON schemaname = name || '_' || generation WHERE name = %(name)s AND shape = %(shape)s""",
            serving,
        ).fetchall()
        assert tables, "a generation serves"
        connection.execute(f"TRUNCATE {', '.join(table for (table,) in tables)}".encode())
        connection.execute("UPDATE projections SET position = 0 WHERE name = %(name)s AND shape = %(shape)s", serving)
    settings = Settings()
    reading, projecting = (
        connections.pool(url, "read", 2, snapshots=True),
        connections.pool(url, "project", 1, "synchronous_commit=off"),
    )
    async with reading, projecting:
        store, counted = Store(reading, projecting), Projected(settings.patience)
        projector = ChatProjector(projecting, store, counted)
        began = perf_counter()
        while await projector.step():
            pass
        return counted.position / (perf_counter() - began)
