"""How far the chat's read models have come, and snapshots of them."""

import asyncio

import psycopg
import pytest

from domain.base import Rejected
from projections import unread_counts
from projections.position import Projected, read_position, rung
from tests.application.test_recorder import end_sessions
from tests.database import Pools, open_pools
from tests.projections.chat import GROUP, Chat, read, renamed, said, started


class TestASnapshot:
    async def test_sees_the_read_models_at_one_position(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), said("alice"))
        async with chat.projected.snapshot(chat.pools.reading) as (connection, position):
            before = (await unread_counts.places(connection, [(GROUP, "bob")]))[GROUP, "bob"]
            await chat.happens(read("bob", 1))
            assert (await unread_counts.places(connection, [(GROUP, "bob")]))[GROUP, "bob"] == before
            assert await read_position(connection) == position == 2
        async with chat.projected.snapshot(chat.pools.reading, 3) as (connection, position):
            assert (await unread_counts.places(connection, [(GROUP, "bob")]))[GROUP, "bob"].read_number == 1
            assert position == 3

    async def test_changes_nothing(self, chat: Chat) -> None:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            async with chat.projected.snapshot(chat.pools.reading) as (connection, _):
                await connection.execute("UPDATE projections SET position = 9")

    async def test_in_which_something_is_refused_costs_its_connection_nothing_that_was_prepared(
        self, chat: Chat
    ) -> None:
        prepared = "SELECT name FROM pg_prepared_statements ORDER BY 1"
        with pytest.raises(Rejected):
            async with chat.projected.snapshot(chat.pools.reading) as (connection, _):
                before = await (await connection.execute(prepared)).fetchall()
                raise Rejected("not_found", "no such conversation")
        after = await (await connection.execute(prepared)).fetchall()  # back in its pool, where nobody uses it
        assert before == after != []

    async def test_waits_for_the_position_it_needs(self, chat: Chat) -> None:
        projected = Projected(patience=10.0)
        chat.projector = chat.pools.projector(chat.store, projected)
        waiting = asyncio.create_task(self.position(projected, chat.pools, 2))
        await chat.happens(started("alice", "bob"))
        assert not waiting.done()
        await chat.happens(renamed("Crew"))
        assert await waiting == 2

    async def test_that_needs_a_position_still_to_come_is_refused_in_time(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"))
        with pytest.raises(Rejected) as caught:
            await self.position(chat.projected, chat.pools, 2)
        assert (caught.value.code, caught.value.retry_after) == ("unavailable", 1.0)

    async def test_is_never_behind_what_it_needs_even_if_a_crash_took_the_rows_back(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), said("alice"))
        async with chat.pools.projecting.connection() as connection:
            await connection.execute("UPDATE projections SET position = 1")
        with pytest.raises(Rejected):
            await self.position(chat.projected, chat.pools, 2)
        assert chat.projected.position == 1
        while await chat.projector.step():
            pass
        assert await self.position(chat.projected, chat.pools, 2) == 2

    async def test_whose_work_fails_gives_the_connection_back(self, chat: Chat) -> None:
        for _ in range(chat.pools.reading.max_size + 1):
            with pytest.raises(ZeroDivisionError):
                async with chat.projected.snapshot(chat.pools.reading):
                    1 / 0  # noqa: B018

    @staticmethod
    async def position(projected: Projected, pools: Pools, minimum: int) -> int:
        async with projected.snapshot(pools.reading, minimum) as (_, position):
            return position


class TestFollowingThePosition:
    async def test_finds_what_another_process_has_projected(self, chat: Chat) -> None:
        elsewhere = Projected()
        await chat.happens(started("alice", "bob"))
        await elsewhere.look(chat.pools.reading)
        assert elsewhere.position == 1

    async def test_looks_at_each_hint(self, chat: Chat) -> None:
        elsewhere = Projected()
        following = asyncio.create_task(elsewhere.follow(chat.pools.reading, poll=60))
        await chat.happens(started("alice", "bob"))
        elsewhere.ring()
        await asyncio.wait_for(elsewhere.news.wait(), 10)
        assert elsewhere.position == 1
        await cancelled(following)

    async def test_looks_without_a_hint_too(self, chat: Chat) -> None:
        elsewhere = Projected()
        following = asyncio.create_task(elsewhere.follow(chat.pools.reading, poll=0.01))
        await chat.happens(started("alice", "bob"))
        await asyncio.wait_for(elsewhere.news.wait(), 10)
        assert elsewhere.position == 1
        await cancelled(following)

    async def test_goes_on_when_the_database_was_away(self, chat: Chat, database_url: str) -> None:
        elsewhere = Projected()
        await chat.happens(started("alice", "bob"))
        async with open_pools(database_url, application_name="follower") as pools:
            await pools.reading.wait()
            assert end_sessions(database_url, "follower")
            following = asyncio.create_task(elsewhere.follow(pools.reading, poll=0.01))
            await asyncio.wait_for(elsewhere.news.wait(), 10)
            await cancelled(following)
        assert elsewhere.position == 1

    @pytest.mark.parametrize("moments", range(8))
    async def test_ends_when_cancelled_though_it_is_given_a_connection_at_that_moment(
        self, database_url: str, moments: int
    ) -> None:
        elsewhere = Projected()
        async with open_pools(database_url) as pools:
            async with pools.writing.connection():  # the only one there is
                following = asyncio.create_task(elsewhere.follow(pools.writing, poll=60))
                elsewhere.ring()
                for _ in range(10):
                    await asyncio.sleep(0)
            for _ in range(moments):
                await asyncio.sleep(0)
            following.cancel()
            await asyncio.wait([following], timeout=1)
            assert following.cancelled()

    def test_never_goes_back(self) -> None:
        projected = Projected()
        projected.reached(3)
        projected.news.clear()
        projected.reached(2)
        assert (projected.position, projected.news.is_set()) == (3, False)


async def test_a_bell_is_waited_for_and_no_longer_than_said() -> None:
    bell = asyncio.Event()
    assert not await rung(bell, 0)
    assert not await rung(bell, -1)
    bell.set()
    assert await rung(bell, 60)


@pytest.mark.parametrize("moments", range(4))
async def test_who_waits_for_a_bell_again_and_again_is_cancelled_at_whatever_moment(moments: int) -> None:
    async def waits() -> None:
        while True:
            await rung(bell, 60)
            bell.clear()

    bell = asyncio.Event()
    waiting = asyncio.create_task(waits())
    for _ in range(3):
        await asyncio.sleep(0)
    bell.set()
    for _ in range(moments):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting], timeout=1)
    assert waiting.cancelled()


async def cancelled(task: "asyncio.Task[None]") -> None:
    while not task.done():  # until Python 3.12, psycopg may lose a cancellation
        task.cancel()
        await asyncio.wait([task], timeout=0.1)
    assert task.cancelled()
