"""Who has gone, and what was refused, is freed at once: to look for cycles among all who are there stops everything."""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from tests.client import Client, Refused, connected
from tests.interfaces.socketio.raw import raws
from tests.interfaces.socketio.stage import until
from tests.serving import serving

TIMES = 10
OURS = (
    "interfaces.socketio.",
    "interfaces.http.",
    "application.",
    "domain.",
    "uvicorn.",
    "engineio.",
    "socketio.",
    "websockets.server",
)


@contextmanager
def cycles() -> Iterator[list[str]]:
    """The classes of which each time has left an object that was in a cycle when nobody held it any more."""
    found: list[str] = []
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
        gc.collect()
    finally:
        gc.set_debug(0)
        names = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.garbage)
        found += [name for name, count in names.items() if name.startswith(OURS) and count >= TIMES]
        gc.garbage.clear()


async def test_a_websocket_that_has_ended_leaves_no_cycle(database_url: str) -> None:
    async with serving(database_url) as node, raws(node.url) as opened:
        with cycles() as found:
            for _ in range(TIMES):
                raw = await opened.websocket()
                await raw.close()
                opened.forget(raw)
                await until(lambda: not node.sockets.eio.sockets)
                del raw
        assert not found


@pytest.mark.parametrize(
    "frame", [b"\x8f\x80mask", b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"mask"], ids=["bad", "huge"]
)
async def test_a_websocket_that_ends_with_a_frame_that_is_none_leaves_no_cycle(database_url: str, frame: bytes) -> None:
    async with serving(database_url) as node, raws(node.url) as opened:
        with cycles() as found:
            for _ in range(TIMES):
                raw = await (await opened.websocket()).enter(node.token("alice"))
                raw.connection.transport.write(frame)
                await raw.rest()
                opened.forget(raw)
                await until(lambda: not node.sockets.eio.sockets)
                del raw
        assert not found


async def test_a_polling_session_leaves_no_cycle(database_url: str) -> None:
    async with serving(database_url) as node, raws(node.url) as opened:
        with cycles() as found:
            for _ in range(TIMES):
                raw = await (await opened.polling()).enter(node.token("alice"))
                await raw.send("1")
                opened.forget(raw)
                await until(lambda: not node.sockets.eio.sockets)
                del raw
        assert not found


async def test_a_refusal_leaves_no_cycle(database_url: str) -> None:
    async with serving(database_url) as node:
        alice = Client(node.url, node.token("alice"))
        async with connected(alice):
            await refused(alice)
            with cycles() as found:
                for _ in range(TIMES):
                    await refused(alice)
            assert not found


async def refused(client: Client) -> None:
    for ask in (client.mark_as_read(str(uuid4())), client.send(str(uuid4()), "nobody hears this")):
        try:
            await ask
        except Refused as refusal:
            assert refusal.code == "not_found"
