"""Pages of messages, as the protocol has them."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from domain.base import Source
from projections import messages
from projections.rows import rfc3339
from tests.projections.chat import GROUP, OTHER, Chat, at, called, read, said, started


async def page(chat: Chat, limit: int = 3, **wanted: Any) -> list[messages.Message]:
    async with chat.projected.snapshot(chat.pools.reading) as (connection, position):
        wanted = {"upto": position} | wanted
        return await messages.page(chat.store, connection, GROUP, limit, **wanted)


async def test_a_message_is_told_in_the_words_of_the_protocol(chat: Chat) -> None:
    sent = said("alice", " Bonjour\n")
    await chat.happens(called("alice", "Alice"), started("alice", "bob"), sent)
    assert await page(chat) == [
        {
            "message_id": str(sent.message_id),
            "conversation_id": str(GROUP),
            "number": 1,
            "sender_id": "alice",
            "sender_name": "Alice",
            "body": " Bonjour\n",
            "sent_at": at(3),
            "position": 3,
        }
    ]


async def test_an_imported_message_was_sent_when_the_file_says_so(chat: Chat) -> None:
    sent_at = datetime(2019, 5, 4, 12, 30, 0, 5_999, tzinfo=timezone(timedelta(hours=2)))
    source = Source(conversation="room", message="7")
    await chat.happens(started("alice", "bob"), said("bob", actor=None, sent_at=sent_at, source=source))
    [message] = await page(chat)
    assert (message["sent_at"], message["sender_name"]) == ("2019-05-04T10:30:00.005Z", "bob")
    assert "source" not in message


PAGES: list[tuple[dict[str, int], list[int]]] = [
    ({}, [7, 8, 9]),
    ({"after": 0}, [1, 2, 3]),
    ({"after": 6}, [7, 8, 9]),
    ({"after": 8}, [9]),
    ({"after": 9}, []),
    ({"before": 10}, [7, 8, 9]),
    ({"before": 5}, [2, 3, 4]),
    ({"before": 2}, [1]),
    ({"before": 1}, []),
    ({"before": 0}, []),
    ({"since": 0}, [1, 2, 3]),
    ({"since": 12}, [6, 7, 8]),
    ({"since": 13}, [7, 8, 9]),
    ({"since": 19}, []),
    ({"upto": 7}, [1, 2, 3]),
    ({"upto": 7, "after": 1}, [2, 3]),
    ({"upto": 7, "before": 9}, [1, 2, 3]),
    ({"upto": 7, "since": 3}, [2, 3]),
]
"""What is asked for of nine messages, of which number n is at position 2 n + 1; and the numbers on the page."""


async def test_a_page_is_before_or_after_a_number_or_since_a_position_and_never_beyond_the_chats(chat: Chat) -> None:
    await chat.is_recorded(started("alice", "bob"), started("alice", "bob", conversation_id=OTHER))
    for _ in range(9):
        await chat.is_recorded(said("alice"), said("bob", to=OTHER))
    await chat.happens()
    pages = [(wanted, await page(chat, **wanted)) for wanted, _ in PAGES]
    assert [(wanted, [one["number"] for one in found]) for wanted, found in pages] == PAGES
    assert all(one["position"] == 2 * one["number"] + 1 for _, found in pages for one in found)


async def test_what_is_not_projected_yet_is_not_shown(chat: Chat) -> None:
    await chat.happens(started("alice", "bob"), said("alice"))
    await chat.is_recorded(said("alice"), read("bob", 2))
    assert [one["number"] for one in await page(chat)] == [1]


async def test_a_conversation_without_messages_has_an_empty_page(chat: Chat) -> None:
    await chat.happens(started("alice", "bob"))
    assert await page(chat) == []


def test_times_are_utc_with_milliseconds_that_are_cut() -> None:
    assert rfc3339(datetime(2026, 11, 23, 9, 0, 0, 123_999, tzinfo=UTC)) == "2026-11-23T09:00:00.123Z"
    assert rfc3339(datetime(999, 1, 1, tzinfo=UTC)) == "0999-01-01T00:00:00.000Z"
    assert rfc3339(datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=14)))) == "2025-12-31T10:00:00.000Z"
