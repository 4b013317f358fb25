"""The pusher on a real log, a step at a time, with outlets that record."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from structlog.testing import capture_logs

from application.chat import write_stream
from application.store import Offered, Recorded
from domain.base import Event
from domain.conversation import ConversationStarted, ParticipantRemoved, ParticipantsAdded
from domain.timeline import MessageSent
from interfaces.chat import Chat, chat
from interfaces.settings import Settings
from interfaces.socketio.audience import Audience, Receiver
from interfaces.socketio.frames import Frame
from interfaces.socketio.lookup import Lookup
from interfaces.socketio.push import Pusher
from interfaces.socketio.walk import Facts
from tests.absence import allow_connections, end_sessions
from tests.faults.processes import until
from tests.interfaces.rounds import Rounds, counted
from tests.interfaces.socketio.test_audience import Recording
from tests.serving import serving

GROUP = uuid4()


@pytest.fixture
async def whole(database_url: str) -> AsyncIterator[Chat]:
    async with chat(Settings(poll=0.1), database_url) as running:
        await running.projected.look(running.pool)  # where the rows are, which it would learn of a little later
        yield running


def pusher(whole: Chat, dropped: list[Receiver] | None = None, **limits: int) -> Pusher:
    chosen = {"max_unsent": 1 << 20, "max_batch": 1 << 18} | limits
    drop = (dropped if dropped is not None else []).append
    return Pusher(whole.store, whole.pool, whole.projected, Audience(), drop, poll=0.1, patience=2, **chosen)


async def recorded(whole: Chat, *events: Event) -> int:
    """Appends events and waits until they are projected; the last position."""
    appended = await whole.store.append(uuid4(), [Offered(write_stream(event), event) for event in events], {})
    whole.projector.wake()
    last = max(one.position for one in appended.recorded if one)
    async with whole.projected.snapshot(whole.pool, last):
        return last


async def here(pushing: Pusher, user_id: str, *rooms: Any) -> tuple[Receiver, Recording]:
    outlet = Recording()
    receiver = Receiver(user_id, outlet)
    learning = pushing.learn(user_id)
    await learning.end()
    pushing.audience.add(receiver, learning)
    for room in rooms:
        pushing.audience.hold(receiver, room)
        pushing.audience.release(receiver, pushing.walked, watch=True)
    return receiver, outlet


def started(*people: str) -> ConversationStarted:
    return ConversationStarted(
        actor=people[0],
        conversation_id=GROUP,
        kind="group",
        title="Lectures",
        owner_id=people[0],
        participant_ids=list(people),
    )


def message(sender_id: str, body: str = "Bonjour") -> MessageSent:
    return MessageSent(actor=sender_id, conversation_id=GROUP, message_id=uuid4(), sender_id=sender_id, body=body)


def told(outlet: Recording) -> list[tuple[str, int]]:
    """What went out: names and positions."""
    events = [json.loads(text[2:]) for text in outlet.frames]
    return [(name, (push.get("conversation") or push.get("message") or push)["position"]) for name, push in events]


async def test_a_batch_that_ends_before_the_snapshot_leaves_newer_summaries_to_theirs(whole: Chat) -> None:
    pushing = pusher(whole, max_batch=1)
    _, outlet = await here(pushing, "bob", GROUP)
    await recorded(whole, started("alice", "bob"), message("alice"), message("alice"))
    while await pushing.step():
        pass
    # One event a batch, and every summary read is of position 3: it goes out with the third, and as new.
    assert told(outlet) == [("new_message", 2), ("new_message", 3), ("new_conversation", 3)]
    assert len(outlet.writes) == 2


async def test_all_of_a_batch_for_one_socket_is_one_write(whole: Chat) -> None:
    pushing = pusher(whole)
    _, outlet = await here(pushing, "bob", GROUP)
    await recorded(whole, started("alice", "bob"), *(message("alice") for _ in range(20)))
    await pushing.step()
    assert len(outlet.writes) == 1
    assert told(outlet) == [*(("new_message", n) for n in range(2, 22)), ("new_conversation", 21)]


class Interrupted(Lookup):
    """Bob comes in the middle of the first batch."""

    bob: Recording | None = None

    def __init__(self, whole: Chat, pushing: Pusher) -> None:
        super().__init__(whole.pool, pushing.audience)
        self._pushing = pushing

    async def facts(self, events: Sequence[Recorded]) -> Facts:
        facts = await super().facts(events)
        if self.bob is None:
            _, self.bob = await here(self._pushing, "bob")
        return facts


async def test_who_comes_while_a_conversation_starts_has_it_by_sync_and_is_told_of_what_follows(whole: Chat) -> None:
    pushing = pusher(whole)
    pushing._lookup = interrupted = Interrupted(whole, pushing)
    await here(pushing, "alice")
    await recorded(whole, started("alice", "bob"))
    await pushing.step()
    await recorded(whole, message("alice"))
    await pushing.step()
    assert interrupted.bob
    assert told(interrupted.bob) == [("conversation_updated", 2)]


async def test_who_is_about_to_come_takes_from_nobody_what_is_remembered(whole: Chat) -> None:
    pushing = pusher(whole)
    await recorded(whole, started("alice", "bob"))
    await pushing.step()
    _, bob = await here(pushing, "bob", GROUP)
    await recorded(whole, message("alice"))
    await pushing.step()
    pushing.audience.learn("carol")
    position = await recorded(whole, message("alice"))
    async with AsyncExitStack() as stack:
        for _ in range(whole.pool.max_size):
            await stack.enter_async_context(whole.pool.connection())
        await asyncio.wait_for(pushing.step(), 2)  # without a connection
    assert told(bob)[-2:] == [("new_message", position), ("conversation_updated", position)]


async def test_who_is_about_to_come_where_nobody_is_learns_of_where_it_was_added_meanwhile(whole: Chat) -> None:
    pushing = pusher(whole)
    await recorded(whole, started("alice"))
    learning = pushing.learn("bob")
    await learning.end()
    added = ParticipantsAdded(actor="alice", conversation_id=GROUP, user_ids=["bob"])
    await recorded(whole, added)
    await pushing.step()
    bob = Recording()
    pushing.audience.add(Receiver("bob", bob), learning)
    position = await recorded(whole, message("alice"))
    await pushing.step()
    assert told(bob) == [("conversation_updated", position)]


async def test_who_is_removed_gets_what_came_before_and_nothing_after(whole: Chat) -> None:
    pushing = pusher(whole)
    await recorded(whole, started("alice", "bob", "carol"))
    await pushing.step()
    _, bob = await here(pushing, "bob", GROUP)
    _, carol = await here(pushing, "carol", GROUP)
    removed = ParticipantRemoved(actor="alice", conversation_id=GROUP, user_id="bob")
    await recorded(whole, message("alice"), removed, message("alice"))
    await pushing.step()
    assert told(bob) == [("new_message", 2), ("conversation_removed", 3)]
    assert told(carol) == [
        ("new_message", 2),
        ("participants_changed", 3),
        ("new_message", 4),
        ("conversation_updated", 4),
    ]


async def test_who_is_removed_and_added_again_in_one_batch_has_a_new_conversation(whole: Chat) -> None:
    pushing = pusher(whole)
    await recorded(whole, started("alice", "bob"))
    await pushing.step()
    _, bob = await here(pushing, "bob", GROUP)
    removed = ParticipantRemoved(actor="alice", conversation_id=GROUP, user_id="bob")
    added = ParticipantsAdded(actor="alice", conversation_id=GROUP, user_ids=["bob"])
    await recorded(whole, removed, added, message("alice"))
    await pushing.step()
    assert told(bob) == [("conversation_removed", 2), ("new_conversation", 4)]


async def test_a_socket_that_is_too_far_behind_is_dropped_and_not_skipped(whole: Chat) -> None:
    dropped: list[Receiver] = []
    pushing = pusher(whole, dropped, max_unsent=10)
    receiver, outlet = await here(pushing, "bob", GROUP)
    outlet.unsent = 11
    await recorded(whole, started("alice", "bob"))
    await pushing.step()
    assert (dropped, outlet.frames) == ([receiver], [])


class Timed(Recording):
    """It also remembers how many rounds the event loop had made at each write."""

    def __init__(self, rounds: Rounds) -> None:
        super().__init__()
        self.rounds = rounds
        self.at: list[int] = []

    def put(self, frames: list[Frame]) -> None:
        super().put(frames)
        self.at.append(self.rounds.made)


async def test_between_two_batches_others_get_their_turn(whole: Chat) -> None:
    """What is pushed out of memory waits for nothing: sockets would not be written to, and count as slow."""
    pushing = pusher(whole, max_batch=1)
    await recorded(whole, started("alice", "bob"))
    await pushing.step()
    receiver, _ = await here(pushing, "bob", GROUP)
    await recorded(whole, message("alice"))
    await pushing.step()  # from here on all that is needed is known
    await recorded(whole, *(message("alice") for _ in range(5)))
    with counted() as rounds:
        outlet = receiver.outlet = Timed(rounds)
        running = asyncio.create_task(pushing.run())
        async with asyncio.timeout(10):
            while len(outlet.at) < 5:
                await asyncio.sleep(0)
    running.cancel()
    assert len(set(outlet.at)) == 5


async def test_frames_are_encoded_once_however_many_watch(whole: Chat) -> None:
    pushing = pusher(whole)
    await recorded(whole, started("alice", "bob", "carol"))
    await pushing.step()
    _, bob = await here(pushing, "bob", GROUP)
    _, carol = await here(pushing, "carol", GROUP)
    kept: list[Any] = []
    bob.put = carol.put = kept.extend  # type: ignore[method-assign]
    await recorded(whole, message("alice"))
    await pushing.step()
    first, second = (frame for frame in kept if "new_message" in frame.text)
    assert first is second


async def test_whoever_is_let_in_comes_after_the_place_where_pushes_begin(database_url: str) -> None:
    """What lay between would be pushed to nobody: who had come before it would never hear of a new conversation."""
    async with serving(database_url) as node:
        end = await recorded(node.chat, started("alice", "bob"), message("alice"))
    async with serving(database_url) as node:
        assert node.sockets._door.pusher.walked == end


async def test_a_database_that_is_away_as_pushes_begin_is_waited_for(
    whole: Chat, database_url: str, postgres_url: str
) -> None:
    end = await recorded(whole, started("alice", "bob"))
    pushing = pusher(whole)
    with psycopg.connect(postgres_url, autocommit=True) as admin, capture_logs() as said:
        allow_connections(admin, database_url, False)
        end_sessions(admin, database_url)
        beginning = asyncio.create_task(pushing.begin())
        await until(lambda: any(line["event"] == "pushes wait for the database" for line in said), 20)
        assert not beginning.done()
        allow_connections(admin, database_url, True)
        await beginning
    assert pushing.walked == end
