"""How much is too much, and from where nobody is let in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from interfaces.rates import Rate
from interfaces.socketio.gate import BREACHES
from interfaces.socketio.rests import LONGEST_REST, OVERRUNS
from interfaces.socketio.server import LEAVING
from tests.interfaces.socketio.conftest import MakeStage, plain
from tests.interfaces.socketio.devices import NotConnected, message
from tests.interfaces.socketio.raw import PATH, UPGRADE, Raws, ack, event, raws, websocket
from tests.interfaces.socketio.stage import Stage, nobody_is_left, until
from tests.interfaces.socketio.tokens import token
from tests.serving import Node, serving

HANDSHAKE = f"{PATH}&transport=polling"


@plain
async def test_a_user_has_so_many_sockets_and_no_more(stage_with: MakeStage) -> None:
    stage = await stage_with(sockets_per_user=3)
    (alice,) = await stage.come("alice")
    good = stage.node.token(alice.user_id)
    late = await stage.device(alice.user_id).connect()
    await stage.another(alice)
    last = await stage.another(alice)
    assert (await stage.turned_away("rate_limited", good))["retry_after"] > 0
    await late.refused("rate_limited", "authenticate", token=good)
    await stage.come("bob", "carol", "dave", "eve")
    await last.disconnect()
    await until(lambda: len(stage.node.audience.users[alice.user_id]) == 2)
    await late.call("authenticate", token=good)
    await stage.turned_away("rate_limited", good)
    await late.call("authenticate", token=good)  # who is in stays in


@plain
async def test_of_many_sockets_that_come_at_once_no_more_are_let_in(stage_with: MakeStage) -> None:
    stage = await stage_with(sockets_per_user=3)
    user_id = stage.user_id("alice")

    async def come() -> bool:
        try:
            await stage.device(user_id).connect(stage.node.token(user_id, "Alice"))
        except NotConnected as refusal:
            assert refusal.data["code"] == "rate_limited"
            return False
        return True

    came = await asyncio.gather(*(come() for _ in range(10)))
    assert came.count(True) == 3


@plain
async def test_an_address_has_so_many_bad_tokens_a_minute(stage_with: MakeStage) -> None:
    stage = await stage_with(failed_tokens_per_minute=3)
    device = await stage.device(stage.user_id("alice")).connect()
    await stage.turned_away("invalid_token", "x")
    await device.refused("invalid_token", "authenticate", token="x")
    await stage.turned_away("token_expired", token(exp=0))
    error = await stage.turned_away("rate_limited", "x")
    assert 0 < error["retry_after"] <= 20
    error = await device.refused("rate_limited", "authenticate", token="x")
    assert 0 < error["retry_after"] <= 20
    await stage.come("bob")  # a good token is no bad one
    await device.call("authenticate", token=stage.node.token(device.user_id))


@plain
async def test_a_user_has_so_many_requests_a_second(stage_with: MakeStage) -> None:
    stage = await stage_with(commands_per_second=0.05, command_burst=6)
    alice, bob = await stage.come("alice", "bob")
    phone = await stage.another(alice)
    conversation_id = await alice.start(bob)
    await alice.refused("invalid_payload", "sync", [])
    await phone.refused("not_found", "no such event")
    await phone.send(conversation_id)
    await alice.join(conversation_id)
    await alice.call("leave_conversation", conversation_id=conversation_id)
    before = await stage.end()
    for device in (alice, phone):
        error = await device.refused("rate_limited", "send_message", conversation_id=conversation_id)
        assert 0 < error["retry_after"] <= 20
        await device.call("authenticate", token=stage.node.token(alice.user_id))  # which does not count
    assert await stage.end() == before
    await bob.send(conversation_id)


@pytest.mark.parametrize(("sockets", "burst", "answered"), [(1, 1, 0.5), (3, 10, 0.65)])
async def test_who_asks_too_much_is_listened_to_more_slowly_instead_of_being_refused_it_all(
    database_url: str, sockets: int, burst: int, answered: float
) -> None:
    rate = {"commands_per_second": 10, "command_burst": burst}
    async with serving(database_url, **rate) as node, raws(node.url) as opened:
        devices = [await (await opened.websocket()).enter(node.token("alice")) for _ in range(sockets)]
        for device in devices:
            await device.send(*(event("unknown", {}, number=n) for n in range(20)))
        codes = [ack(await device.receive(), n)["error"]["code"] for device in devices for n in range(20)]
        assert set(codes) == {"not_found", "rate_limited"}
        assert codes.count("not_found") >= answered * len(codes)


@pytest.mark.parametrize(
    ("sockets", "burst", "pause"), [(1, 20, 0.2), (3, 20, 0.6), (3, 1, 0.2), (3, 4, 0.4), (8, 20, 1.0)]
)
async def test_who_is_not_listened_to_hears_for_how_long(
    database_url: str, sockets: int, burst: int, pause: float
) -> None:
    rate = {"commands_per_second": 10, "command_burst": burst}
    async with serving(database_url, **rate) as node, raws(node.url) as opened:
        alice, *_ = [await (await opened.websocket()).enter(node.token("alice")) for _ in range(sockets)]
        await alice.send(*(event("unknown", {}, number=n) for n in range(burst + 10)))
        answers = [ack(await alice.receive(), n)["error"] for n in range(burst + 10)]
        refused = next(error for error in answers if error["code"] == "rate_limited")
        assert refused["retry_after"] == pause


async def test_who_goes_on_asking_too_much_by_many_sockets_is_listened_to_ever_more_seldom(database_url: str) -> None:
    async with serving(database_url, commands_per_second=1, command_burst=1) as node, raws(node.url) as opened:
        devices = [await (await opened.websocket()).enter(node.token("alice")) for _ in range(2 * OVERRUNS)]
        for device in devices:
            await device.send(event("unknown", {}, number=1))
        answers = [ack(await device.receive(), 1)["error"] for device in devices]
        pauses = [error["retry_after"] for error in answers if error["code"] == "rate_limited"]
        assert min(pauses) <= 1
        assert LONGEST_REST - 1 < max(pauses) <= LONGEST_REST


async def test_who_asked_too_much_and_has_gone_is_forgotten_at_once_with_all_it_asked(database_url: str) -> None:
    async with serving(database_url, commands_per_second=1, command_burst=1) as node, raws(node.url) as opened:
        alice = await (await opened.websocket()).enter(node.token("alice"))
        for n in range(2 * node.chat.settings.under_way):
            await alice.send(event("sync", {}, number=n))
        assert ack(await alice.receive(), 0)["ok"]
        (session,) = node.sockets.sessions.values()
        await until(lambda: not session._socket.room.is_set())
        alice.connection.transport.abort()
        await nobody_is_left(node)
        await session.settled()
        assert not session._queue


@plain
async def test_after_retry_after_there_is_one_more(stage_with: MakeStage) -> None:
    stage = await stage_with(commands_per_second=1, command_burst=1)
    (alice,) = await stage.come("alice")
    await alice.call("sync")
    error = await alice.refused("rate_limited", "sync")
    await asyncio.sleep(error["retry_after"])  # the one thing to wait for here is time
    await alice.call("sync")


@plain
async def test_a_socket_watches_so_many_conversations_and_no_more(stage_with: MakeStage) -> None:
    stage = await stage_with(rooms_per_socket=2)
    (alice,) = await stage.come("alice")
    ids = [await alice.start("bob") for _ in range(3)]
    for conversation_id in ids[:2]:
        await alice.join(conversation_id)
    error = await alice.refused("rate_limited", "join_conversation", conversation_id=ids[2])
    assert "retry_after" not in error
    await alice.join(ids[0])  # it is watched already
    await alice.send(ids[2])
    await alice.barrier()
    assert not alice.named("new_message")
    await alice.call("leave_conversation", conversation_id=ids[1])
    await alice.join(ids[2])
    await alice.refused("rate_limited", "join_conversation", conversation_id=ids[1])
    phone = await stage.another(alice)
    await phone.join(ids[1])
    await alice.call("remove_participant", conversation_id=ids[2], user_id=alice.user_id)
    await alice.pushed("conversation_removed")
    await alice.join(ids[1])  # who takes part no more watches no more


@plain
async def test_a_join_that_has_more_does_not_count_as_watching(stage_with: MakeStage) -> None:
    stage = await stage_with(rooms_per_socket=1)
    (alice,) = await stage.come("alice")
    ids = [await alice.start("bob") for _ in range(2)]
    await asyncio.gather(*[await alice.ask("send_message", **message(ids[0])) for _ in range(51)])
    await alice.join(ids[0])
    await alice.refused("rate_limited", "join_conversation", conversation_id=ids[1])
    assert (await alice.join(ids[0], since="0"))["has_more"]
    await alice.join(ids[1])
    await alice.refused("rate_limited", "join_conversation", conversation_id=ids[0])


@pytest.fixture
async def busy(database_url: str, quiet: None) -> AsyncIterator[Raws]:
    """At a server that an address may connect to three times at once, and a fourth time in a while."""
    async with serving(database_url, connects_per_second=3) as node, raws(node.url) as opened:
        yield opened


async def test_an_address_connects_so_often_a_second(busy: Raws) -> None:
    answers = [await busy.http.get(HANDSHAKE) for _ in range(6)]
    assert [answer.status_code for answer in answers][:3] == [200] * 3
    refused = answers[-1]
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    with pytest.raises(InvalidStatus) as caught:
        await websocket(busy.url)
    assert caught.value.response.status_code == 429
    assert int(caught.value.response.headers["Retry-After"]) >= 1
    sid = answers[0].text.split('"sid":"')[1].split('"')[0]
    for answer in [await busy.http.post(f"{HANDSHAKE}&sid={sid}", content="40") for _ in range(6)]:
        assert answer.status_code == 200  # who is connected may speak


async def test_only_a_session_that_is_named_is_no_new_connect(database_url: str, quiet: None) -> None:
    never = 1e-9  # nobody may connect, however long the test takes
    async with serving(database_url, connects_per_second=never) as node, raws(node.url) as opened:
        for query in ("", "&nosid=1", "&sid=", "&x=sid=", "&%73id=", "&sid", "&SID=1"):
            assert (await opened.http.get(HANDSHAKE + query)).status_code == 429
        for query in ("&sid=x", "&%73id=x"):
            assert (await opened.http.get(HANDSHAKE + query)).status_code == 400


class Counted(Rate):
    """Counts how often it is charged, and asked."""

    charged = asked = 0

    def charge(self, key: str) -> float:
        self.charged += 1
        return super().charge(key)

    def wait(self, key: str) -> float:
        self.asked += 1
        return super().wait(key)


@dataclass
class Watched:
    """A server whose breaches are counted."""

    node: Node
    opened: Raws
    breaches: Counted

    def break_too_often(self, seconds: int) -> None:
        """So that who comes waits for so long."""
        for _ in range(BREACHES + seconds - 1):
            self.breaches.charge("127.0.0.1")


@pytest.fixture
async def watched(database_url: str, quiet: None) -> AsyncIterator[Watched]:
    async with serving(database_url, connects_per_second=1e9) as node, raws(node.url) as opened:
        gate: Any = node.app
        gate._gate._breaches = breaches = Counted(1, BREACHES, debt=60)
        yield Watched(node, opened, breaches)


FRAMES = [b"\x8f\x80mask", b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"mask", b"\x81\x81\0\0\0\0\xff"]
"""No frame, one that is too large, and a text that is no UTF-8."""


@pytest.mark.parametrize("frame", FRAMES, ids=["none", "too large", "no text"])
async def test_a_frame_that_is_none_is_a_breach_whenever_it_comes(watched: Watched, frame: bytes) -> None:
    fresh = await watched.opened.websocket()
    polling = await watched.opened.polling()
    upgrading = await watched.opened.websocket(f"&sid={polling.sid}")
    for count, raw in enumerate((fresh, upgrading), 1):
        raw.connection.transport.write(frame * 3)
        assert await raw.rest() == []
        assert watched.breaches.charged == count
    await polling.enter(watched.node.token("alice"))  # what is between may spoil WebSockets, and polling goes on
    watched.break_too_often(2)
    charged, asked = watched.breaches.charged, watched.breaches.asked
    address = urlsplit(watched.node.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(UPGRADE)
    await until(lambda: watched.breaches.asked == asked + 1)  # and waits
    writer.write(frame * 3)
    await until(lambda: watched.breaches.charged == charged + 1)
    assert watched.breaches.wait("127.0.0.1") > 0  # nor is it let go before that
    assert await reader.read() == b""
    assert watched.breaches.charged == charged + 1
    writer.close()
    await until(lambda: len(watched.node.sockets.sessions) == 1)


async def test_a_body_that_is_too_large_is_a_breach(watched: Watched) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(16):
            yield b"x" * (1 << 16)

    for count, body in enumerate((b"x" * (1 << 20), chunks()), 1):
        polling = await watched.opened.polling()
        assert (await polling.post(body)).status_code >= 400
        watched.opened.forget(polling)
        assert watched.breaches.charged == count


async def test_who_only_goes_breaks_nothing(watched: Watched) -> None:
    for how in (b"", b"\x81"):  # the beginning of a frame
        raw = await watched.opened.websocket()
        raw.connection.transport.write(how)
        raw.connection.transport.abort()
    raw = await watched.opened.websocket()
    await raw.send("no packet", b"bytes")
    await raw.close()
    await nobody_is_left(watched.node)
    assert watched.breaches.charged == 0


async def test_whose_address_breaks_the_protocol_all_the_time_is_let_in_later(watched: Watched) -> None:
    watched.break_too_often(3)
    late = asyncio.create_task(watched.opened.websocket())
    elsewhere = await websocket(watched.node.url, local_addr=("127.0.0.2", 0))
    await elsewhere.enter(watched.node.token("bob"))
    await elsewhere.send(event("sync", {}, number=1))
    await elsewhere.until("431")
    assert not late.done()
    await elsewhere.close()
    await (await late).enter(watched.node.token("alice"))


async def test_who_waits_at_the_gate_of_a_server_that_ends_hears_so_at_once(watched: Watched) -> None:
    watched.break_too_often(30)
    before = watched.breaches.asked
    polling = asyncio.create_task(watched.opened.http.get(HANDSHAKE))
    upgrade = asyncio.create_task(websocket(watched.node.url))
    await until(lambda: watched.breaches.asked == before + 2)
    await watched.node.sockets.drain(1)
    assert (await polling).status_code == 503
    with pytest.raises(InvalidStatus) as caught:
        await upgrade
    assert caught.value.response.status_code == 503
    assert watched.breaches.wait("127.0.0.1") > 1  # it would have been a while yet


@plain
async def test_who_connects_too_often_hears_so_at_the_handshake(stage_with: MakeStage) -> None:
    stage = await stage_with(connects_per_second=1)
    await stage.come("alice")
    with pytest.raises(NotConnected) as caught:
        await asyncio.gather(stage.come("bob"), stage.come("carol"), stage.come("dave"))
    assert caught.value.data is None
    assert caught.value.status in (429, None)


async def test_connects_and_bad_tokens_are_counted_by_the_address_before_a_trusted_proxy(
    database_url: str, quiet: None
) -> None:
    proxies = ("127.0.0.1", "10.0.0.9")
    async with (
        serving(database_url, connects_per_second=2, trusted_proxies=proxies) as node,
        httpx.AsyncClient(base_url=node.url, trust_env=False) as http,
    ):

        async def status(forwarded: str) -> int:
            return (await http.get(HANDSHAKE, headers={"X-Forwarded-For": forwarded})).status_code

        assert [await status("1.1.1.1") for _ in range(6)].count(429) >= 3
        assert await status("2.2.2.2") == 200
        assert await status("6.6.6.6, 1.1.1.1") == 429  # what a client says of itself before is not believed
        assert await status("3.3.3.3, 10.0.0.9") == 200
        assert [await status("7.7.7.7, 4.4.4.4, 10.0.0.9") for _ in range(6)].count(429) >= 3


async def test_nobody_else_is_believed_about_addresses(busy: Raws) -> None:
    answers = [await busy.http.get(HANDSHAKE, headers={"X-Forwarded-For": f"1.1.1.{n}"}) for n in range(8)]
    assert [answer.status_code for answer in answers].count(429) >= 4


# Origins

FOREIGN = [
    *("https://evil.example", "https://app.example.fr.evil.example", "https://app.example.fr:444"),
    *("http://app.example.fr", "http://localhost", "http://127.0.0.1:1", "null", "é"),
]


@pytest.fixture
async def origins(database_url: str, quiet: None) -> AsyncIterator[Node]:
    async with serving(database_url, cors_origins="https://app.example.fr, https://other.example.fr") as node:
        yield node


async def test_a_foreign_origin_is_refused(origins: Node) -> None:
    async with httpx.AsyncClient(base_url=origins.url, trust_env=False) as http:
        sid = (await http.get(HANDSHAKE)).text.split('"sid":"')[1].split('"')[0]
        for origin in FOREIGN:
            for method, path in (
                ("GET", HANDSHAKE),
                ("OPTIONS", HANDSHAKE),
                ("GET", f"{HANDSHAKE}&sid={sid}"),
                ("POST", f"{HANDSHAKE}&sid={sid}"),
            ):
                response = await http.request(method, path, headers={"Origin": origin.encode()})
                assert response.status_code == 403
                assert "Access-Control-Allow-Origin" not in response.headers
            for query in ("", f"&sid={sid}") if origin.isascii() else ():
                with pytest.raises(InvalidStatus) as caught:
                    await websocket(origins.url, query, additional_headers={"Origin": origin})
                assert caught.value.response.status_code == 403
        assert (await http.post(f"{HANDSHAKE}&sid={sid}", content="1")).status_code == 200


async def test_the_own_origin_those_configured_and_none_at_all_are_let_in(origins: Node) -> None:
    own = origins.url
    port = own.rsplit(":", 1)[1]
    async with httpx.AsyncClient(base_url=own, trust_env=False) as http:
        for origin in (own, "https://app.example.fr", "https://other.example.fr"):
            response = await http.get(HANDSHAKE, headers={"Origin": origin})
            assert response.status_code == 200
            assert response.headers["Access-Control-Allow-Origin"] == origin
            assert response.headers["Access-Control-Allow-Credentials"] == "true"
            raw = await websocket(own, additional_headers={"Origin": origin})
            await raw.close()
        asked = {"Origin": "https://app.example.fr", "Access-Control-Request-Headers": "x-one"}
        response = await http.options(HANDSHAKE, headers=asked)
        assert response.status_code == 200
        assert response.headers["Access-Control-Allow-Origin"] == "https://app.example.fr"
        assert response.headers["Access-Control-Allow-Credentials"] == "true"
        assert "POST" in response.headers["Access-Control-Allow-Methods"]
        assert response.headers["Access-Control-Allow-Headers"] == "x-one"
        response = await http.get(HANDSHAKE)
        assert response.status_code == 200
        assert "Access-Control-Allow-Origin" not in response.headers
        host = {"Host": f"chat.example.fr:{port}", "Origin": f"http://chat.example.fr:{port}"}
        assert (await http.get(HANDSHAKE, headers=host)).status_code == 200
        host["Origin"] = f"https://chat.example.fr:{port}"
        assert (await http.get(HANDSHAKE, headers=host)).status_code == 403


async def test_behind_a_trusted_proxy_the_own_origin_has_the_scheme_that_it_tells(database_url: str) -> None:
    headers = {"Host": "chat.example.fr", "Origin": "https://chat.example.fr", "X-Forwarded-Proto": "https"}
    async with (
        serving(database_url, trusted_proxies="127.0.0.1") as behind,
        serving(database_url) as open_to_all,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        response = await http.get(behind.url + HANDSHAKE, headers=headers)
        assert response.status_code == 200
        assert response.headers["Access-Control-Allow-Origin"] == "https://chat.example.fr"
        assert (await http.get(open_to_all.url + HANDSHAKE, headers=headers)).status_code == 403


async def test_the_official_clients_are_refused_and_let_in_by_their_origin(stage: Stage) -> None:
    user_id = stage.user_id("alice")
    good = stage.node.token(user_id)
    with pytest.raises(NotConnected) as caught:
        await stage.device(user_id).connect(good, headers={"Origin": "https://evil.example"})
    assert caught.value.status in (403, None)
    alice = await stage.device(user_id).connect(good, headers={"Origin": stage.node.url})
    await alice.call("sync")


async def test_a_server_that_ends_takes_nobody_in(database_url: str, quiet: None) -> None:
    async with serving(database_url) as node, raws(node.url) as opened:
        assert (await opened.http.get(HANDSHAKE)).status_code == 200
        await node.sockets.drain(1)
        refused = await opened.http.get(HANDSHAKE)
        assert refused.status_code == 503
        assert refused.headers["Connection"] == "close"


async def test_a_server_that_ends_sends_each_client_away_at_a_moment_of_its_own(database_url: str) -> None:
    bounds: list[tuple[float, float]] = []

    def moment(first: float, last: float) -> float:
        bounds.append((first, last))
        return first + (last - first) * len(bounds) / 10

    async with serving(database_url) as node, raws(node.url) as opened:
        watching = [asyncio.create_task((await opened.websocket()).rest()) for _ in range(10)]
        await node.sockets.drain(1, moment)
        await asyncio.gather(*watching)
        assert bounds == [(0, 10 / LEAVING)] * 10
