"""What pushes remember is what the read models say, however the log is cut, and whoever is ahead."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given

from application.store import Recorded
from domain.audit import AuditorRead, AuditorRefused
from domain.conversation import ConversationStarted
from domain.ledger import LedgerKeyTold
from interfaces.socketio.memory import Memory
from projections import conversation_list
from projections.chat import ChatProjector, Rows
from projections.position import Projected, read_position
from tests.database import Pools
from tests.projections.chat import GROUP, PAIR, Chat, called, paired, read, said, start_afresh, started
from tests.projections.histories import PEOPLE, histories
from tests.projections.test_folding import Log, examples, portions


async def load(memory: Memory, pools: Pools, conversation_ids: Sequence[UUID]) -> None:
    wanted = {conversation_id: frozenset(PEOPLE) for conversation_id in conversation_ids}
    if not memory.knows(wanted, PEOPLE):
        async with pools.reading.connection() as connection, connection.transaction():
            await read_position(connection)
            await memory.load(connection, wanted, PEOPLE)


def known(memory: Memory, conversation_id: UUID) -> dict[str, Any]:
    """What everybody sees of a conversation, where that is remembered."""
    if not memory.knows({conversation_id: frozenset(PEOPLE)}, PEOPLE):
        return {}
    return memory.summaries(conversation_id, PEOPLE)


def told(log: Sequence[Recorded], conversation_id: UUID) -> dict[str, Any]:
    """The same out of the log."""
    rows = Rows().fold(log)
    row, people = rows.conversations[conversation_id], rows.people
    names = {user_id: people[user_id].name or user_id for user_id in people}
    shared = conversation_list.shared(row, names.get(row.last_sender_id or ""))
    places = {user_id: place for (key, user_id), place in rows.places.items() if key == conversation_id}
    return {
        user_id: conversation_list.seen(
            shared,
            next(names[other] for other in places if other != user_id) if row.kind == "direct" else row.title,
            place.read_number,
            max(row.position, place.position),
        )
        for user_id, place in places.items()
        if place.removed_position is None
    }


def unnamed(summary: dict[str, Any]) -> dict[str, Any]:
    """Without what people are called: a name may be ahead of the summaries that it stands in."""
    message = summary["last_message"]
    named = {"title"} if summary["kind"] == "direct" else set()
    return {
        **{key: value for key, value in summary.items() if key not in named},
        "last_message": message and {**message, "sender_name": None},
    }


@examples
@given(histories, portions)
async def test_what_is_remembered_is_what_the_log_says(
    pools: Pools, log: list[Recorded], portions: list[tuple[bool, int]]
) -> None:
    await start_afresh(pools)
    memory, walked, source = Memory(), 0, Log(log)
    projector = ChatProjector(pools.projecting, source, Projected())
    projected = 0
    for ahead, size in [*portions, (False, 1_000)]:
        batch = log[walked : walked + size]
        walked += len(batch)
        source.portion = max(1, walked - projected + 3 * ahead)
        if projected < walked:
            await projector.step()
            projected = min(len(log), projected + source.portion)
        there = [one.event.conversation_id for one in log[:walked] if isinstance(one.event, ConversationStarted)]
        await load(memory, pools, there)
        memory.fold(batch)
        for conversation_id in there:
            right = told(log[:walked], conversation_id)
            for user_id, summary in known(memory, conversation_id).items():
                assert summary["position"] > walked or unnamed(summary) == unnamed(right[user_id])
    await load(memory, pools, there)
    for conversation_id in there:
        assert known(memory, conversation_id) == told(log, conversation_id)


@pytest.fixture
def chat(pools: Pools) -> Chat:
    return Chat(pools)


async def test_what_was_read_from_a_later_snapshot_is_not_folded_twice(chat: Chat, pools: Pools) -> None:
    await chat.happens(started(*PEOPLE), said("alice"), read("bob", 1), said("alice"))
    memory = Memory()
    await load(memory, pools, [GROUP])
    memory.fold(chat.store.events)
    assert known(memory, GROUP) == {}  # its start, too, was walked by now: it is to be read anew
    await load(memory, pools, [GROUP])
    memory.fold(chat.store.events[1:])
    assert known(memory, GROUP)["bob"]["unread_count"] == 1
    assert known(memory, GROUP)["bob"]["last_number"] == 2


async def test_a_name_told_later_is_the_one_that_is_seen(chat: Chat, pools: Pools) -> None:
    await chat.happens(paired(), said("alice", to=PAIR))
    memory = Memory()
    await load(memory, pools, [PAIR])
    await chat.happens(called("alice", "Alice"))
    memory.fold(chat.store.events[2:])
    summary = known(memory, PAIR)["bob"]
    assert (summary["title"], summary["last_message"]["sender_name"]) == ("Alice", "Alice")
    assert memory.name("bob") == "bob"


async def test_what_is_of_no_conversation_passes_by(chat: Chat, pools: Pools) -> None:
    await chat.happens(started("alice", "bob"))
    memory = Memory()
    await load(memory, pools, [GROUP])
    held = known(memory, GROUP)
    await chat.happens(
        LedgerKeyTold(actor=None, public_key="00" * 32),
        AuditorRead(actor="vera", auditor="vera", what="replay", reason="411", position=1, conversation_id=GROUP),
        AuditorRefused(actor="mallory", asked="/api/audit/readings"),
    )
    memory.fold(chat.store.events[1:])
    assert known(memory, GROUP) == held != {}


async def test_it_keeps_no_more_than_it_may(chat: Chat, pools: Pools) -> None:
    await chat.happens(started("alice", "bob"), paired())
    memory = Memory(keep=3)
    await load(memory, pools, [GROUP])
    await load(memory, pools, [PAIR])
    assert known(memory, GROUP) == {}
    assert known(memory, PAIR)


async def test_which_reads_have_moved_a_place(chat: Chat, pools: Pools) -> None:
    await chat.happens(started("alice", "bob"), said("alice"), said("alice"), read("bob", 1), read("bob", 2))
    memory = Memory()
    await load(memory, pools, [GROUP])
    reads = [one for one in chat.store.events if one.position in (4, 5)]
    assert [memory.has_moved(one.event, one.position) for one in reads] == [False, True]
    memory.forget()
    assert known(memory, GROUP) == {}
