"""Who can't keep up: it is disconnected, never silently skipped, and goes on where it was."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from interfaces.client.requests import A
from interfaces.shapes import Joined, Synced
from interfaces.socketio import sockets
from tests.client import Client, connected
from tests.interfaces.socketio.devices import PATIENCE
from tests.interfaces.socketio.raw import Raw, RawPolling, Raws, event, raws
from tests.interfaces.socketio.stage import nobody_is_left, until
from tests.serving import Node, serving

pytestmark = pytest.mark.slow

both = pytest.mark.parametrize("transport", ["websocket", "polling"])

BODY = "🙂" * 8_000
"""32 KB: what a socket does not read fills its buffers soon."""


@pytest.fixture
async def narrow(database_url: str, quiet: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Node, Raws]]:
    """A server that keeps little for a socket that does not read."""
    monkeypatch.setattr(sockets, "LINGER", 0.2)
    async with serving(database_url, max_unsent=100_000) as node, raws(node.url) as opened:
        yield node, opened
        await opened.close()
        await nobody_is_left(node)


async def unread(opened: Raws, transport: str) -> Raw:
    """A client whose own buffers are small."""
    if transport == "polling":
        return await opened.polling()
    address = urlsplit(opened.url)
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.setblocking(False)
    await asyncio.get_running_loop().sock_connect(small, (address.hostname, address.port))
    return await opened.websocket(sock=small, max_queue=1, close_timeout=0.1)


def folded(client: Client, packets: list[str]) -> None:
    """Has a client take in what came by hand."""
    for packet in packets:
        if packet.startswith("42["):
            name, push = json.loads(packet[2:])
            client._hear(name, push)
        elif packet.startswith("431["):
            client._synced(answer(packet, Synced))
        elif packet.startswith("432["):
            client._joined(answer(packet, Joined))


def answer(packet: str, shape: type[A]) -> A:
    return shape.model_validate({key: value for key, value in json.loads(packet[3:])[0].items() if key != "ok"})


@both
async def test_a_socket_that_does_not_read_is_disconnected_and_resumes_by_its_cursors(
    narrow: tuple[Node, Raws], transport: str
) -> None:
    node, opened = narrow
    alice, bob = Client(node.url, node.token("alice")), Client(node.url, node.token("bob"))
    other = Client(node.url, node.token("bob"))
    async with connected(alice, other):
        conversation_id = await alice.start("bob")
        slow = await (await unread(opened, transport)).enter(node.token("bob"))
        await slow.send(event("sync", {}, number=1))
        await slow.send(event("join_conversation", {"conversation_id": conversation_id}, number=2))
        folded(bob, [*await slow.until("431"), *await slow.until("432")])
        await other.sync()
        await other.join(conversation_id)

        sent = [await alice.send(conversation_id, BODY)]
        while len(node.audience.users["bob"]) == 2:
            sent.append(await alice.send(conversation_id, BODY))
            assert len(sent) < 1_000, "it was never disconnected"
        sent += [await alice.send(conversation_id, body) for body in ("two", "more")]
        assert len(node.sockets.sessions) == 2
        folded(bob, await slow.rest())
        seen = len(bob.rooms[conversation_id].messages)
        assert list(bob.rooms[conversation_id].messages) == list(range(1, seen + 1))
        assert seen < len(sent) - 2

        async with connected(bob):
            await bob.sync()
            await bob.join(conversation_id)
            await other.barrier()
            for client in (bob, other):  # the slow one, and one that kept up all the time
                room = client.rooms[conversation_id]
                assert [room.messages[number] for number in sorted(room.messages)] == sent
                assert client.summaries[conversation_id].last_number == len(sent)


@both
async def test_a_socket_that_does_not_read_slows_nobody_down(narrow: tuple[Node, Raws], transport: str) -> None:
    node, opened = narrow
    alice, carol = Client(node.url, node.token("alice")), Client(node.url, node.token("carol"))
    async with connected(alice, carol):
        conversation_id = await alice.start("bob", "carol")
        await carol.join(conversation_id)
        slow = await (await unread(opened, transport)).enter(node.token("bob"))
        await slow.send(event("join_conversation", {"conversation_id": conversation_id}, number=2))
        await slow.until("432")
        sent = 0
        while "bob" in node.audience.users:
            sent += 1
            assert sent < 1_000, "it was never disconnected"
            await alice.send(conversation_id, BODY)
            await carol.barrier()
            assert len(carol.rooms[conversation_id].messages) == sent


@both
async def test_a_socket_that_asks_and_does_not_read_is_not_answered_for_ever(
    narrow: tuple[Node, Raws], transport: str
) -> None:
    node, opened = narrow
    alice = Client(node.url, node.token("alice"))
    async with connected(alice):
        conversation_id = await alice.start("bob")
        for _ in range(10):
            await alice.send(conversation_id, BODY)
        await alice.barrier()  # else the last of them is pushed to who comes now
        slow = await (await unread(opened, transport)).enter(node.token("bob"))
        (outlet,) = [one.outlet for one in node.audience.users["bob"]]
        joins = [event("join_conversation", {"conversation_id": conversation_id}, number=n) for n in range(100)]
        asking = await sent(slow, joins)
        await until(lambda: outlet.unsent > 100_000)
        for _ in range(20):
            await alice.barrier()
        assert outlet.unsent < 100_000 + 10 * 40_000  # the limit, and one answer
        answers = [await slow.receive() for _ in joins]  # who reads at last has missed nothing
        assert [answer.split("[")[0] for answer in answers] == [f"43{n}" for n in range(100)]
        await asking


async def test_who_reads_is_not_disconnected_however_much_there_is(narrow: tuple[Node, Raws]) -> None:
    node, opened = narrow
    alice = Client(node.url, node.token("alice"))
    devices = [await (await opened.by(way)).enter(node.token("bob")) for way in ("websocket", "polling")]
    async with connected(alice):
        conversation_id = await alice.start("bob")
        for device in devices:
            await device.send(event("join_conversation", {"conversation_id": conversation_id}, number=2))
            await device.until("432")
        for number in range(1, 61):
            await alice.send(conversation_id, BODY)
            for device in devices:
                pushes = await device.until('42["new_message"')
                assert f'"number":{number},' in pushes[-1]


# Requests under way


@pytest.fixture
async def four(database_url: str, quiet: None) -> AsyncIterator[tuple[Node, Raws]]:
    """A server that reads no further while four requests of a socket are under way."""
    async with serving(database_url, under_way=4, patience=PATIENCE) as node, raws(node.url) as opened:
        yield node, opened
        await opened.close()
        await nobody_is_left(node)


async def waiting(node: Node, count: int) -> list[str]:
    """Requests that are under way until one more event is in the log."""
    following = {"min_position": await node.chat.store.end() + 1}
    return [event("sync", following, number=number) for number in range(count)]


async def sent(client: Raw, packets: list[str]) -> asyncio.Task[Any]:
    """Packets on their way all at once: a post is answered only when all of its packets are taken."""
    if isinstance(client, RawPolling):
        return asyncio.create_task(client.post("\x1e".join(packets)))
    return asyncio.create_task(client.send(*packets))


@both
async def test_a_socket_with_so_many_requests_under_way_is_not_read(four: tuple[Node, Raws], transport: str) -> None:
    node, opened = four
    bob = Client(node.url, node.token("bob"))
    async with connected(bob):
        client = await (await opened.by(transport)).enter(node.token("alice"))
        sessions = node.sockets.sessions.values()
        (session,) = [one for one in sessions if (caller := one.entry.caller) and caller.user_id == "alice"]
        sending = await sent(client, await waiting(node, 5))
        await until(lambda: session._under_way == 4)
        await bob.sync()  # what there was to read has had its time
        assert session._under_way == 4
        assert sending.done() == (transport == "websocket")
        await bob.start("carol")
        assert [(await client.receive())[:3] for _ in range(5)] == [f"43{number}" for number in range(5)]
        await sending


@both
async def test_every_request_is_answered_however_many_are_sent_at_once(four: tuple[Node, Raws], transport: str) -> None:
    node, opened = four
    client = await (await opened.by(transport)).enter(node.token("alice"))
    count = 300
    sending = await sent(client, [event("sync", {}, number=number) for number in range(count)])
    answers = [await client.receive() for _ in range(count)]
    await sending
    assert [answer.split("[")[0] for answer in answers] == [f"43{number}" for number in range(count)]
    assert all('{"ok":true' in answer for answer in answers)


async def test_a_client_that_floods_is_held_back(four: tuple[Node, Raws]) -> None:
    """What it sends stays with it: the server takes no more than the network keeps."""
    node, opened = four
    client = await opened.websocket()
    await client.enter(node.token("alice"))
    (session,) = node.sockets.sessions.values()
    await client.send(*await waiting(node, 4))
    await until(lambda: session._under_way == 4)
    flooding = asyncio.create_task(client.send(*["9" * 128 * 1024] * 512))  # 64 MiB
    bob = Client(node.url, node.token("bob"))
    async with connected(bob):
        for _ in range(20):
            await bob.barrier()
        assert not flooding.done()
        await bob.start("carol")
        assert [(await client.receive())[:3] for _ in range(4)] == [f"43{number}" for number in range(4)]
        await flooding
