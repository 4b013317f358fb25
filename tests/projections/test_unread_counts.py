"""How far each participant has read, and who takes part."""

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from application.store import Recorded
from domain.reading import Place
from projections import unread_counts
from tests.projections.chat import (
    GROUP,
    OTHER,
    PAIR,
    START,
    Chat,
    added,
    at,
    called,
    owned_by,
    paired,
    read,
    removed,
    said,
    started,
)

LONG_AGO = datetime(2019, 5, 4, 12, 30, tzinfo=timezone(timedelta(hours=2)))


async def place(chat: Chat, user_id: str, conversation_id: UUID = GROUP) -> Place:
    async with chat.reading() as connection:
        return (await unread_counts.places(connection, [(conversation_id, user_id)]))[conversation_id, user_id]


async def unread(chat: Chat, user_id: str) -> dict[str, int]:
    async with chat.reading() as connection:
        return await unread_counts.unread(connection, user_id)


async def participants(chat: Chat, among: list[str] | None = None) -> list[dict[str, Any]]:
    async with chat.reading() as connection:
        return await unread_counts.participants(connection, GROUP, among)


class TestAPlace:
    async def test_moves_with_what_one_has_read(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), said("alice"), said("alice"), said("alice"), read("bob", 2))
        assert await place(chat, "bob") == Place(read_number=2, last_number=3)

    async def test_only_moves_forward(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), said("alice"), said("alice"), read("bob", 2), read("bob", 1))
        assert await place(chat, "bob") == Place(2, 2)

    async def test_moves_to_ones_own_message(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), said("alice"), said("bob"), said("alice"))
        assert await place(chat, "bob") == Place(2, 3)

    async def test_of_who_is_added_is_the_last_number(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), said("alice"), added("carol"), said("bob"))
        assert await place(chat, "carol") == Place(1, 2)

    async def test_of_who_is_added_again_is_the_last_number(self, chat: Chat) -> None:
        await chat.happens(
            started("alice", "bob"), said("alice"), read("bob", 1), removed("bob"), said("alice"), added("bob")
        )
        assert await place(chat, "bob") == Place(2, 2)

    async def test_of_who_takes_no_part_is_none(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), said("alice"), read("bob", 1), removed("bob"))
        assert await place(chat, "bob") == await place(chat, "mallory") == await place(chat, "bob", OTHER) == Place()


async def test_places_are_told_for_many_at_once_each_their_own(chat: Chat) -> None:
    await chat.happens(started("alice", "bob"), said("alice"), said("alice"), read("bob", 1))
    keys = [(GROUP, "bob"), (OTHER, "bob"), (GROUP, "mallory"), (GROUP, "alice")]
    async with chat.reading() as connection:
        found = await unread_counts.places(connection, keys)
    assert found == dict(zip(keys, [Place(1, 2), Place(), Place(), Place(2, 2)], strict=True))


async def test_the_unread_are_counted_where_there_are_any(chat: Chat) -> None:
    await chat.happens(
        started("alice", "bob"),
        started("alice", "bob", conversation_id=OTHER),
        paired("alice", "bob"),
        said("alice"),
        said("alice"),
        said("bob", to=OTHER),
        said("alice", to=PAIR),
    )
    assert await unread(chat, "bob") == {str(GROUP): 2, str(PAIR): 1}
    assert await unread(chat, "alice") == {str(OTHER): 1}
    await chat.happens(read("bob", 1), removed("bob", of=OTHER), read("bob", 1, of=PAIR))
    assert await unread(chat, "bob") == {str(GROUP): 1}
    await chat.happens(removed("bob"))
    assert await unread(chat, "bob") == await unread(chat, "mallory") == {}


class TestParticipants:
    async def test_are_told_in_the_order_they_joined(self, chat: Chat) -> None:
        await chat.happens(started("zoe", "bob", "yan"), added("carol", "abe"), removed("bob"), added("bob"))
        assert [one["user_id"] for one in await participants(chat)] == ["zoe", "yan", "carol", "abe", "bob"]

    async def test_have_names_roles_places_and_dates(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), called("bob", "Bob"), said("alice"), said("alice"), read("bob", 1))
        assert await participants(chat) == [
            {"user_id": "alice", "name": "alice", "role": "owner", "read_number": 2, "joined_at": at(1)},
            {"user_id": "bob", "name": "Bob", "role": "member", "read_number": 1, "joined_at": at(1)},
        ]

    async def test_joined_when_the_file_says_so(self, chat: Chat) -> None:
        start = started("alice", actor=None, started_at=LONG_AGO)
        await chat.happens(start, added("bob", actor=None, joined_at=LONG_AGO + timedelta(days=1)))
        joined = [one["joined_at"] for one in await participants(chat)]
        assert joined == ["2019-05-04T10:30:00.000Z", "2019-05-05T10:30:00.000Z"]

    async def test_have_one_owner(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob", "carol"), owned_by("bob"), removed("alice"), added("alice"))
        roles = {one["user_id"]: one["role"] for one in await participants(chat)}
        assert roles == {"alice": "member", "bob": "owner", "carol": "member"}

    async def test_can_be_narrowed_to_some(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob", "carol"), removed("carol"))
        among = await participants(chat, ["carol", "mallory", "bob"])
        assert [one["user_id"] for one in among] == ["bob"]
        assert await participants(chat, []) == []


async def test_reads_that_moved_a_place_are_told_from_those_that_did_not(chat: Chat) -> None:
    await chat.happens(started("alice", "bob", "carol"), said("alice"), said("alice"))
    await chat.happens(read("bob", 1), read("bob", 2), read("bob", 1), read("carol", 1), read("alice", 2))
    async with chat.reading() as connection:
        keys = [(GROUP, "bob"), (GROUP, "carol"), (GROUP, "alice"), (GROUP, "mallory")]
        assert await unread_counts.moved(connection, [4, 5, 6, 7, 8], keys) == {5, 7}
        assert await unread_counts.moved(connection, [4, 6, 8], keys) == set()
        assert await unread_counts.moved(connection, [5, 7], keys[:1]) == {5}
        assert await unread_counts.moved(connection, [], []) == set()


def test_an_event_that_touches_no_place_is_not_folded() -> None:
    def recorded(event: Any) -> Recorded:
        return Recorded(1, GROUP, 1, START, event)

    row = unread_counts.evolve(None, recorded(started("alice", "bob")), (GROUP, "bob"), 0)
    with pytest.raises(TypeError, match="NameTold"):
        unread_counts.evolve(row, recorded(called("bob", "Bob")), (GROUP, "bob"), 0)
