"""Who has been heard of, and what they are called."""

import pytest

from projections import people
from tests.projections.chat import Chat, added, called, removed, said, started


async def search(chat: Chat, prefix: str, limit: int = 20) -> list[str]:
    async with chat.reading() as connection:
        return [one["user_id"] for one in await people.search(connection, prefix, limit)]


async def test_everybody_is_called_by_the_user_id_until_a_name_is_told(chat: Chat) -> None:
    await chat.happens(started("alice", "bob"), called("alice", "Alice"), called("zoe", "Zoé"))
    async with chat.reading() as connection:
        assert await people.names(connection, ["alice", "bob", "zoe", "mallory"]) == {"alice": "Alice", "zoe": "Zoé"}
        assert await people.search(connection, "", 20) == [
            {"user_id": "alice", "name": "Alice"},
            {"user_id": "zoe", "name": "Zoé"},
            {"user_id": "bob", "name": "bob"},
        ]


async def test_everybody_has_a_row_who_has_not_been_heard_of_too(chat: Chat) -> None:
    await chat.happens(started("alice", "bob"), called("alice", "Alice"))
    async with chat.reading() as connection:
        rows = await people.everyone(connection, None, ["alice", "bob", "mallory"])
    assert rows == {
        "alice": people.PersonRow("alice", "Alice", 2),
        "bob": people.PersonRow("bob", None, 1),
        "mallory": people.PersonRow("mallory", None, 0),
    }


async def test_the_latest_name_counts_and_joining_does_not_forget_it(chat: Chat) -> None:
    await chat.happens(called("bob", "Bob"), called("bob", "Robert"), started("alice", "bob"), removed("bob"))
    await chat.happens(added("bob"), said("bob"))
    async with chat.reading() as connection:
        assert await people.names(connection, ["bob"]) == {"bob": "Robert"}


class TestSearching:
    async def test_finds_whose_name_or_id_begins_so(self, chat: Chat) -> None:
        await chat.happens(started("alice", "albert", "bob"), called("bob", "Alfred"), called("albert", "Zoe"))
        assert await search(chat, "al") == ["bob", "albert", "alice"]
        assert await search(chat, "alb") == ["albert"]
        assert await search(chat, "z") == ["albert"]
        assert await search(chat, "lice") == []

    @pytest.mark.parametrize("prefix", ["élo", "ÉLO", "Élo"])
    async def test_is_in_whatever_case(self, chat: Chat, prefix: str) -> None:
        await chat.happens(called("Auth0|AB", "Élodie"))
        assert await search(chat, prefix) == ["Auth0|AB"]
        assert await search(chat, "auth0|ab") == await search(chat, "AUTH") == ["Auth0|AB"]

    async def test_takes_every_character_for_itself(self, chat: Chat) -> None:
        await chat.happens(started("a%b", "a_b", "a\\b", "axb", "a\\%b", "ab"))
        assert await search(chat, "a%") == ["a%b"]
        assert await search(chat, "a_") == ["a_b"]
        assert sorted(await search(chat, "a\\")) == ["a\\%b", "a\\b"]
        assert await search(chat, "a\\%") == ["a\\%b"]
        assert await search(chat, "%") == await search(chat, "_") == []

    async def test_has_a_limit(self, chat: Chat) -> None:
        await chat.happens(started(*(f"user{n}" for n in range(9))))
        assert await search(chat, "user", limit=3) == ["user0", "user1", "user2"]

    async def test_of_a_prefix_needs_no_look_at_everybody(self, chat: Chat) -> None:
        async with chat.pools.projecting.connection() as connection:
            await connection.execute(
                """INSERT INTO people SELECT 'user' || n, 'Name ' || n, n FROM generate_series(1, 20000) n"""
            )
            await connection.execute("ANALYZE chat_1.people")
            query = """EXPLAIN SELECT user_id FROM people
                WHERE lower(user_id) LIKE lower(%(pattern)s) OR lower(name) LIKE lower(%(pattern)s)"""
            plan = await (await connection.execute(query, {"pattern": "User777%"})).fetchall()
        assert "Seq Scan" not in str(plan)
        assert await search(chat, "User7771") == ["user7771"]
