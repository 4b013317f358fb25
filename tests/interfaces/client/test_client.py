"""The client loses nothing and doubles nothing, whatever happens to its connection."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from domain.base import LITSPARK
from interfaces.client import Client, NotConnected, Push, Refused
from interfaces.shapes import (
    ConversationRemoved,
    ConversationUpdated,
    NewConversation,
    NewMessage,
    Sent,
    SessionExpired,
)
from tests.conftest import _database
from tests.interfaces.client.wire import Wire, wire
from tests.serving import Node, serving

pytestmark = pytest.mark.slow

PATIENCE = 30.0


@pytest_asyncio.fixture(scope="module")
async def node(postgres_url: str, _admin: Any, _template: str) -> AsyncIterator[Node]:
    with _database(_admin, postgres_url, _template) as url:
        async with serving(url) as running:
            yield running


@pytest.fixture
async def cuttable(node: Node) -> AsyncIterator[Wire]:
    async with wire(node.url) as made:
        yield made


def person(node: Node, called: str, url: str = "", **more: Any) -> Client:
    """Somebody whom nobody else has heard of."""
    return Client(url or node.url, node.token(f"{called}-{uuid4()}", called.title()), longest_pause=0.05, **more)


async def user_id(client: Client, node: Node) -> str:
    assert isinstance(client._token, str)
    return (await node.tokens.judge(client._token)).user_id


async def told(client: Client, kind: type[Push], count: int = 1) -> list[Any]:
    """The next things of a kind that a client tells."""
    found: list[Any] = []
    async with asyncio.timeout(PATIENCE):
        async for push in client:
            found += [push] if isinstance(push, kind) else []
            if len(found) == count:
                break
    return found


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)


async def test_pushes_come_typed_and_are_folded(node: Node) -> None:
    async with person(node, "alice") as alice, person(node, "bob") as bob:
        conversation_id = await alice.start(await user_id(bob, node), title="Lectures")
        (new,) = await told(bob, NewConversation)
        assert (new.conversation.conversation_id, new.conversation.title) == (conversation_id, "Lectures")
        room = await bob.join(conversation_id)
        sent = await alice.send(conversation_id, "Bonjour")
        (push,) = await told(bob, NewMessage)
        assert push.message == sent == room.messages[1]
        assert (await bob.mark_as_read(conversation_id)).read_number == 1
        await alice.remove(conversation_id, await user_id(bob, node))
        assert [one.conversation_id for one in await told(bob, ConversationRemoved)] == [conversation_id]
        assert conversation_id not in bob.view.summaries and conversation_id not in bob.view.rooms


async def test_what_was_missed_is_told_once_in_order_as_if_it_had_been_pushed(node: Node, cuttable: Wire) -> None:
    async with person(node, "alice") as alice, person(node, "bob", cuttable.url) as bob:
        watched = await alice.start(await user_id(bob, node))
        await told(bob, NewConversation)
        room = await bob.join(watched)
        await alice.send(watched, "1")
        await told(bob, NewMessage)
        cuttable.cut()
        for number in range(2, 130):
            await alice.send(watched, str(number))
        other = await alice.start(await user_id(bob, node))
        cuttable.mend()
        (new,) = await told(bob, NewConversation)
        assert new.conversation.conversation_id == other
        pushes = await told(bob, NewMessage, 128)
        await alice.send(watched, "130")
        pushes += await told(bob, NewMessage)
        assert [push.message.body for push in pushes] == [str(number) for number in range(2, 131)]
        assert sorted(bob.view.rooms[watched].messages) == list(range(1, 131))
        assert bob.view.rooms[watched] is room and room.live
        await until(lambda: bob.view.summaries[watched].last_number == 130)


async def test_a_message_whose_answer_was_lost_is_sent_again_and_is_there_once(node: Node, cuttable: Wire) -> None:
    async with person(node, "alice") as alice, person(node, "bob", cuttable.url) as bob:
        conversation_id = await alice.start(await user_id(bob, node))
        await alice.join(conversation_id)
        cuttable.deaf = True
        sending = asyncio.create_task(bob.send(conversation_id, "once"))
        await told(alice, NewMessage)
        cuttable.cut()
        cuttable.mend()
        message = await asyncio.wait_for(sending, PATIENCE)
        assert (message.number, message.body) == (1, "once")
        assert (await alice.send(conversation_id, "and on")).number == 2


async def test_what_is_asked_while_there_is_no_connection_waits_for_the_next(node: Node, cuttable: Wire) -> None:
    async with person(node, "alice") as alice, person(node, "bob", cuttable.url) as bob:
        conversation_id = await alice.start(await user_id(bob, node))
        cuttable.cut()
        sending = [asyncio.create_task(bob.send(conversation_id, body)) for body in ("one", "two")]
        await asyncio.wait(sending, timeout=0.1)
        assert not any(task.done() for task in sending)
        cuttable.mend()
        assert [message.number for message in await asyncio.gather(*sending)] == [1, 2]


async def test_a_server_that_does_not_answer_is_left_for_a_new_connection(node: Node, cuttable: Wire) -> None:
    async with person(node, "alice", cuttable.url, patience=1.5) as alice:
        conversation_id = await alice.start("bob")
        cuttable.deaf = True
        sending = asyncio.create_task(alice.send(conversation_id, "hello?"))
        await until(lambda: cuttable.passed > 1)
        cuttable.mend()
        assert (await asyncio.wait_for(sending, PATIENCE)).number == 1


async def test_who_is_too_fast_waits_as_long_as_the_server_says(database_url: str) -> None:
    async with serving(database_url, commands_per_second=50, command_burst=5) as node, person(node, "alice") as alice:
        conversation_id = await alice.start("bob")
        sent = await asyncio.gather(*(alice.send(conversation_id, str(number)) for number in range(15)))
        assert sorted(message.number for message in sent) == list(range(1, 16))


async def test_a_room_too_many_is_refused_for_good(database_url: str) -> None:
    async with serving(database_url, rooms_per_socket=1) as node, person(node, "alice") as alice:
        one, other = await alice.start("bob"), await alice.start("carol")
        await alice.join(one)
        with pytest.raises(Refused) as refused:
            await alice.join(other)
        assert refused.value.code == "rate_limited"


async def test_what_is_refused_is_raised_and_not_repeated(node: Node) -> None:
    async with person(node, "alice") as alice:
        with pytest.raises(Refused, match="not_found"):
            await alice.send(str(uuid4()), "to nobody")
        with pytest.raises(Refused) as refused:
            await alice.start("bob", title="x" * 121)
        assert [detail.field for detail in refused.value.error.details] == ["title"]


async def test_a_token_that_ends_is_followed_by_a_fresh_one_and_nothing_is_missed(node: Node) -> None:
    name, asked = f"bob-{uuid4()}", []

    async def fresh() -> str:
        asked.append(name)
        return node.token(name, ttl=2 if len(asked) == 1 else 3600)

    async with person(node, "alice") as alice, Client(node.url, fresh, longest_pause=0.05) as bob:
        conversation_id = await alice.start(name)
        await bob.join(conversation_id)
        (push,) = await told(bob, SessionExpired)
        assert push.error.code == "token_expired"
        await alice.send(conversation_id, "still there?")
        assert [push.message.body for push in await told(bob, NewMessage)] == ["still there?"]
        assert len(asked) == 2


async def test_where_no_token_is_to_be_had_for_a_while_it_tries_again(node: Node, cuttable: Wire) -> None:
    name, asked = f"bob-{uuid4()}", []

    def fresh() -> str:
        asked.append(name)
        if len(asked) in (2, 3):
            raise OSError("the sign-in is away")
        return node.token(name)

    async with Client(cuttable.url, fresh, longest_pause=0.05) as bob:
        cuttable.cut()
        cuttable.mend()
        await bob.start("alice")
        assert len(asked) >= 4


async def test_a_token_that_is_refused_ends_it(node: Node, cuttable: Wire) -> None:
    with pytest.raises(NotConnected) as refused:
        await Client(node.url, "no token").connect()
    assert refused.value.error and refused.value.error.code == "invalid_token"
    async with Client(node.url, node.token("mallory", ttl=2), longest_pause=0.05) as mallory:
        await told(mallory, SessionExpired)
        with pytest.raises(NotConnected):
            await told(mallory, NewMessage)
        with pytest.raises(NotConnected):
            await mallory.send(str(uuid4()), "too late")


async def test_where_nobody_answers_it_says_so(node: Node, cuttable: Wire) -> None:
    cuttable.cut()
    with pytest.raises(NotConnected, match=r"http://127.0.0.1:\d+: no chat answers there"):
        await Client(cuttable.url, node.token("alice")).connect()
    with pytest.raises(NotConnected):
        await Client(node.url, node.token("alice")).send(str(uuid4()), "not connected")


async def test_a_server_with_another_log_is_taken_as_a_fresh_start(
    node: Node, cuttable: Wire, database_url: str
) -> None:
    alice, bob = person(node, "alice", cuttable.url), person(node, "bob")
    names = await user_id(alice, node), await user_id(bob, node)
    async with serving(database_url) as other, alice:
        left = await alice.start(names[1])
        await alice.join(left)
        async with Client(other.url, other.token(names[1])) as elsewhere:
            there = await elsewhere.start(names[0])
        alice.url = other.url
        assert int(alice.view.cursor or 0) > await other.chat.store.end()
        cuttable.cut()
        new = await told(alice, NewConversation, 2)
        assert [push.conversation.conversation_id for push in new] == [left, there]
        assert list(alice.view.summaries) == [there]
        assert left not in alice.view.rooms


async def test_who_was_removed_while_away_is_told(node: Node, cuttable: Wire) -> None:
    async with person(node, "alice") as alice, person(node, "bob", cuttable.url) as bob:
        conversation_id = await alice.start(await user_id(bob, node))
        kept = await alice.start(await user_id(bob, node), title="before")
        await told(bob, NewConversation, 2)
        await bob.join(conversation_id)
        cuttable.cut()
        await alice.remove(conversation_id, await user_id(bob, node))
        await alice.rename(kept, "after")
        cuttable.mend()
        (updated,) = await told(bob, ConversationUpdated)
        assert updated.conversation.title == "after"
        assert [one.conversation_id for one in await told(bob, ConversationRemoved)] == [conversation_id]
        assert list(bob.view.summaries) == [kept] and not bob.view.rooms


async def test_fields_of_a_later_version_are_ignored(node: Node) -> None:
    later = MESSAGE | {"reactions": [{"by": "bob"}]}
    assert (
        person(node, "alice").parse(Sent, {"message": later, "position": 12, "hint": 1}).message.model_dump() == MESSAGE
    )


MESSAGE = {
    "message_id": str(uuid4()),
    "conversation_id": str(LITSPARK),
    "number": 1,
    "sender_id": "alice",
    "sender_name": "Alice",
    "body": "Bonjour",
    "sent_at": "2026-11-23T09:00:00.123Z",
    "position": 12,
}


async def test_it_ends_when_it_is_told_to(node: Node) -> None:
    async with person(node, "alice") as alice:
        await alice.start("bob")
        await told(alice, NewConversation)
    assert [push async for push in alice] == []
    with pytest.raises(NotConnected, match="hung up"):
        await alice.start("bob")
