"""How long it takes to replay a conversation of 10,000 messages, and what else auditors ask of it.

Two hundred people talk and read by turns; then each question is asked five times, of a log that holds nothing else.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any
from uuid import UUID, uuid4

from application.store import Offered
from domain import conversation, reading, timeline
from domain.base import Event
from domain.conversation import ConversationStarted
from domain.reading import MessagesRead
from domain.timeline import MessageSent
from interfaces.audit.record import Auditor
from interfaces.chat import Chat, chat
from interfaces.embedded_postgres import running
from interfaces.settings import Settings
from migrations import migrate

MESSAGES = 10_000
PEOPLE = [f"user{number}" for number in range(200)]
GROUP = uuid4()
BATCH = 500
TIMES = 5
CARLA = Auditor("carla", "bench")


def happens() -> Iterator[tuple[UUID, Event]]:
    started = ConversationStarted(
        actor=PEOPLE[0],
        conversation_id=GROUP,
        kind="group",
        title="Bench",
        owner_id=PEOPLE[0],
        participant_ids=PEOPLE,
    )
    yield conversation.stream(GROUP), started
    for number in range(1, MESSAGES + 1):
        sender, reader = PEOPLE[number * 7 % 200], PEOPLE[number * 11 % 200]
        said = MessageSent(
            actor=sender, conversation_id=GROUP, message_id=uuid4(), sender_id=sender, body=f"{number} Bonjour " * 8
        )
        yield timeline.stream(GROUP), said
        if number % 4 == 0:
            read = MessagesRead(actor=reader, conversation_id=GROUP, user_id=reader, number=number)
            yield reading.stream(GROUP, reader), read


async def fill(whole: Chat) -> None:
    events = [Offered(*one) for one in happens()]
    for start in range(0, len(events), BATCH):
        await whole.store.append(uuid4(), events[start : start + BATCH], {})


async def measured(name: str, ask: Callable[[], Awaitable[Any]]) -> None:
    await ask()
    wall, cpu = [], []
    for _ in range(TIMES):
        began, begun = perf_counter(), process_time()
        await ask()
        wall.append(perf_counter() - began)
        cpu.append(process_time() - begun)
    print(
        f"{name:44} {median(wall):6.3f} s, at best {min(wall):.3f} s; this process computes {median(cpu):.3f} s of it"
    )


async def main(url: str) -> None:
    async with chat(Settings(database_url=url), url) as whole:
        await fill(whole)
        end, desk, last = await whole.store.end(), whole.audit, PEOPLE[-1]

        async def all_of_it() -> None:
            async for _ in (await desk.history(CARLA, GROUP)).pages:
                pass

        print(f"{MESSAGES:,} messages, {end:,} events, {len(PEOPLE)} people, Python {sys.version.split()[0]}")
        await measured("replay, with all messages", lambda: desk.replay(CARLA, GROUP))
        await measured("replay, with the last 50 messages", lambda: desk.replay(CARLA, GROUP, limit=50))
        await measured(
            "replay half way, through somebody's eyes", lambda: desk.replay(CARLA, GROUP, str(end // 2), user_id=last)
        )
        await measured("somebody's list", lambda: desk.conversations(CARLA, last))
        await measured("explain", lambda: desk.explain(CARLA, GROUP, last))
        await measured("history", all_of_it)


if __name__ == "__main__":
    memory = Path("/dev/shm")
    with TemporaryDirectory(prefix="lit-", dir=memory if memory.is_dir() else None) as folder, running(folder) as url:
        migrate(url)
        asyncio.run(main(url))
