"""What no official client would send, by raw WebSockets and raw posts: it harms nobody, and nothing of it is kept."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from websockets.exceptions import InvalidStatus

from interfaces.socketio import engine
from tests.interfaces.socketio.conftest import PLAIN
from tests.interfaces.socketio.devices import PATIENCE, Way, message, started
from tests.interfaces.socketio.raw import PATH, Gone, Raw, RawPolling, Raws, ack, connecting, event, raws, websocket
from tests.interfaces.socketio.stage import Stage, nobody_is_left, until
from tests.serving import Node, serving

DEEP = 100_000

GARBAGE: tuple[str, ...] = (
    *(
        "",
        "x",
        "é",
        "\0",
        "\x7f",
        "4",
        "4x",
        "4é",
        "40",
        "40{",
        "40[]",
        "40null",
        '40"x"',
        "40/",
        "40/other,",
        "40/other,{}",
    ),
    *("41/other,", "42", "42[]", "42[", "42{", '42{"a":1}', "42[1]", "42[null]", "42[{}]", "42[[]]", "42null", '42""'),
    *(
        '42["sync"',
        '42["sync",{}',
        '42["sync",{}]x',
        '42["sync",NaN]',
        '42["sync",Infinity]',
        "42['sync']",
        '42["sync",]',
    ),
    *('42/other,["sync",{}]', '42/,["no such event"]', '42/other,9["sync",{}]', '42/"sync"', '42-["sync"]'),
    *(
        "43",
        "430",
        "430[]",
        '431[{"ok":true}]',
        "43[]",
        "44",
        '44{"message":"x"}',
        "45",
        "46",
        "46-[]",
        "47",
        "48",
        "4-1",
    ),
    *('451-["sync",{"_placeholder":true,"num":0}]', '459999999999-["sync"]', '45-["sync"]', "460-1[]"),
    *(
        "0",
        '0{"sid":"x"}',
        "2",
        "2probe",
        "3",
        "3probe",
        "3" * 1_000,
        "5",
        "5x",
        "6",
        "6x",
        "7",
        "8",
        "9",
        "b",
        "bAAAA",
    ),
    *("\x1e", "\x1e\x1e\x1e", "\u2028", "\ufeff4", "42\x1e42\x1e"),
    "4" * 100_000,
    "42" + "[" * DEEP,
    "42" + "[" * DEEP + "]" * DEEP,
    '42["sync",' + '{"a":' * DEEP,
    '42["sync",' + '{"a":' * 900 + "1" + "}" * 900 + "]",
    '42["sync",{"since":' + "9" * 100_000 + "}]",
    '42["sync",{"since":1e999}]',
    "42" + "1" * 200_000,
    "40" + "[" * DEEP,
    '40{"token":' + "[" * 900 + "]" * 900 + "}",
)
"""Frames that ask for no answer, and get none."""

BROKEN: tuple[tuple[str, str], ...] = (
    ('420{"a":1}', "invalid_payload"),
    ("420", "invalid_payload"),
    ("420[]", "invalid_payload"),
    ("420[", "invalid_payload"),
    ("420[1,{}]", "invalid_payload"),
    ("420[null]", "invalid_payload"),
    ('420[["sync"]]', "invalid_payload"),
    ('420["sync"', "invalid_payload"),
    ('420["sync",{]', "invalid_payload"),
    ('420["sync",NaN]', "invalid_payload"),
    ('420["sync",null]', "invalid_payload"),
    ('420["sync",{},{}]', "invalid_payload"),
    ('420["sync",{"since":"1","since":-1}]', "invalid_payload"),
    ('420["sync",{"since":1.0}]', "invalid_payload"),
    ('420["sync",{"since":1e3}]', "invalid_payload"),
    ('420["sync",{"since":' + "9" * 5_000 + "}]", "invalid_payload"),
    ('420["send_message",' + '{"a":' * 900 + "1" + "}" * 900 + "]", "invalid_payload"),
    ('420["sync",' + "[" * DEEP + "]" * DEEP + "]", "invalid_payload"),
    ('420["sync",' + "[" * DEEP, "invalid_payload"),
    ('420["no such event"]', "not_found"),
    ('420["connect",{"token":"x"}]', "not_found"),
    ('420["disconnect"]', "not_found"),
    ('420["\\ud800"]', "not_found"),
    ('420["sync","' + "x" * 300 * 1024 + '"]', "too_large"),
    ("420" + "[" * 300 * 1024, "too_large"),
    ('450["sync",{}]', "invalid_payload"),
    ('451-0["sync",{"_placeholder":true,"num":0}]', "invalid_payload"),
    ('42/,0["sync",null]', "invalid_payload"),
)
"""Frames that ask for an ack under 0, and the code in it."""

both = pytest.mark.parametrize("transport", ["websocket", pytest.param("polling", marks=pytest.mark.slow)])


def synced(text: str, number: int) -> None:
    assert ack(text, number)["ok"], text


@pytest.fixture
async def entered(raw: Raws, node: Node, transport: str) -> AsyncIterator[Raw]:
    """A raw client that is somebody, by both transports; the log is as it was in the end."""
    client = await raw.by(transport)
    token = node.token("garbage")
    await client.enter(token)
    await client.send(event("sync", {}, number=9))
    await client.until("439")
    before = await node.chat.store.end()
    yield client
    assert await node.chat.store.end() == before


@both
async def test_garbage_is_passed_over(entered: Raw) -> None:
    for number, frame in enumerate(GARBAGE):
        await entered.send(frame, event("sync", {}, number=number))
        synced((await entered.until(f"43{number}["))[-1], number)


@both
async def test_garbage_is_answered_by_nothing_but_what_it_asks_for(entered: Raw) -> None:
    asks = [frame for frame in GARBAGE if not frame.startswith(("40", "2"))]
    for start in range(0, len(asks), 4):
        await entered.send(*asks[start : start + 4])
    await entered.send(event("sync", {}, number=1))
    synced(await entered.receive(), 1)


@both
async def test_what_is_broken_is_answered_once_under_its_number(entered: Raw) -> None:
    for frame, code in BROKEN:
        await entered.send(frame, event("sync", {}, number=1))
        refused = ack(await entered.receive(), 0)
        assert (refused["ok"], refused["error"]["code"]) == (False, code), frame[:100]
        synced(await entered.receive(), 1)


@both
async def test_garbage_before_the_namespace_is_entered_is_passed_over(raw: Raws, node: Node, transport: str) -> None:
    client = await raw.by(transport)
    asks = [frame for frame in GARBAGE if not frame.startswith("40")] + [frame for frame, _ in BROKEN]
    for start in range(0, len(asks), 3):
        await client.send(*asks[start : start + 3])
    await client.enter(node.token("garbage"))
    await client.send(event("sync", {}, number=1))
    synced((await client.until("43"))[-1], 1)


@both
async def test_who_is_nobody_yet_is_answered_unauthenticated_whatever_it_sends(raw: Raws, transport: str) -> None:
    client = await (await raw.by(transport)).enter()
    for frame, _ in BROKEN:
        await client.send(frame)
        assert ack(await client.receive(), 0)["error"]["code"] == "unauthenticated"


async def test_binary_frames_are_passed_over(raw: Raws, node: Node) -> None:
    client = await (await raw.websocket()).enter(node.token("garbage"))
    for number, frame in enumerate((b"", b"x", b"42", b'421["sync",{}]', b"\xff\xfe", bytes(100_000), b"\x04")):
        await client.send('451-["sync",{"_placeholder":true,"num":0}]', frame, event("sync", {}, number=number))
        synced(await client.receive(), number)


@both
async def test_acks_are_counted_by_whatever_number(entered: Raw) -> None:
    for number in (0, 7, 2**31, 10**18):
        await entered.send(event("sync", {}, number=number))
        synced(await entered.receive(), number)


@both
async def test_a_frame_has_256_kib_and_no_more(entered: Raw) -> None:
    for size, code in ((256 * 1024, "invalid_payload"), (256 * 1024 + 1, "too_large")):
        frame = event("sync", {"since": ""}, number=1)
        await entered.send(frame.replace('""', f'"{"x" * (size - len(frame))}"'))
        assert ack(await entered.receive(), 1)["error"]["code"] == code


@both
async def test_a_connect_that_nobody_can_come_in_by_is_refused(raw: Raws, node: Node, transport: str) -> None:
    client = await raw.by(transport)
    for frame, answer, code in (
        (connecting("x" * 300 * 1024), "44{", "too_large"),
        ("40{", "44{", "invalid_payload"),
        ("40/other,", "44/other,{", "not_found"),
    ):
        await client.send(frame)
        refused = await client.receive()
        assert refused.startswith(answer)
        refusal = json.loads(refused[len(answer) - 1 :])
        assert (refusal["data"]["code"], refusal["message"]) == (code, refusal["data"]["message"])
    await client.enter(node.token("garbage"))


@both
async def test_entering_twice_changes_nothing(entered: Raw, node: Node) -> None:
    for again in (connecting(node.token("garbage")), connecting(node.token("another")), connecting("x"), "40"):
        await entered.send(again, event("sync", {}, number=1))
        synced((await entered.until("43"))[-1], 1)
    await entered.send(event("authenticate", {"token": node.token("another")}, number=2))
    assert ack(await entered.receive(), 2)["error"]["code"] == "forbidden"


@both
async def test_who_left_the_namespace_may_enter_again_as_somebody_else(entered: Raw, node: Node) -> None:
    await entered.send("41", event("sync", {}, number=1))
    await entered.enter(node.token("another"))
    await entered.send(event("authenticate", {"token": node.token("another")}, number=2))
    assert ack((await entered.until("43"))[-1], 2)["user"]["user_id"] == "another"


@both
async def test_leaving_and_entering_again_gives_nobody_more_time(raw: Raws, node: Node, transport: str) -> None:
    client = await raw.by(transport)
    (first,) = node.sockets.sessions.values()
    for _ in range(3):
        await client.enter()
        await client.send("41")
        await until(lambda: node.sockets.manager.rooms == {})
    (last,) = node.sockets.sessions.values()
    assert (last is first, last.entry._deadline) == (False, first.entry._deadline)


@both
async def test_who_was_refused_at_the_namespace_may_enter_with_a_good_token(
    raw: Raws, node: Node, transport: str
) -> None:
    client = await raw.by(transport)
    await client.send(connecting("x"))
    refused = json.loads((await client.until("44"))[-1][2:])
    assert refused["data"]["code"] == "invalid_token"
    await client.enter(node.token("garbage"))
    await client.send(event("sync", {}, number=1))
    synced(await client.receive(), 1)


@both
async def test_a_frame_of_2_mib_closes_the_connection(entered: Raw) -> None:
    with pytest.raises(Gone):
        await entered.send(event("send_message", message(str(uuid4()), "x" * 2 * 1024 * 1024), number=1))
        while True:
            await entered.receive()


async def test_a_message_in_too_many_fragments_closes_the_connection(raw: Raws, node: Node) -> None:
    client = await (await raw.websocket()).enter(node.token("garbage"))
    with pytest.raises(Gone):
        await client.send(["x" * 100_000] * 20)
        await client.receive()


@both
async def test_the_closing_packet_closes(entered: Raw) -> None:
    await entered.send(event("sync", {}, number=1), "1")
    with pytest.raises(Gone):
        while True:
            await entered.receive()


# Handshakes

PLAIN_GET = f"{PATH}&transport=polling"


async def test_a_handshake_that_is_none_is_refused(raw: Raws) -> None:
    for path in (
        "/socket.io/",
        "/socket.io/?EIO=3&transport=polling",
        "/socket.io/?EIO=&transport=polling",
        "/socket.io/?EIO=5&transport=polling",
        f"{PATH}&transport=x",
        f"{PATH}&transport=websocket",
        f"{PATH}&transport=polling&sid=unknown",
        f"{PATH}&transport=websocket&sid=unknown",
        f"{PATH}&transport=polling&j=x",
        f"{PATH}&transport=polling&sid=%00%ff%ed%a0%80",
        f"{PATH}&transport=" + "x" * 10_000,
        "/socket.io/?" + "&".join(["a=1"] * 5_000),
    ):
        response = await raw.http.get(path)
        assert response.status_code == 400, path
        assert len(response.content) < 300
        assert (await raw.http.post(path, content="40")).status_code == 400


async def test_methods_that_there_are_none_are_refused(raw: Raws) -> None:
    session = await raw.polling()
    for path in (PLAIN_GET, session.path):
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "X"):
            assert (await raw.http.request(method, path)).status_code in (400, 405)
        assert (await raw.http.options(path)).status_code == 200
    assert (await raw.http.post(PLAIN_GET, content="40")).status_code == 400


async def test_paths_beside_are_not_found(raw: Raws) -> None:
    for path in ("/socket.iox/?EIO=4&transport=polling", "/engine.io/?EIO=4&transport=polling", "/x?EIO=4"):
        assert (await raw.http.get(path)).status_code == 404


async def test_a_websocket_handshake_that_is_none_is_refused(raw: Raws) -> None:
    for query in (
        "EIO=4&transport=websocket&sid=unknown",
        "EIO=3&transport=websocket",
        "EIO=4&transport=x",
        "EIO=4&transport=polling",
        "EIO=4",
        "transport=websocket",
        "",
    ):
        with pytest.raises(InvalidStatus) as caught:
            await websocket(raw.url, query=query)
        assert caught.value.response.status_code in (400, 403), query


async def over_tcp(node: Node, *parts: bytes, close: bool = False) -> bytes:
    """What bytes are answered, up to the end of the connection; with `close`, nobody waits for it."""
    address = urlsplit(node.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if close:
            return b""
        return await asyncio.wait_for(reader.read(), PATIENCE)
    finally:
        writer.close()


def request(method: str, path: str, *headers: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", "Connection: close", *headers, "", ""]).encode(
        "latin-1"
    )


async def test_an_upgrade_header_without_an_upgrade_is_refused(node: Node, raw: Raws) -> None:
    session = await raw.polling()
    for path in (f"{PATH}&transport=websocket", f"{PATH}&transport=websocket&sid={session.sid}"):
        answer = await over_tcp(node, request("GET", path, "Upgrade: websocket"))
        assert answer.startswith(b"HTTP/1.1 400"), answer[:200]
    await (await session.enter(node.token("garbage"))).send(event("sync", {}, number=1))
    synced(await session.receive(), 1)


async def test_headers_that_are_none_are_refused(node: Node, raw: Raws) -> None:
    for headers in (
        ["Content-Length: x"],
        ["Content-Length: -1"],
        ["Content-Length: 5, 5"],
        ["Content-Length: 5", "Content-Length: 5"],
        ["Content-Length: 99999999999999999999"],
        ["Transfer-Encoding: chunked", "Content-Length: 5"],
        ["Origin: \xff\xfe"],
    ):
        answer = await over_tcp(node, request("POST", PLAIN_GET, *headers), b"40")
        assert answer[9:12] in (b"400", b"403", b"413"), (headers, answer[:200])
    for headers in (["X-Name: \xff\xfe"], ["Cookie: \x80"], ["X-Forwarded-For: \xff", "X-Forwarded-Proto: \xff"]):
        answer = await over_tcp(node, request("GET", f"{PATH}&transport=x", *headers))
        assert answer[9:12] == b"400"


async def test_a_body_that_breaks_off_is_not_taken(node: Node, raw: Raws) -> None:
    session = await (await raw.polling()).enter(node.token("garbage"))
    start = event("start_conversation", started("someone"))
    before = await node.chat.store.end()
    for path in (session.path, PLAIN_GET, f"{PATH}&transport=polling&sid=unknown"):
        for body in (b"", start.encode(), start.encode() + b"\x1e"):
            await over_tcp(node, request("POST", path, f"Content-Length: {len(body) + 10}"), body, close=True)
            chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n" if body else b""
            await over_tcp(node, request("POST", path, "Transfer-Encoding: chunked"), chunk, close=True)
    await session.send(event("sync", {}, number=1))
    synced(await session.receive(), 1)
    assert await node.chat.store.end() == before


async def test_a_poll_that_breaks_off_ends_the_session(node: Node, raw: Raws) -> None:
    """What would be sent meanwhile, nobody gets."""
    session = await (await raw.polling()).enter(node.token("garbage"))
    (socket,) = node.sockets.eio.sockets.values()
    poll = asyncio.create_task(session.poll())
    await until(lambda: socket.polled)
    poll.cancel()
    await nobody_is_left(node)
    with pytest.raises(Gone):
        await session.poll()


async def test_a_post_of_2_mib_ends_the_session(raw: Raws, node: Node) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(32):
            yield b"4" * 64 * 1024

    for content in (b"4" * 2 * 1024 * 1024, endless()):
        session = await (await raw.polling()).enter(node.token("garbage"))
        response = await session.post(content)
        assert response.status_code in (400, 413)
        with pytest.raises(Gone):
            await session.receive()
        await nobody_is_left(node)


async def test_a_post_that_is_no_text_is_passed_over(raw: Raws, node: Node) -> None:
    session = await (await raw.polling()).enter(node.token("garbage"))
    for content in (
        b"",
        b"\xff\xfe\x00",
        b"4\xed\xa0\x80",
        bytes(range(256)),
        b"d=42[]",
        b"\x1e" * 5_000,
        b"42[]\x1e" * 5_000,
    ):
        assert (await session.post(content)).status_code == 200
    await session.send(event("sync", {}, number=1))
    synced(await session.receive(), 1)


async def test_two_polls_at_once_end_the_session(raw: Raws, node: Node) -> None:
    session = await (await raw.polling()).enter(node.token("garbage"))
    answers = await asyncio.gather(session.http.get(session.path), session.http.get(session.path))
    assert sorted(answer.status_code for answer in answers) == [200, 400]
    with pytest.raises(Gone):
        await session.poll()
        await session.poll()


async def test_many_packets_in_one_post_are_all_answered(raw: Raws, node: Node) -> None:
    session = await (await raw.polling()).enter(node.token("garbage"))
    await session.send(*[event("sync", {}, number=number) for number in range(200)])
    answers = []
    while len(answers) < 200:
        packets = await session.poll()
        assert len(packets) <= 16  # the Python client takes no more
        answers += packets
    for number, answer in enumerate(answers):
        synced(answer, number)


async def test_the_older_ways_of_polling_work_or_are_refused(raw: Raws) -> None:
    response = await raw.http.get(f"{PLAIN_GET}&j=0")
    assert (response.status_code, response.text[:6]) == (200, "___eio")
    sid = response.text.split('sid\\":\\"')[1].split("\\")[0]
    assert (await raw.http.post(f"{PLAIN_GET}&sid={sid}", content="1")).status_code == 200


# Ends


@both
async def test_who_goes_in_the_middle_of_a_request_leaves_nothing(node: Node, raw: Raws, transport: str) -> None:
    token = node.token("garbage")
    breaths: list[list[str]] = [
        [connecting(token)],
        ["40", event("authenticate", {"token": token}, number=1)],
        ["40", *[event("authenticate", {"token": token}, number=n) for n in range(5)], event("sync", {}, number=9)],
        [connecting(token), *[event("sync", {}, number=n) for n in range(20)]],
        [connecting(token), event("sync", {"min_position": 10**6}, number=1), event("sync", {}, number=2)],
        [connecting(token), event("start_conversation", started("someone"), number=1), "41", connecting(token)],
        [connecting(token), "41", connecting(token), "41", "40"],
    ]
    for breath in breaths:
        for _ in range(5):
            client = await raw.by(transport)
            await client.send(*breath)
            await client.close()
    await nobody_is_left(node)


async def test_a_connection_that_is_reset_leaves_nothing(node: Node, raw: Raws) -> None:
    for breath in (["40"], [connecting(node.token("garbage")), event("sync", {}, number=1)], []):
        client = await raw.websocket()
        await client.send(*breath)
        transport = client.connection.transport
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    await nobody_is_left(node)


async def test_a_session_whose_two_posts_come_at_once_leaves_nothing(node: Node, raw: Raws) -> None:
    for _ in range(10):
        session = await raw.polling()
        token = node.token("garbage")
        posts = [
            session.post(connecting(token)),
            session.post("41"),
            session.post("1"),
            session.post(connecting(token)),
        ]
        await asyncio.gather(*posts)
    await nobody_is_left(node)


async def test_of_two_users_who_come_by_one_session_at_once_the_session_is_one_s(node: Node, raw: Raws) -> None:
    for _ in range(5):
        both = await raw.polling()
        entering = both.send(connecting(node.token("alice")))
        await asyncio.gather(entering, both.send(event("authenticate", {"token": node.token("bob")}, number=0)))
        session = node.sockets.sessions[both.sid]
        await until(lambda session=session: session.entry.receiver and not session._under_way)  # type: ignore[misc]
        assert session.entry.caller
        assert session.entry.receiver
        assert session.entry.caller.user_id == session.entry.receiver.user_id == session.entry._place
        await both.send("1")
        raw.forget(both)
        await nobody_is_left(node)


async def test_who_leaves_while_it_waits_to_enter_again_gets_what_concerns_it(node: Node, raw: Raws) -> None:
    for _ in range(5):
        alice = await (await raw.polling()).enter(node.token("alice"))
        crowd = [asyncio.create_task(node.sockets.turnstile.turn()) for _ in range(60)]
        await asyncio.gather(alice.post(connecting(node.token("alice"))), alice.post("41"), *crowd)
        session = node.sockets.sessions[alice.sid]
        assert (session.entry.caller is None) == (session.entry.receiver is None)
        await alice.send("1")
        raw.forget(alice)
        await nobody_is_left(node)


async def test_who_goes_while_it_waits_at_the_gate_leaves_nothing(database_url: str) -> None:
    async with serving(database_url, authenticate_within=60) as node, raws(node.url) as opened:
        turnstile = node.sockets.turnstile
        turnstile._turning = True  # nobody has a turn
        place = urlsplit(node.url)
        _, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await until(lambda: turnstile._waiting)
        writer.transport.abort()
        assert (await opened.http.get("/healthz")).status_code == 200  # by now the server has heard of it
        turnstile._next()
        await until(lambda: not turnstile._turning)
        await nobody_is_left(node)


@pytest.fixture
async def impatient(
    database_url: str, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Node, Raws]]:
    """A server that asks often whether its clients are still there."""
    monkeypatch.setattr(engine, "LINGER", 0.2)
    settings = {"ping_interval": 0.2, "ping_timeout": 0.2, "authenticate_within": 0.4}
    async with serving(database_url, **settings) as node, raws(node.url) as opened:
        yield node, opened


@both
async def test_who_does_not_answer_pings_is_disconnected(impatient: tuple[Node, Raws], transport: str) -> None:
    node, opened = impatient
    silent = await (await opened.by(transport)).enter(node.token("silent"))
    lively = await (await opened.by(transport)).enter(node.token("lively"))
    living = asyncio.create_task(lively.rest())
    if isinstance(silent, RawPolling):
        await until(lambda: len(node.sockets.sessions) == 1)  # it polls no more
    else:
        silent.deaf = True
        await silent.rest()
    callers = [session.entry.caller for session in node.sockets.sessions.values()]
    assert [caller.user_id for caller in callers if caller] == ["lively"]
    assert not living.done()
    await lively.close()
    await living
    await nobody_is_left(node)


async def test_who_came_together_is_not_asked_together_for_ever(node: Node, raw: Raws) -> None:
    interval = node.sockets.eio.ping_interval
    opened = [await raw.websocket() for _ in range(20)]
    now = asyncio.get_running_loop().time()
    for one in node.sockets.eio.sockets.values():
        one.beat()
    due = [one._heart.when() - now for one in node.sockets.eio.sockets.values() if one._heart]
    assert len(due) == len(opened)
    assert 0.8 * interval <= min(due) < max(due) - 0.05 * interval < interval


@both
async def test_who_never_enters_the_namespace_is_disconnected(impatient: tuple[Node, Raws], transport: str) -> None:
    node, opened = impatient
    never, left = await opened.by(transport), await opened.by(transport)
    await left.enter(node.token("somebody"))
    await left.send("41")
    await asyncio.gather(never.rest(), left.rest())
    await nobody_is_left(node)


# What an official client can be made to send


@pytest.mark.parametrize("way", [PLAIN[1]], ids=str)
async def test_the_names_connect_and_disconnect_are_no_events(stage: Stage, way: Way) -> None:
    """The JavaScript client refuses to send them."""
    (alice,) = await stage.come("alice")
    for name in ("connect", "disconnect", "connect_error", "message", "*"):
        for payload in ({}, {"token": stage.node.token("mallory")}, {"asgi.scope": {"headers": []}}):
            await alice.refused("not_found", name, payload)
    late = await stage.device(stage.user_id("bob")).connect()
    for name in ("connect", "disconnect"):
        await late.refused("unauthenticated", name, {"token": stage.node.token(late.user_id)})
        await late.refused("unauthenticated", "sync")
    await alice.call("sync")
