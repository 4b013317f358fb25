"""The past, folded out of the log, is what the read models held then; and what they hold now, if now is asked for."""

from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.store import Recorded
from projections import conversation_list, explanation, history, past, people, unread_counts
from tests.application.memory_store import MemoryStore
from tests.database import Pools
from tests.projections.chat import GROUP, OTHER, PAIR, Chat, added, at, called, paired, read, removed, said, started
from tests.projections.histories import CONVERSATIONS, PEOPLE, events_of, histories
from tests.projections.test_folding import folded

examples = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
NOBODY = UUID("99999999-9999-4999-8999-999999999999")


def of(log: list[Recorded]) -> MemoryStore:
    """A store that holds a log."""
    store = MemoryStore()
    store.events = log
    return store


@examples
@given(histories, st.data())
async def test_the_past_is_what_a_system_shows_that_was_stopped_there(
    pools: Pools, log: list[Recorded], data: st.DataObject
) -> None:
    upto = data.draw(st.integers(0, len(log)))
    await folded(pools, log[:upto], [])
    store = of(log)
    async with pools.reading.connection() as stopped, stopped.transaction():
        for conversation_id in CONVERSATIONS:
            await _is_alike(store, stopped, conversation_id, upto)
        for user_id in PEOPLE:
            found = await past.of_person(store, user_id, upto)
            listed = [summary for _, summary in await conversation_list.latest(stopped, user_id, 200)]
            assert (found.list_of(user_id) if found else []) == listed
            known = await people.search(stopped, user_id, 1)
            assert (found is not None) == bool(known)


async def _is_alike(store: MemoryStore, stopped: Any, conversation_id: UUID, upto: int) -> None:
    there = await unread_counts.participants(stopped, conversation_id)
    seen = await conversation_list.seen_by(stopped, [(conversation_id, user_id) for user_id in PEOPLE])
    found = await past.of_conversation(store, conversation_id, upto)
    if found is None:
        assert (there, seen) == ([], {})
        return
    assert found.participants(conversation_id) == there
    for user_id in PEOPLE:
        summary = seen.get((conversation_id, user_id))
        assert found.seen_by(conversation_id, user_id) == summary
        told = await explanation.explain(store, conversation_id, user_id, upto)
        assert (told is None) == (summary is None)
        if told and summary:
            assert told | {name: summary[name] for name in ("last_number", "read_number", "unread_count")} == told
            _explains(told)


def _explains(told: dict[str, Any]) -> None:
    """The number follows from what is shown, and from nothing else."""
    numbers = [behind["number"] for behind in told["place"]]
    assert max(numbers) == told["read_number"]
    assert [behind["number"] for behind in told["place"] if behind["decides"]] == [told["read_number"]]
    unread = list(range(told["read_number"] + 1, told["last_number"] + 1))
    assert [event["version"] for event in told["unread"]] == unread
    assert len(unread) == told["unread_count"]


@examples
@given(histories, st.data())
async def test_a_history_is_every_event_of_a_conversation(log: list[Recorded], data: st.DataObject) -> None:
    upto = data.draw(st.integers(0, len(log)))
    store = of(log)
    for conversation_id in CONVERSATIONS:
        there = await history.people_of(store, conversation_id, upto)
        positions = await store.positions(history.streams(conversation_id, there), upto) if there else []
        events = [one.event async for page in history.pages(store, positions) for one in page]
        assert events == events_of(log[:upto], conversation_id)


async def happened(chat: Chat) -> None:
    await chat.is_recorded(
        started("alice", "bob", title="Lunch"),
        called("alice", "Alice"),
        said("alice"),
        said("alice"),
        added("carol"),
        said("carol"),
        read("bob", 1),
        called("alice", "Alice M."),
        removed("bob"),
    )


async def test_a_conversation_is_shown_as_it_was(chat: Chat) -> None:
    await happened(chat)
    found = await past.of_conversation(chat.store, GROUP, 7)
    assert found is not None
    whole = found.whole(GROUP)
    assert (whole["title"], whole["owner_id"], whole["participant_count"], whole["last_number"]) == (
        "Lunch",
        "alice",
        3,
        3,
    )
    assert "read_number" not in whole and "unread_count" not in whole
    assert [(one["name"], one["read_number"], one["joined_at"]) for one in whole["participants"]] == [
        ("Alice", 2, at(1)),
        ("bob", 1, at(1)),
        ("carol", 3, at(5)),
    ]
    later = await past.of_conversation(chat.store, GROUP, 9)
    assert later is not None
    assert [one["name"] for one in later.participants(GROUP)] == ["Alice M.", "carol"]
    assert later.seen_by(GROUP, "bob") is None
    assert later.seen_by(GROUP, "nobody") is None


async def test_before_its_start_there_is_no_conversation(chat: Chat) -> None:
    await chat.is_recorded(called("alice", "Alice"), started("alice", "bob"))
    assert await past.of_conversation(chat.store, GROUP, 1) is None
    assert await past.of_conversation(chat.store, NOBODY, 2) is None
    assert await explanation.explain(chat.store, NOBODY, "alice", 2) is None


async def test_a_list_holds_what_one_took_part_in_then(chat: Chat) -> None:
    await happened(chat)
    await chat.is_recorded(paired(), said("bob", to=PAIR), started("alice", conversation_id=OTHER))
    for upto, expected in ((8, [GROUP]), (9, []), (11, [PAIR])):
        found = await past.of_person(chat.store, "bob", upto)
        assert found is not None
        assert [one["conversation_id"] for one in found.list_of("bob")] == list(map(str, expected))
    found = await past.of_person(chat.store, "bob", 11)
    assert found is not None and found.list_of("bob")[0]["title"] == "Alice M."
    assert await past.of_person(chat.store, "zoe", 11) is None


async def test_who_has_said_what_one_is_called_has_been_heard_of(chat: Chat) -> None:
    await chat.is_recorded(called("zoe", "Zoé"))
    found = await past.of_person(chat.store, "zoe", 1)
    assert found is not None
    assert (found.names, found.list_of("zoe")) == ({"zoe": "Zoé"}, [])


async def test_in_a_list_who_joins_has_read_what_was_said_before(chat: Chat) -> None:
    await chat.is_recorded(
        started("alice", "bob"), said("alice"), said("alice"), added("carol"), said("alice"), removed("carol")
    )
    await chat.is_recorded(said("bob"), added("carol"), said("bob"), said("bob"))
    for upto, unread in ((4, 0), (5, 1), (8, 0), (10, 2)):
        found = await past.of_person(chat.store, "carol", upto)
        assert found is not None
        assert [one["unread_count"] for one in found.list_of("carol")] == [unread]


async def test_whose_word_a_body_repeats_is_not_taken_for_its_sender(chat: Chat) -> None:
    await chat.is_recorded(started("alice", "bob"), said("alice", "bob"), said("alice"), read("bob", 1))
    found = await past.of_person(chat.store, "bob", 4)
    assert found is not None
    assert found.list_of("bob")[0]["unread_count"] == 1


class TestAnExplanation:
    async def test_names_what_moved_the_place_and_what_is_unread(self, chat: Chat) -> None:
        await chat.is_recorded(
            started("alice", "bob"),
            said("alice"),
            said("bob"),
            said("alice"),
            read("bob", 3),
            read("bob", 2),
            said("alice", "Ciao"),
        )
        told = await explanation.explain(chat.store, GROUP, "bob", 7)
        assert told is not None
        assert told["arithmetic"] == "4 - 3 = 1"
        assert [(one["why"], one["number"], one["decides"], one["event"]["position"]) for one in told["place"]] == [
            ("joined", 0, False, 1),
            ("sent", 2, False, 3),
            ("read", 3, True, 5),
        ]
        (unread,) = told["unread"]
        assert (unread["position"], unread["type"], unread["data"]["body"]) == (7, "timeline.message-sent", "Ciao")

    async def test_begins_anew_with_who_comes_back(self, chat: Chat) -> None:
        await chat.is_recorded(
            started("alice", "bob"), said("bob"), removed("bob"), said("alice"), added("bob"), said("alice")
        )
        assert await explanation.explain(chat.store, GROUP, "bob", 4) is None
        told = await explanation.explain(chat.store, GROUP, "bob", 6)
        assert told is not None
        assert told["arithmetic"] == "3 - 2 = 1"
        assert [(one["why"], one["number"]) for one in told["place"]] == [("joined", 2)]


async def test_an_event_is_told_with_all_that_the_log_holds_of_it(chat: Chat) -> None:
    await chat.is_recorded(started("alice", "bob", title="Lunch"))
    (recorded,) = chat.store.events
    assert history.told(recorded) == {
        "position": 1,
        "stream": "conversation",
        "stream_id": str(recorded.stream),
        "version": 1,
        "type": "conversation.started",
        "recorded_at": at(1),
        "actor": "alice",
        "data": {
            "conversation_id": str(GROUP),
            "kind": "group",
            "title": "Lunch",
            "owner_id": "alice",
            "participant_ids": ["alice", "bob"],
        },
    }


async def test_whoever_waits_hears_how_much_has_been_read(chat: Chat) -> None:
    await chat.is_recorded(started("alice"), *(said("alice") for _ in range(history.PAGE)))
    heard: list[tuple[int, int]] = []
    await past.of_conversation(chat.store, GROUP, history.PAGE + 1, lambda *at: heard.append(at))
    assert heard == [(history.PAGE, history.PAGE + 1), (history.PAGE + 1, history.PAGE + 1)]
