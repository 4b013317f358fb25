"""Rows made anew beside those that serve: they are the same, they take over at once, and nobody has to wait."""

import asyncio
from itertools import count
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.listening import APPENDED
from application.store import Recorded
from projections import unread_counts
from projections.position import PROJECTED, Projected, read_position
from projections.rebuild import BeingRebuilt, Differs
from tests.application.test_listen import Bells, listening
from tests.database import Pools
from tests.projections.chat import (
    GROUP,
    Chat,
    added,
    called,
    owned_by,
    paired,
    read,
    removed,
    rows,
    said,
    started,
)
from tests.projections.histories import histories
from tests.projections.rebuilds import ask, begun, connected, rebuilt, served, shown
from tests.projections.test_folding import Log, examples, folded

HISTORY = (
    started("alice", "bob", "carol", title="Crew"),
    paired(),
    said("alice"),
    said("bob", "a word"),
    read("carol", 1),
    called("bob", "Bob"),
    removed("carol"),
    owned_by("bob"),
    added("carol"),
    said("carol"),
)


@pytest.fixture
async def told(chat: Chat) -> Chat:
    await chat.happens(*HISTORY)
    return chat


class TestTheRows:
    @settings(examples, max_examples=25)  # tables are made for each
    @given(histories, st.integers(1, 9), st.data())
    async def test_are_those_that_served_however_they_are_built(
        self, pools: Pools, database_url: str, log: list[Recorded], batch: int, data: st.DataObject
    ) -> None:
        before = await folded(pools, log, [])
        stop = data.draw(st.integers(0, len(log)))
        store = Log(log)
        async with begun(database_url, pools, store, batch=batch, near=len(log) - stop) as first:
            await first.fill(lambda _: None)
        async with begun(database_url, pools, store, batch=batch) as second:
            done = await second.run(lambda _: None)
        assert await rows(pools) == before
        assert done.events <= len(log) - stop
        assert not done.differences

    async def test_take_over_at_the_same_position(self, told: Chat, database_url: str) -> None:
        before = await rows(told.pools)
        done = await rebuilt(database_url, told)
        assert (done.events, done.generation.number, done.differences) == (10, 2, [])
        assert served(database_url) == [(1, 2, 10)]
        assert await rows(told.pools) == before
        assert shown(database_url, "chat_2.participants") == shown(database_url, "chat_1.participants")

    async def test_go_on_from_there(self, told: Chat, database_url: str) -> None:
        await rebuilt(database_url, told)
        frozen = shown(database_url, "chat_1.conversations")
        await told.happens(said("alice"), read("bob", 4))
        assert served(database_url) == [(1, 2, 12)]
        assert shown(database_url, "chat_1.conversations") == frozen
        assert (await told.seen_by("bob"))["unread_count"] == 0
        assert (await told.seen_by("carol"))["unread_count"] == 1
        await rebuilt(database_url, told)
        assert served(database_url) == [(1, 3, 12)]

    async def test_of_an_empty_log_are_none(self, chat: Chat, database_url: str) -> None:
        assert (await rebuilt(database_url, chat)).events == 0
        assert served(database_url) == [(1, 2, 0)]

    async def test_lie_in_tables_like_those_of_the_migrations(self, told: Chat, database_url: str) -> None:
        def tables(schema: str) -> Any:
            columns = ask(
                database_url,
                """SELECT c.relname, c.reloptions, a.attname, a.atttypid::regtype, a.attnotnull
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' AND a.attnum > 0 ORDER BY 1, a.attnum""",
                schema,
            )
            indexes = ask(
                database_url,
                r"SELECT tablename, regexp_replace(indexdef, '.* INDEX \w+ ON \w+\.', '') FROM pg_indexes "
                "WHERE schemaname = %s ORDER BY 1, 2",
                schema,
            )
            return columns, indexes

        await rebuilt(database_url, told)
        assert tables("chat_2") == tables("chat_1") == tables("chat_0")
        assert "fillfactor=80" in str(tables("chat_2"))


class TestStopping:
    async def test_leaves_what_was_built_to_the_next(self, told: Chat, database_url: str) -> None:
        heard: list[int] = []
        async with begun(database_url, told.pools, told.store, near=5) as first:
            await first.fill(heard.append)
        assert (heard, served(database_url)) == ([3, 6], [(1, 1, 10)])
        async with begun(database_url, told.pools, told.store) as second:
            done = await second.run(heard.append)
        assert (heard, done.events, done.generation.number) == ([3, 6, 9, 10], 4, 2)

    async def test_in_the_middle_of_a_batch_takes_that_back(self, told: Chat, database_url: str) -> None:
        async with begun(database_url, told.pools, told.store) as first:
            with pytest.raises(ZeroDivisionError):
                async with first._transaction():
                    await first._fold(3)
                    1 / 0  # noqa: B018
            await first.fill(lambda _: None)
            assert not await first.compare()

    async def test_of_two_at_once_the_second_is_refused(self, told: Chat, database_url: str) -> None:
        async with begun(database_url, told.pools, told.store):
            with pytest.raises(BeingRebuilt, match="chat is being rebuilt"):
                await rebuilt_with(told, database_url, patience=0.01)
        await rebuilt(database_url, told)


class TestComparing:
    async def test_tells_what_differs_and_leaves_the_old_ones_serving(self, told: Chat, database_url: str) -> None:
        ask(database_url, "UPDATE participants SET read_number = 0 WHERE user_id = 'alice'")
        ask(database_url, "DELETE FROM people WHERE user_id = 'bob'")
        ask(database_url, "INSERT INTO people VALUES ('mallory', 'M', 1)")
        with pytest.raises(Differs) as failure:
            await rebuilt(database_url, told)
        assert [str(one) for one in failure.value.differences] == [
            "participants: 0 rows are missing, 0 unexpected, 1 changed; "
            f"such as conversation_id {GROUP}, user_id alice differs in read_number",
            "people: 1 rows are missing, 1 unexpected, 0 changed; such as user_id bob is unexpected; user_id mallory "
            "is missing",
        ]
        assert served(database_url) == [(1, 1, 10)]
        done = await rebuilt(database_url, told, accept=True)
        assert (done.events, len(done.differences), served(database_url)) == (0, 2, [(1, 2, 10)])
        assert (await told.seen_by("alice"))["read_number"] == 1

    async def test_sees_what_became_different_at_the_end(self, told: Chat, database_url: str) -> None:
        async with begun(database_url, told.pools, told.store) as one:
            await one.fill(lambda _: None)
            assert not await one.compare()
            await told.happens(said("bob"))
            ask(database_url, "UPDATE chat_1.conversations SET last_preview = 'else' WHERE last_number = 4")
            with pytest.raises(Differs, match="differ"):
                await one.swap(accept=False)
            assert served(database_url) == [(1, 1, 11)]
            assert len(await one.swap(accept=True)) == 1
        assert served(database_url) == [(1, 2, 11)]


class TestNobodyNotices:
    async def test_a_snapshot_from_before_sees_the_rows_from_before(self, told: Chat, database_url: str) -> None:
        async with begun(database_url, told.pools, told.store, near=5) as one, told.reading() as connection:
            assert await read_position(connection) == 10
            await one.fill(lambda _: None)
            await told.happens(read("alice", 3), said("bob"))
            assert not await one.compare()
            await one.swap(accept=False)
            place = (await unread_counts.places(connection, [(GROUP, "alice")]))[GROUP, "alice"]
            assert (place.read_number, place.last_number) == (1, 3)
        async with told.reading() as connection:
            place = (await unread_counts.places(connection, [(GROUP, "alice")]))[GROUP, "alice"]
            assert (place.read_number, place.last_number, await read_position(connection)) == (3, 4, 12)

    async def test_traffic_goes_on_all_the_while(self, told: Chat, database_url: str) -> None:
        stop, sent = asyncio.Event(), count(4)

        async def talk() -> None:
            for number in sent:
                await told.is_recorded(said("alice"), read("bob", number))
                while told.projected.position < len(told.store.events):  # a swap may be under way
                    await told.projector.step()
                assert (await told.seen_by("carol"))["unread_count"] == number - 3
                assert (await told.seen_by("bob"))["unread_count"] == 0
                if stop.is_set():
                    return

        talking = asyncio.create_task(talk())
        for number in range(2, 6):
            await rebuilt_with(told, database_url, near=2)
            assert served(database_url)[0][1] == number
        stop.set()
        await talking

    async def test_a_projector_forgets_what_it_knew_of_the_old_rows(self, told: Chat, database_url: str) -> None:
        ask(database_url, "UPDATE conversations SET title = 'Wrong' WHERE title = 'Crew'")
        told.projector.forget()
        await told.happens(said("alice"))
        await rebuilt(database_url, told, accept=True)
        await told.happens(said("alice"))
        assert (await told.seen_by("alice"))["title"] == "Crew"

    async def test_all_who_follow_are_woken_and_see_which_rows_serve(self, told: Chat, database_url: str) -> None:
        bells = Bells(APPENDED, PROJECTED)
        elsewhere = Projected()
        await elsewhere.look(told.pools.reading)
        assert (elsewhere.position, elsewhere.schema) == (10, "chat_1")
        async with listening(database_url, bells):
            await bells.until(events=1, projected=1)
            await rebuilt(database_url, told)
            await bells.until(events=2, projected=2)
        await elsewhere.look(told.pools.reading)
        assert (elsewhere.position, elsewhere.schema) == (10, "chat_2")


class TestViews:
    async def test_keep_their_grants_and_words_and_options(self, told: Chat, database_url: str) -> None:
        ask(database_url, "COMMENT ON VIEW people IS 'who there is'")
        ask(database_url, "GRANT SELECT ON people TO PUBLIC")
        ask(database_url, "ALTER VIEW people SET (security_barrier = true)")
        described = (
            "SELECT relacl, reloptions, obj_description(oid) FROM pg_class WHERE relname = 'people' AND relkind = 'v'"
        )
        before = ask(database_url, described)
        await rebuilt(database_url, told)
        assert ask(database_url, described) == before
        assert "chat_2.people" in ask(database_url, "SELECT pg_get_viewdef('people'::regclass)")[0][0]

    async def test_of_others_come_along(self, told: Chat, database_url: str) -> None:
        ask(database_url, "CREATE SCHEMA theirs")
        ask(
            database_url,
            "CREATE VIEW theirs.talkers AS SELECT p.user_id, count(*) AS of FROM chat_1.participants p "
            "JOIN chat_1.conversations USING (conversation_id) GROUP BY 1",
        )
        before = shown(database_url, "theirs.talkers")
        await rebuilt(database_url, told)
        assert shown(database_url, "theirs.talkers") == before
        assert "chat_1" not in ask(database_url, "SELECT pg_get_viewdef('theirs.talkers'::regclass)")[0][0]

    async def test_that_somebody_reads_are_replaced_once_they_have_been_read(
        self, told: Chat, database_url: str
    ) -> None:
        begin = begun(database_url, told.pools, told.store, lock_timeout=0.01)
        async with begin as one, connected(database_url) as reader:
            await one.fill(lambda _: None)
            async with reader.transaction():
                await reader.execute("SELECT FROM people")
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    await one.swap(accept=False)
                heard: list[int] = []
                finishing = asyncio.create_task(one.run(heard.append))
                async with asyncio.timeout(10):
                    while len(heard) < 20:  # it tries again and again, and catches up in between
                        await told.happens(said("alice"))
                number = len(told.store.events)
                assert (await told.seen_by("carol"))["unread_count"] == number - len(HISTORY)
                assert served(database_url) == [(1, 1, number)]
            await finishing
        assert served(database_url) == [(1, 2, number)]


async def rebuilt_with(chat: Chat, url: str, **more: Any) -> None:
    async with begun(url, chat.pools, chat.store, **more) as made:
        await made.run(lambda _: None)
