"""What no official client would send, by raw WebSockets and raw posts: it harms nobody, and nothing of it is kept."""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.interfaces.socketio.conftest import PLAIN, either
from tests.interfaces.socketio.devices import Way, message
from tests.interfaces.socketio.raw import Gone, Raw, Raws, ack, connecting, event, synced
from tests.interfaces.socketio.stage import Stage, until
from tests.serving import Node

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


@either
async def test_garbage_is_passed_over(entered: Raw) -> None:
    for number, frame in enumerate(GARBAGE):
        await entered.send(frame, event("sync", {}, number=number))
        synced((await entered.until(f"43{number}["))[-1], number)


@either
async def test_garbage_is_answered_by_nothing_but_what_it_asks_for(entered: Raw) -> None:
    asks = [frame for frame in GARBAGE if not frame.startswith(("40", "2"))]
    for start in range(0, len(asks), 4):
        await entered.send(*asks[start : start + 4])
    await entered.send(event("sync", {}, number=1))
    synced(await entered.receive(), 1)


@either
async def test_what_is_broken_is_answered_once_under_its_number(entered: Raw) -> None:
    for frame, code in BROKEN:
        await entered.send(frame, event("sync", {}, number=1))
        refused = ack(await entered.receive(), 0)
        assert (refused["ok"], refused["error"]["code"]) == (False, code), frame[:100]
        synced(await entered.receive(), 1)


@either
async def test_garbage_before_the_namespace_is_entered_is_passed_over(raw: Raws, node: Node, transport: str) -> None:
    client = await raw.by(transport)
    asks = [frame for frame in GARBAGE if not frame.startswith("40")] + [frame for frame, _ in BROKEN]
    for start in range(0, len(asks), 3):
        await client.send(*asks[start : start + 3])
    await client.enter(node.token("garbage"))
    await client.send(event("sync", {}, number=1))
    synced((await client.until("43"))[-1], 1)


@either
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


@either
async def test_acks_are_counted_by_whatever_number(entered: Raw) -> None:
    for number in (0, 7, 2**31, 10**18):
        await entered.send(event("sync", {}, number=number))
        synced(await entered.receive(), number)


@either
async def test_a_frame_has_256_kib_and_no_more(entered: Raw) -> None:
    for size, code in ((256 * 1024, "invalid_payload"), (256 * 1024 + 1, "too_large")):
        frame = event("sync", {"since": ""}, number=1)
        await entered.send(frame.replace('""', f'"{"x" * (size - len(frame))}"'))
        assert ack(await entered.receive(), 1)["error"]["code"] == code


@either
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


@either
async def test_entering_twice_changes_nothing(entered: Raw, node: Node) -> None:
    for again in (connecting(node.token("garbage")), connecting(node.token("another")), connecting("x"), "40"):
        await entered.send(again, event("sync", {}, number=1))
        synced((await entered.until("43"))[-1], 1)
    await entered.send(event("authenticate", {"token": node.token("another")}, number=2))
    assert ack(await entered.receive(), 2)["error"]["code"] == "forbidden"


@either
async def test_who_left_the_namespace_may_enter_again_as_somebody_else(entered: Raw, node: Node) -> None:
    await entered.send("41", event("sync", {}, number=1))
    await entered.enter(node.token("another"))
    await entered.send(event("authenticate", {"token": node.token("another")}, number=2))
    assert ack((await entered.until("43"))[-1], 2)["user"]["user_id"] == "another"


@either
async def test_leaving_and_entering_again_gives_nobody_more_time(raw: Raws, node: Node, transport: str) -> None:
    client = await raw.by(transport)
    (first,) = node.sockets.sessions.values()
    for _ in range(3):
        await client.enter()
        await client.send("41")
        await until(lambda: node.sockets.manager.rooms == {})
    (last,) = node.sockets.sessions.values()
    assert (last is first, last.entry._deadline) == (False, first.entry._deadline)


@either
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


@either
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


@either
async def test_the_closing_packet_closes(entered: Raw) -> None:
    await entered.send(event("sync", {}, number=1), "1")
    with pytest.raises(Gone):
        while True:
            await entered.receive()


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
