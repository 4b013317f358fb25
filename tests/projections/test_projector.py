"""The chat's projection as it runs: alone or beside others, woken or polling, and when something fails."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import AsyncConnection

from application.chat import write_stream
from application.store import Offered, Recorded, Store
from domain.base import Event
from projections import chat as chat_projection
from projections.position import NAME, PROJECTED, Projected, read_position
from projections.projector import Projector
from tests.application.memory_store import MemoryStore
from tests.application.test_listen import Bells, listening
from tests.application.test_recorder import end_sessions
from tests.database import Pools, open_pools
from tests.projections.chat import Chat, called, rows, said, start_afresh, started


class HeldStore(MemoryStore):
    """It tells when the log is read, and then waits until it may be."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()
        self.may = asyncio.Event()

    async def tail(self, after: int, limit: int, upto: int | None = None) -> list[Recorded]:
        self.reached.set()
        await self.may.wait()
        return await super().tail(after, limit, upto)


class PoisonedStore(MemoryStore):
    """Its events can't be read from the `poisoned` position on, until it is mended."""

    def __init__(self) -> None:
        super().__init__()
        self.poisoned: int | None = None
        self.reads = 0

    async def tail(self, after: int, limit: int, upto: int | None = None) -> list[Recorded]:
        self.reads += 1
        events = await super().tail(after, limit, upto)
        if any(one.position == self.poisoned for one in events):
            raise ValueError("no event of ours")
        return events


class CountingProjector(Projector[Recorded]):
    """It makes nothing of the events but their number, batch by batch."""

    def __init__(self, pools: Pools, store: MemoryStore, *, rest: float) -> None:
        super().__init__(NAME, pools.projecting, rest=rest)
        self.batches: list[int] = []
        self._store = store

    async def read(self, after: int, limit: int) -> list[Recorded]:
        return await self._store.tail(after, limit)

    async def apply(self, connection: AsyncConnection[Any], schema: str, events: Sequence[Recorded]) -> None:
        self.batches.append(len(events))


async def record(store: Any, *events: Event) -> None:
    for event in events:
        await store.append(uuid4(), [Offered(write_stream(event), event)], {})


async def position(pools: Pools) -> int:
    async with pools.reading.connection() as connection:
        return await read_position(connection)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


@asynccontextmanager
async def running(projector: Projector[Recorded]) -> AsyncIterator[None]:
    task = asyncio.create_task(projector.run())
    yield
    projector.close()
    await asyncio.wait_for(task, 10)


class TestSeveralProjectors:
    async def test_of_two_at_once_one_applies_and_the_other_lets_it(self, pools: Pools, database_url: str) -> None:
        store = HeldStore()
        await record(store, started("alice", "bob"), said("alice"))
        async with open_pools(database_url) as others:
            first = asyncio.create_task(pools.projector(store).step())
            await store.reached.wait()
            second = others.projector(store)
            async with asyncio.timeout(10):
                assert await second.step() is False
            assert await position(pools) == 0
            store.may.set()
            assert await first is True
            assert await second.step() is False
        assert await position(pools) == 2

    async def test_many_at_once_leave_the_rows_that_one_leaves(self, chat: Chat, database_url: str) -> None:
        await chat.happens(started("alice", "bob"), *(said("alice") for _ in range(50)), called("bob", "Bob"))
        alone = await rows(chat.pools)
        await start_afresh(chat.pools)
        store = Portions(chat.store.events, 1)
        applied: list[int] = []

        async def project(pools: Pools) -> None:
            projector = pools.projector(store)
            while await position(pools) < len(store.events):
                applied.append(int(await projector.step()))

        async with open_pools(database_url) as second, open_pools(database_url) as third:
            await asyncio.gather(project(chat.pools), project(second), project(third))
        assert await rows(chat.pools) == alone
        assert sum(applied) == len(store.events)

    async def test_one_that_goes_away_in_the_middle_leaves_the_batch_to_the_next(
        self, pools: Pools, database_url: str
    ) -> None:
        store = HeldStore()
        await record(store, started("alice", "bob"))
        async with open_pools(database_url, application_name="dying") as others:
            dying = asyncio.create_task(others.projector(store).step())
            await store.reached.wait()
            end_sessions(database_url, "dying")
            store.may.set()
            with pytest.raises(psycopg.OperationalError):
                await dying
        assert await position(pools) == 0
        assert await pools.projector(store).step() is True
        assert await position(pools) == 1


class Portions:
    """A log that gives out few events at a time."""

    def __init__(self, events: Sequence[Recorded], portion: int) -> None:
        self.events = events
        self.portion = portion

    async def tail(self, after: int, limit: int) -> Sequence[Recorded]:
        return self.events[after:][: self.portion]

    @property
    def written(self) -> int:
        return len(self.events)

    def at_hand(self, after: int, limit: int) -> Sequence[Recorded]:
        return self.events[after:][: self.portion]


class TestRunning:
    async def test_projects_what_there_is_and_what_it_is_woken_for(self, pools: Pools) -> None:
        store, projected = MemoryStore(), Projected()
        await record(store, started("alice", "bob"))
        projector = pools.projector(store, projected, poll=30.0)
        async with running(projector):
            await until(lambda: projected.position == 1)
            await record(store, said("alice"))
            projector.wake()
            await until(lambda: projected.position == 2)
        assert await position(pools) == 2

    async def test_polls_where_nobody_wakes_it(self, pools: Pools) -> None:
        store, projected = MemoryStore(), Projected()
        async with running(pools.projector(store, projected, poll=0.01)):
            await record(store, started("alice", "bob"))
            await until(lambda: projected.position == 1)

    async def test_projects_what_came_in_just_before_it_ends(self, pools: Pools) -> None:
        store = PoisonedStore()
        await record(store, started("alice", "bob"))
        async with running(pools.projector(store, poll=30.0)):
            await until(lambda: store.reads == 2)  # the second time it found nothing, and waits
            await record(store, *(said("alice") for _ in range(3)))
        assert await position(pools) == 4

    async def test_gathers_events_while_it_rests_and_ends_its_rest_when_it_is_to_end(self, pools: Pools) -> None:
        store = MemoryStore()
        await record(store, started("alice", "bob"), said("alice"))
        counting = CountingProjector(pools, store, rest=3600.0)
        async with running(counting):
            await until(lambda: counting.batches == [2])
            await record(store, said("alice"))
            counting.wake()
            for _ in range(20):  # time enough to see it, were it awake
                await position(pools)
            await record(store, said("bob"))
        assert counting.batches == [2, 2]

    async def test_ends_after_the_batch_under_way(self, pools: Pools) -> None:
        store = HeldStore()
        await record(store, started("alice", "bob"))
        projector = pools.projector(store)
        task = asyncio.create_task(projector.run())
        await store.reached.wait()
        projector.close()
        store.may.set()
        await task
        assert await position(pools) == 1

    async def test_takes_the_log_in_batches(self, pools: Pools, store: Store) -> None:
        await record(store, started("alice", "bob"), *(said("alice") for _ in range(24)))
        projector = pools.projector(store)
        positions = []
        while await projector.step(10):
            positions.append(await position(pools))
        assert positions == [10, 20, 25]

    async def test_tells_those_who_listen(self, pools: Pools, database_url: str) -> None:
        store = MemoryStore()
        bells = Bells(PROJECTED)
        async with listening(database_url, bells):
            await bells.until(projected=1)
            await record(store, started("alice", "bob"))
            await pools.projector(store).step()
            await bells.until(projected=2)

    async def test_remembers_no_more_rows_than_it_may(self, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
        await chat.happens(started("alice", "bob"), said("alice"))
        before = len(chat.projector._known)
        monkeypatch.setattr(chat_projection, "KEPT", 1)
        await chat.happens(called("carol", "Carol"))
        assert (before, len(chat.projector._known)) == (5, 1)
        await chat.happens(said("bob"))
        assert (await chat.seen_by("alice"))["unread_count"] == 1

    async def test_makes_again_what_a_crash_took_back(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), said("alice"), called("bob", "Bob"))
        before = await rows(chat.pools)
        await start_afresh(chat.pools)
        await chat.happens()
        assert await rows(chat.pools) == before


class TestFailing:
    @pytest.fixture
    async def poisoned(self) -> PoisonedStore:
        store = PoisonedStore()
        await record(store, started("alice", "bob"), said("alice"))
        return store

    async def test_keeps_its_position_says_so_and_goes_on_when_mended(
        self, pools: Pools, poisoned: PoisonedStore, capsys: pytest.CaptureFixture[str]
    ) -> None:
        projected = Projected()
        projector = pools.projector(poisoned, projected, poll=0.001)
        async with running(projector):
            await until(lambda: projected.position == 2)
            assert projector.failure is None
            await record(poisoned, said("bob"), said("alice"))
            poisoned.poisoned = 3
            await until(lambda: projector.failure)
            assert projector.failure == "ValueError after position 2"
            assert await position(pools) == projected.position == 2
            poisoned.poisoned = None
            await until(lambda: projected.position == 4)
            assert projector.failure is None
        assert "projection stands still" in capsys.readouterr().out

    async def test_is_tried_again_ever_later_however_many_events_come(
        self, pools: Pools, poisoned: PoisonedStore
    ) -> None:
        poisoned.poisoned = 1
        projector = pools.projector(poisoned, poll=30.0)
        async with running(projector):
            await until(lambda: projector.failure)
            reads = poisoned.reads
            for _ in range(20):
                projector.wake()
                assert await position(pools) == 0
            assert poisoned.reads == reads

    async def test_lets_through_what_comes_before(self, pools: Pools, poisoned: PoisonedStore) -> None:
        await record(poisoned, *(said("bob") for _ in range(22)))
        poisoned.poisoned = 20
        projector = pools.projector(poisoned, poll=30.0)
        async with running(projector):
            await until(lambda: projector.failure)
        assert projector.failure == "ValueError after position 19"
        assert await position(pools) == 19

    async def test_is_still_said_while_another_process_is_at_it(
        self, pools: Pools, poisoned: PoisonedStore, database_url: str
    ) -> None:
        poisoned.poisoned = 1
        projector = pools.projector(poisoned, poll=30.0)
        async with running(projector):
            await until(lambda: projector.failure)
        with psycopg.connect(database_url) as other:
            other.execute("SELECT FROM projections FOR UPDATE")
            assert await projector.step() is False
        assert projector.failure

    async def test_of_one_event_loses_nothing_of_its_batch(self, pools: Pools, store: Store, database_url: str) -> None:
        await record(store, started("alice", "bob"), said("alice"), said("bob"))
        unreadable(database_url, 2)
        projector = pools.projector(pools.store())
        with pytest.raises(ValueError, match="MessageSent"):
            await projector.step()
        assert await position(pools) == 0
        unreadable(database_url, 2)
        assert await projector.step() is True
        assert await position(pools) == 3

    async def test_that_is_the_databases_is_no_failure_of_the_projection(self, pools: Pools, database_url: str) -> None:
        store, projected = MemoryStore(), Projected()
        async with open_pools(database_url, application_name="projecting") as own:
            projector = own.projector(store, projected, poll=0.001)
            async with running(projector):
                await record(store, started("alice", "bob"))
                await until(lambda: projected.position == 1)
                end_sessions(database_url, "projecting")
                await record(store, said("alice"))
                await until(lambda: projected.position == 2)
                assert projector.failure is None


def unreadable(database_url: str, position: int) -> None:
    """Makes an event's state unreadable, or readable again."""
    with psycopg.connect(database_url) as connection:
        query = """UPDATE events SET state = CASE get_byte(state, 0) WHEN 123 THEN '['::bytea || state
            ELSE substring(state FROM 2) END WHERE notification_id = %s"""
        connection.execute(query, [position])
