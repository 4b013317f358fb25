"""What the chat's requests take as the log grows: each as the desk answers it, without the wire."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from uuid import uuid4

from domain.timeline import SendMessage
from interfaces.chat import Chat, chat
from interfaces.embedded_postgres import running
from interfaces.settings import Settings
from migrations import migrate
from tests.filled import LONG, ONE, fill, project

SIZES = (10_000, 100_000, 1_000_000)
TIMES = 200
Request = Callable[[], Awaitable[Any]]


def requests(whole: Chat, messages: int) -> dict[str, Request]:
    """By the words of the table. The user takes part in 50 conversations; the long one holds half of all messages."""
    desk, half = whole.desk, messages // 4

    async def send() -> None:
        await desk.send_message(ONE, SendMessage(actor=ONE, conversation_id=LONG, message_id=uuid4(), body="Bonjour"))

    return {
        "list, 50 conversations": lambda: desk.conversations(ONE, 50, None, 0),
        "unread counts": lambda: desk.unread(ONE, 0),
        "page of 50, the latest": lambda: desk.messages(ONE, LONG, 50, before=None, after=None, minimum=0),
        "page of 50, in the middle": lambda: desk.messages(ONE, LONG, 50, before=half, after=None, minimum=0),
        "join since a cursor": lambda: desk.join(ONE, LONG, messages // 2, 0),
        "sync since a cursor": lambda: desk.sync(ONE, messages // 2, 0),
        "people by a prefix": lambda: desk.users("user-12", 0),
        "send": send,
    }


async def measured(ask: Request) -> tuple[float, float]:
    """The median and the 99th percentile, in milliseconds."""
    took = []
    for _ in range(TIMES):
        began = perf_counter()
        await ask()
        took.append((perf_counter() - began) * 1000)
    took.sort()
    return took[TIMES // 2], took[TIMES * 99 // 100]


async def at(database_url: str, messages: int) -> dict[str, str]:
    await project(database_url)
    found = {}
    async with chat(Settings(jwt_secret="x" * 32, poll=0.2), database_url) as whole:
        for name, ask in requests(whole, messages).items():
            await measured(ask)  # plans are made, pages are in memory
            median, slowest = await measured(ask)
            found[name] = f"{median:.1f} ({slowest:.1f})"
    return found


def main() -> None:
    columns = []
    memory = Path("/dev/shm")
    for messages in SIZES:
        with (
            TemporaryDirectory(prefix="lit-", dir=memory if memory.is_dir() else None) as folder,
            running(folder) as database_url,
        ):
            migrate(database_url)
            fill(database_url, messages)
            columns.append(asyncio.run(at(database_url, messages)))
    print("| milliseconds (99th percentile) |", " | ".join(f"{size:,} messages" for size in SIZES), "|")
    print("| --- |" + " --- |" * len(SIZES))
    for name in columns[0]:
        print(f"| {name} |", " | ".join(column[name] for column in columns), "|")


if __name__ == "__main__":
    main()
