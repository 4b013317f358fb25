"""From polling to WebSocket, while messages flow: none is lost, none comes twice, and all come in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.interfaces.socketio.devices import PATIENCE, Device, JavaScriptDevice, Payload, Way
from tests.interfaces.socketio.raw import Gone, RawPolling, Raws, RawWebSocket, ack, event
from tests.interfaces.socketio.stage import Stage
from tests.serving import Node

UPGRADES = pytest.mark.parametrize("way", [Way(client, "upgrade") for client in ("javascript", "python")], ids=str)


@pytest.mark.parametrize(
    ("way", "name"),
    [
        (Way(client, transport), "polling" if transport == "polling" else "websocket")
        for client in ("javascript", "python")
        for transport in ("websocket", "polling", "upgrade")
    ],
    ids=str,
)
async def test_a_client_speaks_by_the_transport_that_it_chose(stage: Stage, name: str) -> None:
    (alice,) = await stage.come("alice")
    await settled(alice)
    assert await alice.transport() == name
    assert (await alice.call("sync"))["conversations"] == []


async def settled(device: Device) -> None:
    """Waits until a device has come from polling to WebSocket, if it is on its way."""
    if isinstance(device, JavaScriptDevice) and device.way.transport == "upgrade":
        await asyncio.wait_for(device.upgraded.wait(), PATIENCE)


@asynccontextmanager
async def chatting(device: Device, conversation_id: str) -> AsyncIterator[list[Payload]]:
    """Somebody who sends one message after the other; the messages."""
    sent: list[Payload] = []

    async def chat() -> None:
        while True:
            sent.append(await device.send(conversation_id, f"message {len(sent) + 1}"))

    talking = asyncio.create_task(chat())
    try:
        yield sent
    finally:
        while not talking.done():  # until Python 3.12, what waits for a connection may lose a cancellation
            talking.cancel()
            await asyncio.wait([talking], timeout=0.1)


@pytest.mark.slow
@UPGRADES
async def test_messages_flow_while_clients_upgrade(stage: Stage) -> None:
    alice, bob, zoe = await stage.come("alice", "bob", "zoe")
    conversation_id = await alice.start(bob, zoe)
    async with chatting(alice, conversation_id) as sent:
        for _ in range(12):
            devices = [await stage.another(bob) for _ in range(3)]
            joins = await asyncio.gather(*(device.join(conversation_id) for device in devices))
            answers = await asyncio.gather(*(device.send(conversation_id, "from bob") for device in devices))
            await asyncio.gather(*(settled(device) for device in devices))
            assert {await device.transport() for device in devices} == {"websocket"}
            await asyncio.gather(*(device.barrier() for device in devices))
            for device, joined, answer in zip(devices, joins, answers, strict=True):
                seen = [push["message"] for push in device.named("new_message")]
                first = joined["conversation"]["last_number"] + 1
                numbers = [message["number"] for message in seen]
                assert numbers == list(range(first, first + len(seen)))
                assert answer in seen
            await asyncio.gather(*(device.disconnect() for device in devices))
    assert len(sent) > 12


# By hand, at every moment of it


class Upgrading:
    """Bob, who polls and watches a conversation, and alice, who sends into it."""

    def __init__(self, raw: Raws, polling: RawPolling, alice: RawWebSocket, conversation_id: str) -> None:
        self.raw = raw
        self.polling = polling
        self.conversation_id = conversation_id
        self._alice = alice
        self._count = 0

    async def say(self, count: int = 1) -> None:
        """Alice sends messages; they have been pushed when this ends."""
        for _ in range(count):
            self._count += 1
            payload = {
                "conversation_id": self.conversation_id,
                "message_id": f"00000000-0000-4000-8000-{self._count:012}",
                "body": f"message {self._count}",
            }
            await self._alice.send(event("send_message", {**payload, "message_id": _unique(payload)}, number=1))
            assert ack((await self._alice.until("431"))[-1], 1)["ok"]
        await self._alice.send(event("sync", {}, number=2))
        await self._alice.until("432")

    async def probe(self) -> RawWebSocket:
        websocket = await self.raw.websocket(f"&sid={self.polling.sid}")
        await websocket.send("2probe")
        assert await websocket.receive() == "3probe"
        return websocket

    async def read(self, source: RawPolling | RawWebSocket, count: int) -> list[int]:
        """The numbers of so many messages, as they come."""
        found: list[int] = []
        while len(found) < count:
            packet = await source.receive()
            if packet.startswith('42["new_message"'):
                found.append(int(packet.split('"number":')[1].split(",")[0]))
        return found


def _unique(payload: Payload) -> str:
    import uuid

    return str(uuid.uuid4())


@pytest.fixture
async def upgrading(raw: Raws, node: Node) -> Upgrading:
    alice = await (await raw.websocket()).enter(node.token("upgrading-alice"))
    start = {"conversation_id": _unique({}), "kind": "group", "participant_ids": ["upgrading-bob"]}
    await alice.send(event("start_conversation", start, number=1))
    await alice.until("431")
    polling = await (await raw.polling()).enter(node.token("upgrading-bob"))
    await polling.send(event("join_conversation", {"conversation_id": start["conversation_id"]}, number=1))
    await polling.until("431")
    return Upgrading(raw, polling, alice, str(start["conversation_id"]))


async def test_what_is_sent_while_a_client_upgrades_waits_for_the_websocket(upgrading: Upgrading) -> None:
    poll = asyncio.create_task(upgrading.polling.poll())
    websocket = await upgrading.probe()
    assert "6" in await poll  # the poll under way ends
    await upgrading.say(3)
    assert await upgrading.polling.poll() == ["6"]
    await upgrading.say(2)
    await websocket.send("5")
    assert await upgrading.read(websocket, 5) == [1, 2, 3, 4, 5]
    await upgrading.say()
    assert await upgrading.read(websocket, 1) == [6]
    await websocket.send(event("sync", {}, number=7))
    assert ack((await websocket.until("43"))[-1], 7)["ok"]
    with pytest.raises(Gone):
        await upgrading.polling.poll()
    with pytest.raises(Gone):
        await upgrading.polling.send(event("sync", {}, number=8))
    await upgrading.say()
    assert await upgrading.read(websocket, 1) == [7]


async def test_what_waits_when_the_probe_comes_is_not_lost(upgrading: Upgrading) -> None:
    await upgrading.say(20)
    websocket = await upgrading.probe()
    await upgrading.say()
    await websocket.send("5")
    assert await upgrading.read(websocket, 21) == list(range(1, 22))


async def test_an_upgrade_that_is_given_up_loses_nothing(upgrading: Upgrading) -> None:
    await upgrading.say(2)
    for frame in (None, "4", "5x", "x", b"5", ""):
        websocket = await upgrading.probe()
        await upgrading.say()
        if frame is not None:
            await websocket.send(frame)
            await websocket.rest()
        await websocket.close()
    await upgrading.say()
    assert await upgrading.read(upgrading.polling, 9) == list(range(1, 10))


async def test_a_websocket_that_never_probes_leaves_the_polling_as_it_was(upgrading: Upgrading) -> None:
    for frame in ("x", "2", "5", "42[]", b"2probe"):
        websocket = await upgrading.raw.websocket(f"&sid={upgrading.polling.sid}")
        await websocket.send(frame)
        await websocket.rest()
        await upgrading.say()
    assert await upgrading.read(upgrading.polling, 5) == [1, 2, 3, 4, 5]
    websocket = await upgrading.probe()
    await websocket.send("5")
    await upgrading.say()
    assert await upgrading.read(websocket, 1) == [6]


async def test_a_client_upgrades_once(upgrading: Upgrading) -> None:
    first = await upgrading.probe()
    with pytest.raises(Exception, match=r"400|403|rejected"):
        await upgrading.raw.websocket(f"&sid={upgrading.polling.sid}")
    await first.send("5")
    await upgrading.say()
    assert await upgrading.read(first, 1) == [1]
    with pytest.raises(Exception, match=r"400|403|rejected"):
        await upgrading.raw.websocket(f"&sid={upgrading.polling.sid}")
    await upgrading.say()
    assert await upgrading.read(first, 1) == [2]


async def test_a_client_that_goes_in_the_middle_of_an_upgrade_leaves_nothing(upgrading: Upgrading) -> None:
    websocket = await upgrading.probe()
    await upgrading.polling.send("1")
    await websocket.send("5")
    assert await websocket.rest() == []


async def test_requests_by_polling_before_the_upgrade_are_answered_after_it(upgrading: Upgrading) -> None:
    poll = asyncio.create_task(upgrading.polling.poll())
    websocket = await upgrading.probe()
    await poll
    await upgrading.polling.send(event("sync", {}, number=5))
    await websocket.send("5", event("sync", {}, number=6))
    packets = await websocket.until("436")
    assert [packet.split("[")[0] for packet in packets] == ["435", "436"]
