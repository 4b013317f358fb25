"""Who goes, is lost, or is sent away leaves nothing behind."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from interfaces.socketio import sockets
from tests.interfaces.socketio.conftest import either
from tests.interfaces.socketio.devices import started
from tests.interfaces.socketio.raw import UPGRADE, RawPolling, Raws, connecting, event, raws
from tests.interfaces.socketio.stage import nobody_is_left, until
from tests.serving import Node, serving


@either
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
        writer.write(UPGRADE)
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
    monkeypatch.setattr(sockets, "LINGER", 0.2)
    settings = {"ping_interval": 0.2, "ping_timeout": 0.2, "authenticate_within": 0.4}
    async with serving(database_url, **settings) as node, raws(node.url) as opened:
        yield node, opened


@either
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


@either
async def test_who_never_enters_the_namespace_is_disconnected(impatient: tuple[Node, Raws], transport: str) -> None:
    node, opened = impatient
    never, left = await opened.by(transport), await opened.by(transport)
    await left.enter(node.token("somebody"))
    await left.send("41")
    await asyncio.gather(never.rest(), left.rest())
    await nobody_is_left(node)
