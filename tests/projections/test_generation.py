"""What becomes of generations that serve no more, and how rows of another shape come to serve."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from psycopg import AsyncConnection

from application.chat import write_stream
from application.store import Offered, Recorded, Store
from domain.base import Event
from domain.timeline import MessageSent
from projections import generation
from projections.projector import Projector
from projections.rebuild import Differs, Rebuilt
from tests.database import Pools
from tests.projections.chat import Chat, said, started
from tests.projections.rebuilds import ask, begun, connected, rebuilt, schemas, shown


async def swept(url: str, keep: float = 0) -> list[str]:
    async with connected(url) as connection:
        return await generation.sweep(connection, keep)


class TestSweeping:
    async def test_drops_what_has_been_replaced_for_long_enough(self, chat: Chat, database_url: str) -> None:
        await chat.happens(started("alice", "bob"), said("alice"))
        await rebuilt(database_url, chat)
        assert await swept(database_url, keep=60) == []
        assert await swept(database_url) == ["chat_1"]
        assert schemas(database_url) == ["chat_0", "chat_2"]
        assert await swept(database_url) == []
        await chat.happens(said("bob"))
        assert (await chat.seen_by("alice"))["unread_count"] == 1

    async def test_leaves_what_is_being_built(self, chat: Chat, database_url: str) -> None:
        await chat.happens(started("alice", "bob"), said("alice"))
        async with begun(database_url, chat.pools, chat.store) as one:
            assert await swept(database_url) == []
            await one.run(lambda _: None)

    async def test_waits_for_who_still_reads(self, chat: Chat, database_url: str) -> None:
        await rebuilt(database_url, chat)
        async with connected(database_url) as reader, reader.transaction():
            await reader.execute("SELECT FROM chat_1.people")
            assert await swept(database_url) == []
        assert await swept(database_url) == ["chat_1"]

    async def test_drops_nothing_that_others_have_built_upon(
        self, chat: Chat, database_url: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await rebuilt(database_url, chat)
        ask(database_url, "CREATE VIEW theirs AS SELECT user_id FROM chat_1.people")
        assert await swept(database_url) == []
        assert "old rows are still in use" in capsys.readouterr().out
        ask(database_url, "DROP VIEW theirs")
        assert await swept(database_url) == ["chat_1"]

    async def test_of_two_at_once_one_drops(self, chat: Chat, database_url: str) -> None:
        await rebuilt(database_url, chat)
        async with connected(database_url) as connection:
            cursor = await connection.execute("SELECT name, shape, generation, position FROM generations")
            retired = generation.Generation(*await cursor.fetchone())
            assert await generation._drop(connection, retired)
            assert not await generation._drop(connection, retired)


MIGRATION = """
    CREATE SCHEMA talkers_1;
    CREATE TABLE talkers_1.talkers (user_id text NOT NULL PRIMARY KEY, messages int NOT NULL);
    INSERT INTO projections (name, position, generation) VALUES ('talkers', 0, 1);
    SELECT copy_shape('talkers_1', 'talkers_0');
    CREATE VIEW talkers AS SELECT * FROM talkers_1.talkers;
"""
ANOTHER_SHAPE = "ALTER TABLE talkers_0.talkers ADD COLUMN letters int NOT NULL DEFAULT 0"


class Talkers(Projector[Recorded]):
    """Who has said how much: how many messages, and in its second shape how many letters, too."""

    def __init__(self, pools: Pools, store: Store, *, shape: int) -> None:
        super().__init__("talkers", pools.projecting, shape=shape)
        self._store = store

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        return await self._store.tail(after, limit)

    async def apply(self, connection: AsyncConnection[Any], schema: str, events: Sequence[Recorded]) -> None:
        for event in (one.event for one in events if isinstance(one.event, MessageSent)):
            names, values, change = "messages", "1", "messages = t.messages + 1"
            if self.shape == 2:
                letters = len(event.body)
                names, values, change = (
                    f"{names}, letters",
                    f"{values}, {letters}",
                    f"{change}, letters = t.letters + {letters}",
                )
            query = f"""INSERT INTO {schema}.talkers AS t (user_id, {names}) VALUES (%s, {values})
                ON CONFLICT (user_id) DO UPDATE SET {change}"""
            await connection.execute(query.encode(), (event.sender_id,))


async def record(store: Store, *events: Event) -> None:
    for event in events:
        await store.append(uuid4(), [Offered(write_stream(event), event)], {})


async def caught_up(projector: Projector[Any]) -> None:
    while await projector.step():
        pass


def serving(url: str) -> Any:
    return ask(url, "SELECT shape, generation, position FROM projections WHERE name = 'talkers' ORDER BY shape")


class TestANewShape:
    @pytest.fixture
    async def old(self, pools: Pools, store: Store, database_url: str) -> Talkers:
        """It has projected two messages when the migration gives the pattern another shape."""
        ask(database_url, MIGRATION)
        await record(store, started("alice", "bob"), said("alice", "Bonjour"), said("bob", "Oui"))
        talkers = Talkers(pools, store, shape=1)
        await caught_up(talkers)
        ask(database_url, ANOTHER_SHAPE)
        return talkers

    @pytest.fixture
    def new(self, pools: Pools, store: Store) -> Talkers:
        return Talkers(pools, store, shape=2)

    async def test_is_built_beside_the_old_one_and_then_both_serve(
        self, old: Talkers, new: Talkers, pools: Pools, store: Store, database_url: str
    ) -> None:
        assert not await new.step(), "there are no rows of its shape yet"
        done = await self.rebuilt(database_url, pools, store)
        assert (done.differences, serving(database_url)) == ([], [(1, 1, 3), (2, 2, 3)])
        await record(store, said("bob", "à demain"))
        await caught_up(old)
        await caught_up(new)
        assert serving(database_url) == [(1, 1, 4), (2, 2, 4)]
        assert shown(database_url, "talkers_1.talkers") == [("alice", 1), ("bob", 2)]
        assert shown(database_url, "talkers") == [("alice", 1, 7), ("bob", 2, 11)]

    async def test_differs_where_it_tells_the_old_columns_otherwise(
        self, old: Talkers, pools: Pools, store: Store, database_url: str
    ) -> None:
        ask(database_url, "UPDATE talkers_1.talkers SET messages = 7 WHERE user_id = 'bob'")
        with pytest.raises(Differs):
            await self.rebuilt(database_url, pools, store)
        assert serving(database_url) == [(1, 1, 3)]

    async def test_is_rebuilt_as_the_old_one_was(
        self, old: Talkers, pools: Pools, store: Store, database_url: str
    ) -> None:
        for generation_number in (2, 3):
            await self.rebuilt(database_url, pools, store)
            assert serving(database_url) == [(1, 1, 3), (2, generation_number, 3)]

    async def test_leaves_behind_what_was_begun_in_the_old_one(
        self, old: Talkers, pools: Pools, store: Store, database_url: str
    ) -> None:
        async with begun(database_url, pools, store, Talkers(pools, store, shape=1)):
            pass
        assert (await self.rebuilt(database_url, pools, store)).generation.number == 3
        assert await swept(database_url) == ["talkers_2"]

    async def test_outlives_the_old_one_once_nobody_moves_that_any_more(
        self, old: Talkers, new: Talkers, pools: Pools, store: Store, database_url: str
    ) -> None:
        await self.rebuilt(database_url, pools, store)
        await record(store, said("alice"))
        await caught_up(new)
        assert await swept(database_url, keep=60) == []
        await caught_up(old)
        assert await swept(database_url) == []
        assert serving(database_url) == [(1, 1, 4), (2, 2, 4)]
        await record(store, said("alice"))
        await caught_up(new)
        assert await swept(database_url) == ["talkers_1"]
        assert serving(database_url) == [(2, 2, 5)]
        assert not await old.step()

    @staticmethod
    async def rebuilt(url: str, pools: Pools, store: Store) -> Rebuilt:
        async with begun(url, pools, store, Talkers(pools, store, shape=2)) as one:
            return await one.run(lambda _: None)
