"""What each participant sees of a conversation, in the list of conversations."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from application.store import Recorded
from domain.base import Event
from projections import conversation_list, people
from projections.conversation_list import Summary, as_started
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
    renamed,
    said,
    started,
)

LONG_AGO = datetime(2019, 5, 4, 12, 30, tzinfo=timezone(timedelta(hours=2)))


class TestASummary:
    async def test_of_a_group_that_has_just_started(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob", title="Team"))
        assert await chat.seen_by("bob") == {
            "conversation_id": str(GROUP),
            "kind": "group",
            "title": "Team",
            "participant_count": 2,
            "last_number": 0,
            "last_message": None,
            "read_number": 0,
            "unread_count": 0,
            "created_at": at(1),
            "updated_at": at(1),
            "position": 1,
        }

    async def test_after_a_message(self, chat: Chat) -> None:
        message = said("alice", "Bonjour")
        await chat.happens(called("alice", "Alice"), started("alice", "bob"), message)
        seen = await chat.seen_by("bob")
        assert seen["last_message"] == {
            "message_id": str(message.message_id),
            "number": 1,
            "sender_id": "alice",
            "sender_name": "Alice",
            "preview": "Bonjour",
            "sent_at": at(3),
        }
        assert (seen["last_number"], seen["read_number"], seen["unread_count"]) == (1, 0, 1)
        assert (seen["created_at"], seen["updated_at"], seen["position"]) == (at(2), at(3), 3)

    async def test_is_ones_own(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob", "carol"), said("alice"), said("alice"), read("bob", 1))
        unread = [(await chat.seen_by(user_id))["unread_count"] for user_id in ("alice", "bob", "carol")]
        assert unread == [0, 1, 2]

    async def test_is_for_participants_alone(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), removed("bob"))
        assert await chat.seen_by("bob") is None
        assert await chat.seen_by("mallory") is None
        assert await chat.seen_by("alice", OTHER) is None

    async def test_counts_who_takes_part(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), added("carol", "dave"), removed("bob"))
        assert (await chat.seen_by("alice"))["participant_count"] == 3

    async def test_has_times_by_the_file_that_was_imported(self, chat: Chat) -> None:
        start = started("alice", actor=None, started_at=LONG_AGO)
        await chat.happens(start)
        seen = await chat.seen_by("alice")
        assert (seen["created_at"], seen["updated_at"]) == ("2019-05-04T10:30:00.000Z",) * 2
        await chat.happens(added("bob", actor=None, joined_at=LONG_AGO + timedelta(minutes=1)))
        assert (await chat.seen_by("alice"))["updated_at"] == "2019-05-04T10:31:00.000Z"
        await chat.happens(said("bob", actor=None, sent_at=LONG_AGO + timedelta(minutes=2)))
        seen = await chat.seen_by("alice")
        assert seen["updated_at"] == seen["last_message"]["sent_at"] == "2019-05-04T10:32:00.000Z"


class TestTheTitle:
    async def test_of_a_group_without_one_is_null(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"))
        assert (await chat.seen_by("alice"))["title"] is None

    async def test_of_a_group_is_its_latest(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob", title="Team"), renamed("Crew"))
        assert (await chat.seen_by("bob"))["title"] == "Crew"

    async def test_of_a_direct_conversation_is_the_other_ones_name(self, chat: Chat) -> None:
        await chat.happens(paired("alice", "bob"), called("bob", "Bob"))
        assert (await chat.seen_by("alice", PAIR))["title"] == "Bob"
        assert (await chat.seen_by("bob", PAIR))["title"] == "alice"

    async def test_follows_the_name_and_that_is_no_change_of_the_summary(self, chat: Chat) -> None:
        await chat.happens(paired("alice", "bob"), said("bob", to=PAIR), called("bob", "Bob"), called("bob", "Robert"))
        seen = await chat.seen_by("alice", PAIR)
        assert (seen["title"], seen["last_message"]["sender_name"], seen["position"]) == ("Robert", "Robert", 2)


@pytest.mark.parametrize(
    ("body", "preview"),
    [
        ("  a\r\n\tb \u00a0\u3000 c\n", "a b c"),
        ("x" * 140, "x" * 140),
        ("x" * 141, "x" * 140),
        ("👍🏽" * 100, "👍🏽" * 70),
        (" " + "x" * 139 + "\n\n" + "y" * 9, "x" * 139 + " "),
        ("\u200b", "\u200b"),
    ],
)
def test_a_preview_is_one_line_of_140_characters(body: str, preview: str) -> None:
    row = conversation_list.evolve(None, recorded(started("alice", "bob")))
    assert conversation_list.evolve(row, recorded(said("alice", body))).last_preview == preview


class TestTheTimeOfTheLastUpdate:
    @pytest.mark.parametrize("event", [renamed("Crew"), added("carol"), removed("bob")])
    async def test_is_that_of_the_last_change_while_there_is_no_message(self, chat: Chat, event: Any) -> None:
        await chat.happens(started("alice", "bob"), event)
        assert (await chat.seen_by("alice"))["updated_at"] == at(2)

    @pytest.mark.parametrize("event", [renamed("Crew"), added("carol"), removed("bob"), read("bob", 1)])
    async def test_is_that_of_the_last_message_from_then_on(self, chat: Chat, event: Any) -> None:
        await chat.happens(started("alice", "bob"), said("alice"), event)
        assert (await chat.seen_by("alice"))["updated_at"] == at(2)

    async def test_is_not_changed_by_reads_names_or_a_new_owner(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), owned_by("bob"), called("alice", "Alice"))
        assert (await chat.seen_by("alice"))["updated_at"] == at(1)


class TestThePosition:
    @pytest.mark.parametrize("event", [said("bob"), renamed("Crew"), added("carol"), removed("dave")])
    async def test_is_that_of_the_last_event_that_changed_it_for_all(self, chat: Chat, event: Any) -> None:
        await chat.happens(started("alice", "bob", "dave"), event)
        assert await chat.positions("alice", "bob") == [2, 2]

    async def test_is_that_of_ones_own_read_too_but_not_of_others(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob", "carol"), said("alice"), read("bob", 1))
        assert await chat.positions("alice", "bob", "carol") == [2, 3, 2]

    async def test_is_not_that_of_a_read_that_moved_nothing(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), said("alice"), said("alice"), read("bob", 2))
        await chat.happens(read("bob", 1), read("bob", 2), read("alice", 2))
        assert await chat.positions("alice", "bob") == [3, 4]

    async def test_is_not_that_of_a_new_owner(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob", "carol"), owned_by("bob"))
        assert await chat.positions("alice", "bob") == [1, 1]

    async def test_is_never_that_of_a_later_event_of_the_same_batch(self, chat: Chat) -> None:
        await chat.is_recorded(started("alice", "bob"), said("alice"), started("alice", "bob", conversation_id=OTHER))
        await chat.happens()
        assert await chat.positions("alice", "bob") == [2, 2]


class TestWhoComesAndGoes:
    async def test_is_added_with_none_unread(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), said("alice"), said("alice"), added("carol"))
        seen = await chat.seen_by("carol")
        assert (seen["last_number"], seen["read_number"], seen["unread_count"], seen["position"]) == (2, 2, 0, 4)

    async def test_is_added_again_as_if_for_the_first_time(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), said("alice"), removed("bob"), said("alice"), added("bob"))
        seen = await chat.seen_by("bob")
        assert (seen["participant_count"], seen["read_number"], seen["unread_count"]) == (2, 2, 0)


class TestTheList:
    async def ids(self, chat: Chat, user_id: str, limit: int) -> list[list[str]]:
        """The pages of somebody's list."""
        pages: list[list[str]] = []
        before = None
        while True:
            async with chat.reading() as connection:
                page = await conversation_list.latest(connection, user_id, limit, before)
            if not page:
                return pages
            pages.append([summary["conversation_id"] for _, summary in page])
            before = page[-1][0]

    async def test_is_by_time_of_update_descending(self, chat: Chat) -> None:
        await chat.happens(
            started("alice", "bob"),
            paired("alice", "bob"),
            started("alice", "bob", conversation_id=OTHER),
            said("alice"),
        )
        assert await self.ids(chat, "bob", 10) == [[str(GROUP), str(OTHER), str(PAIR)]]

    async def test_is_by_id_descending_where_times_are_equal(self, chat: Chat) -> None:
        ids = [UUID(int=n << 64 | 4 << 76 | 2 << 62) for n in range(5)]
        await chat.happens(*(started("alice", actor=None, conversation_id=one, started_at=LONG_AGO) for one in ids))
        pages = await self.ids(chat, "alice", 2)
        assert pages == [[str(ids[4]), str(ids[3])], [str(ids[2]), str(ids[1])], [str(ids[0])]]

    async def test_holds_ones_own_conversations_alone(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), started("bob", "carol", conversation_id=OTHER), removed("bob"))
        assert await self.ids(chat, "alice", 10) == [[str(GROUP)]]
        assert await self.ids(chat, "bob", 10) == [[str(OTHER)]]
        assert await self.ids(chat, "mallory", 10) == []


class TestWhatChanged:
    async def changed(
        self, chat: Chat, user_id: str, since: int, limit: int = 200
    ) -> tuple[list[tuple[str, int]], list[tuple[int, str]]]:
        async with chat.reading() as connection:
            (summaries,) = await conversation_list.changed(connection, [(user_id, since)], limit)
            (removals,) = await conversation_list.removals(connection, [(user_id, since)], limit)
        return [(one["conversation_id"], one["position"]) for one in summaries], removals

    async def test_is_by_position_ascending(self, chat: Chat) -> None:
        await chat.happens(
            started("alice", "bob"), paired("alice", "bob"), said("alice"), said("bob", to=PAIR), read("bob", 1)
        )
        assert await self.changed(chat, "bob", 0) == ([(str(PAIR), 4), (str(GROUP), 5)], [])
        assert await self.changed(chat, "alice", 0) == ([(str(GROUP), 3), (str(PAIR), 4)], [])

    async def test_is_after_a_position_up_to_a_limit(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), paired("alice", "bob"), said("alice"))
        assert await self.changed(chat, "bob", 2) == ([(str(GROUP), 3)], [])
        assert await self.changed(chat, "bob", 3) == ([], [])
        assert await self.changed(chat, "bob", 0, limit=1) == ([(str(PAIR), 2)], [])

    async def test_tells_of_removals_by_their_positions(self, chat: Chat) -> None:
        other = started("alice", "bob", conversation_id=OTHER)
        await chat.happens(started("alice", "bob"), other, removed("bob", of=OTHER), said("alice"), removed("bob"))
        assert await self.changed(chat, "bob", 0) == ([], [(3, str(OTHER)), (5, str(GROUP))])
        assert await self.changed(chat, "bob", 3) == ([], [(5, str(GROUP))])
        assert await self.changed(chat, "bob", 0, limit=1) == ([], [(3, str(OTHER))])
        assert await self.changed(chat, "mallory", 0) == ([], [])

    async def test_is_told_to_many_at_once_each_their_own(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), paired("alice", "bob"), removed("bob"))
        asked = [("mallory", 0), ("alice", 2), ("bob", 0), ("alice", 0), ("bob", 3)]
        async with chat.reading() as connection:
            summaries = await conversation_list.changed(connection, asked, 200)
            removals = await conversation_list.removals(connection, asked, 200)
        assert [[one["position"] for one in each] for each in summaries] == [[], [3], [2], [2, 3], []]
        assert [[position for position, _ in each] for each in removals] == [[], [], [3], [], []]

    async def test_of_who_was_added_again_is_no_removal(self, chat: Chat) -> None:
        await chat.happens(started("alice", "bob"), removed("bob"), added("bob"))
        assert await self.changed(chat, "bob", 0) == ([(str(GROUP), 3)], [])
        await chat.happens(removed("bob"))
        assert await self.changed(chat, "bob", 3) == ([], [(4, str(GROUP))])

    async def test_of_names_is_no_change(self, chat: Chat) -> None:
        await chat.happens(paired("alice", "bob"), called("bob", "Bob"))
        assert await self.changed(chat, "alice", 1) == ([], [])


async def test_some_people_see_some_conversations(chat: Chat) -> None:
    await chat.happens(started("alice", "bob"), started("bob", "carol", conversation_id=OTHER))
    keys = [(GROUP, "alice"), (OTHER, "bob"), (OTHER, "alice")]
    async with chat.reading() as connection:
        seen = await conversation_list.seen_by(connection, keys)
        assert await conversation_list.seen_by(connection, []) == {}
    assert seen.keys() == {(GROUP, "alice"), (OTHER, "bob")}
    assert seen[OTHER, "bob"] == await chat.seen_by("bob", OTHER)


async def test_owners_are_known_by_conversation(chat: Chat) -> None:
    await chat.happens(started("alice", "bob"), started("bob", "carol", conversation_id=OTHER), owned_by("bob"))
    async with chat.reading() as connection:
        assert await conversation_list.owners(connection, [GROUP, PAIR]) == {GROUP: "bob"}
        assert await conversation_list.owners(connection, [GROUP, OTHER]) == {GROUP: "bob", OTHER: "bob"}


async def test_a_group_can_be_told_as_it_started(chat: Chat) -> None:
    await chat.happens(called("bob", "Bob"), started("alice", "bob", title="Team"))
    first = await chat.seen_by("alice")
    await chat.happens(said("bob"), renamed("Crew"), removed("alice"))
    async with chat.reading() as connection:
        names = await people.names(connection, ["alice", "bob"])
    assert as_started(chat.store.events[1], names) == {**first, "participants": as_they_started("alice", "bob")}


def as_they_started(owner_id: str, other_id: str) -> Sequence[Summary]:
    return [
        {"user_id": owner_id, "name": owner_id, "role": "owner", "read_number": 0, "joined_at": at(2)},
        {"user_id": other_id, "name": "Bob", "role": "member", "read_number": 0, "joined_at": at(2)},
    ]


def test_an_event_that_touches_no_conversation_is_not_folded() -> None:
    row = conversation_list.evolve(None, recorded(started("alice", "bob")))
    with pytest.raises(TypeError, match="NameTold"):
        conversation_list.evolve(row, recorded(called("alice", "Alice")))


def recorded(event: Event) -> Recorded:
    return Recorded(1, GROUP, 1, START, event)


async def test_who_direct_conversations_are_between(chat: Chat) -> None:
    await chat.happens(started("alice", "bob"), paired())
    async with chat.reading() as connection:
        pairs = await conversation_list.pairs(connection, [GROUP, PAIR, OTHER])
    assert {key: set(pair) for key, pair in pairs.items()} == {PAIR: {"alice", "bob"}}


async def test_what_people_take_part_in(chat: Chat) -> None:
    await chat.happens(started("alice", "bob"), paired(), removed("bob"))
    async with chat.reading() as connection:
        found = await conversation_list.of_users(connection, ["alice", "bob", "carol"])
    assert {user_id: set(ids) for user_id, ids in found.items()} == {
        "alice": {GROUP, PAIR},
        "bob": {PAIR},
        "carol": set(),
    }
