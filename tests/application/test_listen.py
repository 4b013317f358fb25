"""Who listens hears that the log has grown, and is never deaf without knowing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import psycopg

from application.listening import APPENDED, listen
from application.store import Offered, Store
from domain.conversation import ConversationRenamed
from tests.application.test_recorder import end_sessions


class Bells:
    """They count how often each was rung."""

    def __init__(self, *names: str) -> None:
        self.rung: Counter[str] = Counter()
        self._any = asyncio.Event()
        self.ring = {name: lambda name=name: self._ring(name) for name in names}

    def _ring(self, name: str) -> None:
        self.rung[name] += 1
        self._any.set()

    async def until(self, **rung: int) -> None:
        while any(self.rung[name] < times for name, times in rung.items()):
            self._any.clear()
            await asyncio.wait_for(self._any.wait(), 10)


@asynccontextmanager
async def listening(
    url: str, bells: Bells, is_own: Callable[[int], bool] = lambda session: False
) -> AsyncIterator[None]:
    task = asyncio.create_task(listen(url, bells.ring, retry=0.01, is_own=is_own))
    yield
    while not task.done():  # until Python 3.12, psycopg may lose a cancellation
        task.cancel()
        await asyncio.wait([task], timeout=0.1)
    assert task.cancelled()


def notify(database_url: str, channel: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_notify(%s, '')", [channel])


async def test_an_append_rings(database_url: str, store: Store) -> None:
    bells = Bells(APPENDED)
    async with listening(database_url, bells):
        await bells.until(events=1)
        event = ConversationRenamed(actor="alice", conversation_id=uuid4(), title="x")
        await store.append(uuid4(), [Offered(uuid4(), event)], {})
        await bells.until(events=2)
        await store.append(uuid4(), [], {})
        notify(database_url, APPENDED)
        await bells.until(events=3)
    assert bells.rung == {APPENDED: 3}


async def test_each_channel_rings_its_own_bell(database_url: str) -> None:
    bells = Bells("events", "projected")
    async with listening(database_url, bells):
        await bells.until(events=1, projected=1)
        notify(database_url, "projected")
        await bells.until(projected=2)
    assert bells.rung == {"events": 1, "projected": 2}


async def test_what_a_session_of_ones_own_says_rings_no_bell(database_url: str) -> None:
    bells = Bells("events", "projected")
    with psycopg.connect(database_url, autocommit=True) as own:
        async with listening(database_url, bells, lambda session: session == own.info.backend_pid):
            await bells.until(events=1, projected=1)
            own.execute("SELECT pg_notify('events', '')")
            notify(database_url, "projected")
            await bells.until(projected=2)
    assert bells.rung == {"events": 1, "projected": 2}


async def test_a_lost_connection_is_made_again_and_all_are_rung(database_url: str) -> None:
    bells = Bells("events", "projected")
    async with listening(database_url, bells):
        await bells.until(events=1, projected=1)
        end_sessions(database_url, "litspark listen")
        await bells.until(events=2, projected=2)
        notify(database_url, "events")
        await bells.until(events=3)
    assert bells.rung == {"events": 3, "projected": 2}
