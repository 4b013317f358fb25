"""Conversations found by a word."""

from uuid import UUID

from projections import search
from tests.projections.chat import GROUP, OTHER, PAIR, Chat, added, at, called, paired, removed, said, started


async def found(chat: Chat, query: str, limit: int = 9) -> list[UUID]:
    async with chat.reading() as connection:
        return [UUID(one["conversation_id"]) for one in await search.conversations(connection, query, limit)]


async def happened(chat: Chat) -> None:
    await chat.happens(
        started("alice", "bob", title="Déjeuner 100%"),
        paired(),
        started("carol", "dave", conversation_id=OTHER),
        called("dave", "Dave O'Neill"),
    )


async def test_by_a_part_of_the_title_in_whatever_case(chat: Chat) -> None:
    await happened(chat)
    assert await found(chat, "DÉJEUNER".lower()) == await found(chat, "0%") == [GROUP]
    assert await found(chat, "JEUNER") == [GROUP]
    assert await found(chat, "_") == await found(chat, "\\") == []


async def test_by_its_id(chat: Chat) -> None:
    await happened(chat)
    assert await found(chat, str(PAIR).upper()) == [PAIR]
    assert await found(chat, str(PAIR)[:-1]) == []


async def test_by_who_takes_or_took_part_the_last_changed_first(chat: Chat) -> None:
    await happened(chat)
    assert await found(chat, "alice") == [PAIR, GROUP]
    assert await found(chat, "o'n") == await found(chat, "AVE") == [OTHER]
    await chat.happens(said("bob"), removed("bob"))
    assert await found(chat, "bob") == [GROUP, PAIR]
    assert await found(chat, "bob", 1) == [GROUP]


async def test_without_a_word_they_are_all(chat: Chat) -> None:
    await happened(chat)
    assert await found(chat, "") == [OTHER, PAIR, GROUP]


async def test_who_fits_is_told_first_and_not_more_than_five(chat: Chat) -> None:
    await chat.happens(started("alice", "bob", title="Lunch"), added("c", "d", "e", "f", "g"), called("g", "Gustav"))
    async with chat.reading() as connection:
        (one,) = await search.conversations(connection, "gust", 9)
    assert [person["user_id"] for person in one["people"]] == ["g", "alice", "bob", "c", "d"]
    assert one["people"][0]["name"] == "Gustav"
    assert (one["title"], one["kind"], one["participant_count"], one["last_number"]) == ("Lunch", "group", 7, 0)
    assert (one["created_at"], one["updated_at"]) == (at(1), at(2))
