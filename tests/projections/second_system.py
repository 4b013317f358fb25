"""`python -m tests.projections.second_system DIR [POSITIONS] [SEED] [LISTS]`: replay against one that was stopped.

On the data directory of an imported history, a second database is projected up to one random position after the other,
and at each of them what its read models show is compared with what is folded out of the log: every conversation, as
everybody in it sees it, and the lists of some people; at last the live read models, and LISTS lists.
"""

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from application.store import Recorded, Store
from domain import profile, timeline
from interfaces.embedded_postgres import running
from migrations import migrate
from projections import conversation_list, history, messages, past, unread_counts
from projections.past import Past
from tests.database import Pools, open_pools

PAGE = 50
SAMPLE = 20


class Stopped:
    """A log that ends at `upto`, and was written elsewhere."""

    written = 0

    def __init__(self, store: Store) -> None:
        self.upto = 0
        self._store = store

    def at_hand(self, after: int, limit: int) -> list[Recorded]:
        return []

    async def tail(self, after: int, limit: int) -> list[Recorded]:
        return await self._store.tail(after, limit, self.upto)


@dataclass
class Compared:
    """How much has been compared, and found alike."""

    positions: int = 0
    folded: int = 0
    conversations: int = 0
    summaries: int = 0
    messages: int = 0
    lists: int = 0


class SecondSystem:
    def __init__(self, store: Store, second: Pools) -> None:
        self.compared = Compared()
        self._store = store
        self._second = second
        self._log = Stopped(store)
        self._known: dict[UUID, tuple[int, Past]] = {}
        self._projector = second.projector(self._log)

    async def stop_at(self, upto: int) -> None:
        self._log.upto = upto
        while await self._projector.step():
            pass

    async def compare(self, people: Sequence[str]) -> None:
        """All conversations, and the lists of some people. Raises `AssertionError`."""
        async with self._second.reading.connection() as stopped, stopped.transaction():
            for conversation_id in await _ids(stopped, "SELECT conversation_id FROM conversations"):
                await self._conversation(stopped, conversation_id)
            for user_id in set(people) & set(await _ids(stopped, "SELECT user_id FROM people")):
                await self._list(stopped, user_id)
        self.compared.positions += 1

    async def _conversation(self, stopped: AsyncConnection[Any], conversation_id: UUID) -> None:
        upto = self._log.upto
        found = await self._past(conversation_id, upto)
        there = await unread_counts.participants(stopped, conversation_id)
        assert found.participants(conversation_id) == there
        keys = [(conversation_id, one["user_id"]) for one in there]
        seen = await conversation_list.seen_by(stopped, keys)
        assert {key: found.seen_by(*key) for key in keys} == seen
        self.compared.conversations += 1
        self.compared.summaries += len(keys)
        await self._messages(stopped, conversation_id, found)

    async def _past(self, conversation_id: UUID, upto: int) -> Past:
        """Folded anew wherever any event of it, or of its people's names, has come since the last time."""
        people = await history.people_of(self._store, conversation_id, upto)
        streams = [*history.streams(conversation_id, people), *map(profile.stream, people)]
        last = max(await self._store.last_positions(streams, [upto] * len(streams)))
        known, found = self._known.get(conversation_id, (0, None))
        if found is None or known != last:
            found = await past.of_conversation(self._store, conversation_id, upto)
            assert found is not None
            self._known[conversation_id] = last, found
            self.compared.folded += 1
        return found

    async def _messages(self, stopped: AsyncConnection[Any], conversation_id: UUID, found: Past) -> None:
        upto, stream = self._log.upto, timeline.stream(conversation_id)
        async with self._store.reading.connection() as connection:
            events = await self._store.page(connection, stream, PAGE, upto=upto, below=messages.LAST)
        assert [messages.message(one, found.names) for one in events] == await messages.named(stopped, events)
        self.compared.messages += len(events)

    async def _list(self, stopped: AsyncConnection[Any], user_id: str) -> None:
        found = await past.of_person(self._store, user_id, self._log.upto)
        assert found is not None
        listed = await conversation_list.latest(stopped, user_id, 1_000_000)
        assert found.list_of(user_id) == [summary for _, summary in listed]
        self.compared.lists += 1


async def _ids(connection: AsyncConnection[Any], query: str) -> list[Any]:
    return [key async for (key,) in await connection.execute(query.encode())]


@asynccontextmanager
async def beside(url: str, second_url: str) -> AsyncIterator[SecondSystem]:
    async with open_pools(url) as first, open_pools(second_url) as second:
        yield SecondSystem(first.store(), second)


async def run(url: str, second_url: str, positions: int, seed: int, lists: int) -> Compared:
    begun = monotonic()
    chance = random.Random(seed)
    async with beside(url, second_url) as system, beside(url, url) as live:
        end = await live._store.end()
        async with live._second.reading.connection() as connection:
            people = await _ids(connection, "SELECT user_id FROM people")
        for upto in sorted(chance.sample(range(1, end + 1), positions)):
            await system.stop_at(upto)
            await system.compare(chance.sample(people, min(SAMPLE, len(people))))
            print(f"{monotonic() - begun:6.0f} s: stopped at {upto} of {end}: {system.compared}", flush=True)
        # And now against the live read models themselves.
        live._log.upto = end
        await live.compare(chance.sample(people, min(lists, len(people))))
        print(f"{monotonic() - begun:6.0f} s: live, at {end}: {live.compared}", flush=True)
        return system.compared


def main(folder: Path, positions: int = 200, seed: int = 1, lists: int = 2_000) -> None:
    with running(folder) as url, psycopg.connect(url, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS second_system")  # of a run that was killed
        admin.execute("CREATE DATABASE second_system TEMPLATE template0")
        second_url = urlsplit(url)._replace(path="/second_system").geturl()
        try:
            migrate(second_url)
            asyncio.run(run(url, second_url, positions, seed, lists))
        finally:
            admin.execute("DROP DATABASE second_system WITH (FORCE)")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
