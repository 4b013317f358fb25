"""What analysts cost: how long their questions take as the place grows, and what the chat feels of a heavy one.

`python -m tests.bench.analytics growth [SIZE …]` prints a table for docs/analytics.md; `… beside HISTORY` takes a file
to import, or a data directory that one was imported into.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, get_args
from uuid import UUID, uuid5

from psycopg import AsyncConnection

from application.chat import write_stream
from application.store import Recorded
from domain.base import LITSPARK, Event
from domain.conversation import ConversationStarted
from domain.reading import MessagesRead
from domain.timeline import MessageSent
from interfaces.analytics.analyst import Analyst
from interfaces.analytics.reports import REPORTS, answer
from interfaces.analytics.spans import By
from interfaces.chat import projecting_pool
from interfaces.embedded_postgres import running
from interfaces.settings import Settings
from migrations import migrate
from projections.analytics.projector import AnalyticsProjector
from tests.bench.load import Load, measure
from tests.bench.rebuild import imported
from tests.faults.processes import AS_IT_COMES, serving
from tests.serving import SECRET

SIZES = (10_000, 100_000, 1_000_000)
YEAR = (date(2025, 11, 24), date(2026, 11, 23))
TIMES = 5
LONG = 5.0
"""Seconds after which a question is not asked again."""
BATCH = 10_000
Question = Callable[[], Awaitable[object]]
HEAVY = """
    SELECT count(*), avg(a.length * b.length) FROM analytics.messages a JOIN analytics.messages b
    ON a.sender_id = b.sender_id AND a.number < b.number"""
"""Takes a core for longer than a query may."""


class Year:
    """A made-up log: so many messages over a year, 1,000 a conversation, of 20 people each; and half as many reads."""

    def __init__(self, messages: int) -> None:
        self._events = self._made(messages, random.Random(messages))
        self._kept: list[Recorded] = []

    async def tail(self, after: int, limit: int, upto: int | None = None) -> Sequence[Recorded]:
        if not self._kept or self._kept[0].position <= after:
            self._kept = list(islice(self._events, limit))
        return self._kept

    def _made(self, messages: int, chance: random.Random) -> Iterator[Recorded]:
        begin = datetime.combine(YEAR[0], datetime.min.time(), UTC)
        gap = timedelta(days=365) / messages
        conversations = [uuid5(LITSPARK, f"bench {n}") for n in range(max(1, messages // 1000))]
        people = [[f"user{chance.randrange(messages // 100)}-{n}" for n in range(20)] for _ in conversations]
        versions = [0] * len(conversations)
        position = 0

        def recorded(event: Event, version: int, at: datetime) -> Recorded:
            nonlocal position
            position += 1
            return Recorded(position, write_stream(event), version, at, event)

        for conversation_id, user_ids in zip(conversations, people, strict=True):
            started = ConversationStarted(
                actor=user_ids[0],
                conversation_id=conversation_id,
                kind="group",
                title=None,
                owner_id=user_ids[0],
                participant_ids=user_ids,
            )
            yield recorded(started, 1, begin)
        for n in range(messages):
            which, at = chance.randrange(len(conversations)), begin + gap * n
            versions[which] += 1
            sender = chance.choice(people[which])
            yield recorded(_said(conversations[which], n, sender), versions[which], at)
            if n % 2:
                reader = chance.choice(people[which])
                place = MessagesRead(
                    actor=reader, conversation_id=conversations[which], user_id=reader, number=versions[which]
                )
                yield recorded(place, 1, at + gap / 2)


def _said(conversation_id: UUID, n: int, sender: str) -> MessageSent:
    return MessageSent(
        actor=sender,
        conversation_id=conversation_id,
        message_id=uuid5(conversation_id, str(n)),
        sender_id=sender,
        body="x" * (n % 120 + 1),
    )


async def growth(sizes: Sequence[int]) -> None:
    found = [await _timed(size) for size in sizes]
    _tell("")
    print(f"| milliseconds (of processor) | {' | '.join(f'{size:,}' for size in sizes)} |")
    print(f"| --- |{' ---: |' * len(sizes)}")
    for name in found[0]:
        print(f"| {name} | {' | '.join(one[name] for one in found)} |")


async def _timed(size: int) -> dict[str, str]:
    """What each question took, in milliseconds, the median of several."""
    with TemporaryDirectory(prefix="lit-", dir="/dev/shm") as folder, running(folder) as url:
        migrate(url)
        settings = Settings(analytics_timeout=600)
        told = await _projected(settings, url, size)
        async with Analyst(settings, url).snapshot() as connection:
            backend = connection.info.backend_pid
            for name, ask in (_reports(connection) | await _questions(connection)).items():
                _tell(f"{size:,}: {name}")
                told[name] = await _milliseconds(backend, ask)
        return told


def _tell(words: str) -> None:
    print(f"\r{words:<60}\r", end="", file=sys.stderr, flush=True)


async def _projected(settings: Settings, url: str, size: int) -> dict[str, str]:
    async with projecting_pool(settings, url, "bench") as analysing:
        projector = AnalyticsProjector(analysing, Year(size), None)  # type: ignore[arg-type]
        began = time.perf_counter()
        while await projector.step(BATCH):
            _tell(f"{size:,}: {projector.position:,} events projected")
        rate = projector.position / (time.perf_counter() - began)
        async with analysing.connection() as connection:
            _tell(f"{size:,}: VACUUM (ANALYZE)")
            await connection.execute("VACUUM (ANALYZE)")  # as autovacuum does in time
        return {"events projected a second": f"{rate:,.0f}"}


def _reports(connection: AsyncConnection[Any]) -> dict[str, Question]:
    """Each report of the year, by each of its periods."""
    questions: dict[str, Question] = {}
    for name, report in REPORTS.items():
        for by in get_args(By) if report.periods else ("day",):
            words = f"`report {name}`" if by == "day" else f"`report {name} --by {by}`"
            questions[words] = partial(answer, connection, report, *YEAR, by)
    return questions


async def _questions(connection: AsyncConnection[Any]) -> dict[str, Question]:
    """For each view, all of what it says of the year."""
    questions: dict[str, Question] = {}
    cursor = await connection.execute(
        """SELECT c.relname AS view, (
            SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid
                AND a.attname IN ('day', 'week', 'month', 'hour', 'sent_at', 'read_at') ORDER BY a.attnum LIMIT 1
        ) AS time FROM pg_class c WHERE c.relnamespace = 'analytics'::regnamespace AND c.relkind = 'v' ORDER BY 1"""
    )
    for row in await cursor.fetchall():
        within = f"WHERE v.{row['time']} BETWEEN '{YEAR[0]}' AND '{YEAR[1]}'" if row["time"] else ""
        query = f"SELECT count(*), count(v.*::text) FROM analytics.{row['view']} v {within}"
        questions[f"`{row['view']}`"] = partial(connection.execute, query.encode())
    return questions


async def _milliseconds(backend: int, ask: Question) -> str:
    """By the clock, and of PostgreSQL's processor: where others are at work too, the clock tells more of them."""
    taken: list[float] = []
    spent = _spent(backend)
    while len(taken) < TIMES and sum(taken) < LONG * 1000:
        began = time.perf_counter()
        await ask()
        taken.append((time.perf_counter() - began) * 1000)
    return f"{median(taken):,.0f} ({(_spent(backend) - spent) / len(taken) * 1000:,.0f})"


def _spent(pid: int) -> float:
    """Seconds of processor that a process has used, its hundredths."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


async def beside(url: str) -> None:
    """The chat's p99 without and with a heavy query, in turns; what counts is the ratio of neighbours."""
    async with serving(database_url=url, **AS_IT_COMES) as server:
        full = await measure(server.url, SECRET, Load())
        load = Load(rate=min(500, full.messages_per_second / 2), seconds=10)
        print(f"saturated at {full.messages_per_second:,.0f} messages a second; asked for {load.rate:,.0f}")
        ratios = []
        for _ in range(TIMES):
            without = await measure(server.url, SECRET, load)
            async with _busy(url) as queries:
                loaded = await measure(server.url, SECRET, load)
            ratios.append(loaded.delivery_p99 / without.delivery_p99)
            p50 = f"p50 {without.delivery_p50:.1f} -> {loaded.delivery_p50:.1f} ms"
            p99 = f"p99 {without.delivery_p99:.1f} -> {loaded.delivery_p99:.1f} ms"
            print(f"{p50}, {p99}, ratio {ratios[-1]:.2f} ({queries()} queries)")
        print(f"median ratio of the p99s: {median(ratios):.2f}")


@asynccontextmanager
async def _busy(url: str) -> AsyncIterator[Any]:
    """An analyst who asks one heavy question after the other."""
    count = 0

    async def ask() -> None:
        nonlocal count
        analyst = Analyst(Settings(), url)
        while True:
            async with analyst.connection() as connection:
                count += 1
                await connection.execute(HEAVY)

    asking = asyncio.create_task(ask())
    try:
        yield lambda: count
    finally:
        asking.cancel()
        await asyncio.wait([asking])


def main() -> None:
    match sys.argv[1:]:
        case ["growth", *sizes]:
            asyncio.run(growth([int(size) for size in sizes] or SIZES))
        case ["beside", history]:
            with imported(Path(history)) as data_dir, running(data_dir) as url:
                migrate(url)
                asyncio.run(beside(url))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
