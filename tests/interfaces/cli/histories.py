"""Histories to import, and what has become of them."""

import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row, tuple_row

from application.writer import MAX_BATCH
from domain.base import stream_id
from interfaces.chat import Chat, chat
from interfaces.history.exporter import Exporter
from interfaces.history.files import lines, raw_lines
from interfaces.history.importer import Importer
from interfaces.history.survey import survey
from interfaces.history.tally import Tally
from interfaces.settings import Settings

Line = dict[str, Any]
PATIENCE = 20.0


def line(number: int = 1, sender: str = "alice", **changes: Any) -> Line:
    """A message of the conversation `room`, sent `number` minutes past nine."""
    return {
        "conversation": "room",
        "title": "Lunch",
        "message": f"m{number}",
        "sender": sender,
        "sent_at": f"2020-02-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00.000Z",
        "body": f"message {number}",
    } | changes


def direct(number: int, sender: str, **changes: Any) -> Line:
    return line(number, sender, **({"conversation": "pair", "title": None, "kind": "direct"} | changes))


def crowd(count: int, people: int = 7, rooms: int = 3) -> Iterator[Line]:
    """A long history: conversations one after the other, people by turns."""
    for number in range(count):
        room = number * rooms // count
        yield line(number, f"user{number % people}", conversation=f"room {room}", title=f"Room {room}")


def raw(*written: Line | bytes) -> bytes:
    return b"".join(
        (one if isinstance(one, bytes) else json.dumps(one, ensure_ascii=False).encode()) + b"\n" for one in written
    )


def write(path: Path, *written: Line | bytes) -> Path:
    whole = raw(*written)
    path.write_bytes(gzip.compress(whole) if path.suffix == ".gz" else whole)
    return path


def room_id(key: str) -> UUID:
    return stream_id("import conversation", key)


@asynccontextmanager
async def running(url: str, *, batch: int = MAX_BATCH, **settings: Any) -> AsyncIterator[Chat]:
    async with chat(Settings(database_url=url, **({"poll": 0.05} | settings)), url, batch=batch) as whole:
        yield whole


async def bring_in(url: str, path: Path, *, skip_bad: bool = False, patience: float = PATIENCE) -> Tally:
    """Imports a file as the command does."""
    tally = Tally(skip_bad)
    async with running(url) as whole:
        await bring_into(whole, path, tally, patience=patience)
    return tally


async def bring_into(
    whole: Chat, path: Path, tally: Tally, *, patience: float = PATIENCE, read: Callable[[Path], Iterator[Any]] = lines
) -> None:
    await Importer(whole, survey(lambda: raw_lines(path)), tally, patience=patience).run(
        read(path), lambda *_: nullcontext(lambda _: None)
    )


async def exported(url: str) -> list[Line]:
    """What the export says of a log, line by line."""
    written = BytesIO()
    async with running(url) as whole:
        await Exporter(whole.store).run(written.write, lambda *_: nullcontext(lambda _: None))
    return [json.loads(each) for each in written.getvalue().splitlines()]


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def places(url: str, conversation_id: UUID) -> dict[str, tuple[int, int]]:
    """How far each participant has read, of how many messages; in the order they joined."""
    with connected(url) as connection:
        found = connection.cursor(row_factory=tuple_row).execute(
            """SELECT user_id, read_number, last_number FROM participants JOIN conversations USING (conversation_id)
            WHERE conversation_id = %s AND removed_position IS NULL ORDER BY joined_position, joined_order""",
            [conversation_id],
        )
        return {user_id: (read, last) for user_id, read, last in found}


def conversation(url: str, conversation_id: UUID) -> dict[str, Any]:
    """A row of the conversation list."""
    with connected(url) as connection:
        query = "SELECT * FROM conversations WHERE conversation_id = %s"
        row = connection.cursor(row_factory=dict_row).execute(query, [conversation_id]).fetchone()
    assert row is not None
    return row


def names(url: str) -> dict[str, str | None]:
    with connected(url) as connection:
        return dict(connection.execute("SELECT user_id, name FROM people").fetchall())


def count(url: str, topic: str = "timeline.message-sent") -> int:
    """How many events of a kind the log holds."""
    with connected(url) as connection:
        row = connection.execute("SELECT count(*) FROM events WHERE topic = %s", [topic]).fetchone()
    assert row is not None
    return int(row[0])


def end(url: str) -> int:
    with connected(url) as connection:
        row = connection.execute("SELECT coalesce(max(notification_id), 0) FROM events").fetchone()
    assert row is not None
    return int(row[0])
