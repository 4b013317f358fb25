"""What comes in on a WebSocket is taken at once or goes the library's way, however it is cut; nothing is overtaken."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from interfaces.http.arrival import USUAL, arriving
from interfaces.socketio.wire import EXTENSION, FrameProtocol, Wire

HANDSHAKE = b"\r\n".join(
    [
        b"GET /?EIO=4 HTTP/1.1",
        b"Host: here",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        b"Sec-WebSocket-Version: 13",
        b"\r\n",
    ]
)


class Transport(asyncio.Transport):
    """It keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False
        self.protocol: Any = None

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Room:
    """An application that is told texts at once, but for those that begin with `wanted`, and the rest the long way."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.open = asyncio.Event()
        self.wire: Wire | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        wire = self.wire = scope["extensions"][EXTENSION]
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        wire.take = self._take
        self.open.set()
        while (message := await receive())["type"] == "websocket.receive":
            self.heard.append(("long way", message.get("text") or message["bytes"].decode()))
        self.heard.append(("end", str(message["code"])))

    def _take(self, text: str) -> bool:
        if text.startswith("long"):
            return False
        self.heard.append(("at once", text))
        return True

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.heard]


def knock(handshake: bytes) -> tuple[Room, Transport]:
    room, transport = Room(), Transport()
    config = Config(room, lifespan="off", ws=FrameProtocol, ws_max_size=100_000)
    config.load()
    transport.protocol = arriving(10)(config, ServerState(), {})
    transport.protocol.connection_made(transport)
    transport.protocol.data_received(handshake)
    return room, transport


@asynccontextmanager
async def enter(handshake: bytes) -> AsyncIterator[tuple[FrameProtocol, Room, Transport]]:
    """In the end the connection is lost: else the application would wait in it for ever."""
    room, transport = knock(handshake)
    assert isinstance(transport.protocol, FrameProtocol)
    await room.open.wait()
    try:
        yield transport.protocol, room, transport
    finally:
        transport.protocol.connection_lost(None)
        await quiet()


@pytest.fixture(params=[10, USUAL], ids=["usual", "long"])
async def entered(request: Any) -> Any:
    """By a request that is taken as it was parsed, and by one that the library parses anew."""
    async with enter(with_header(HANDSHAKE, b"x" * request.param)) as let_in:
        yield let_in


def with_header(handshake: bytes, value: bytes) -> bytes:
    return handshake.removesuffix(b"\r\n") + b"X-More: " + value + b"\r\n\r\n"


async def quiet() -> None:
    """Until everybody has done what there was to do."""
    for _ in range(20):
        await asyncio.sleep(0)


def frame(text: str, opcode: Opcode = Opcode.TEXT, *, fin: bool = True) -> bytes:
    return Frame(opcode, text.encode(), fin).serialize(mask=True)


async def test_a_whole_text_is_taken_at_once(entered: Any) -> None:
    protocol, room, _ = entered
    protocol.data_received(frame("42") + frame("é" * 300) + frame("x" * 70_000))
    assert room.heard == [("at once", "42"), ("at once", "é" * 300), ("at once", "x" * 70_000)]


@pytest.mark.parametrize("seed", range(20))
async def test_however_it_is_cut_all_of_it_comes_in_order(entered: Any, seed: int) -> None:
    protocol, room, _ = entered
    chance = random.Random(seed)
    texts = [chance.choice(["", "long ", "é"]) + str(n) * chance.choice([1, 60, 200]) for n in range(30)]
    data = b"".join(_frames(text, chance) for text in texts)
    while data:
        size = chance.choice([1, 2, 3, 10, 100, 1_000])
        protocol.data_received(data[:size])
        data = data[size:]
        if chance.random() < 0.3:
            await quiet()
    await quiet()
    assert room.texts == texts


def _frames(text: str, chance: random.Random) -> bytes:
    """A text in one frame or in several, a ping among them."""
    if chance.random() < 0.7 or len(text) < 3:
        return frame(text)
    ping = frame("", Opcode.PING)
    return frame(text[:1], fin=False) + ping + frame(text[1:2], Opcode.CONT, fin=False) + frame(text[2:], Opcode.CONT)


async def test_nothing_overtakes_what_goes_the_long_way(entered: Any) -> None:
    protocol, room, _ = entered
    protocol.data_received(frame("1") + frame("long 2") + frame("3"))
    protocol.data_received(frame("4"))
    await quiet()
    protocol.data_received(frame("5"))
    assert room.texts == ["1", "long 2", "3", "4", "5"]
    assert room.heard[-1] == ("at once", "5")


async def test_a_usual_request_is_parsed_once_and_told_as_the_library_tells_it() -> None:
    def told(scope: Any) -> dict[str, Any]:
        more = (b"x-more", b"x")
        return {**scope, "headers": [more if one[0] == more[0] else one for one in scope["headers"]], "extensions": ()}

    async with enter(with_header(HANDSHAKE, b"x")) as usual, enter(with_header(HANDSHAKE, b"x" * USUAL)) as long:
        assert told(usual[1].scope) == told(long[1].scope)
        assert usual[1].scope["query_string"] == b"EIO=4"
        begun = [way[2].written.split(b"Date")[0] for way in (usual, long)]
        assert begun == [b"HTTP/1.1 101 Switching Protocols\r\n"] * 2
        assert [way[0].conn.handshake_exc for way in (usual, long)] == [None] * 2


@pytest.mark.parametrize(
    ("handshake", "status"),
    [
        (HANDSHAKE.replace(b"Version: 13", b"Version: 8"), b"400"),
        (HANDSHAKE.replace(b"dGhl", b"____"), b"400"),
        (HANDSHAKE.replace(b"GET", b"PUT", 1), b"405"),
    ],
    ids=["version", "key", "method"],
)
async def test_a_request_that_is_amiss_is_refused_as_the_library_refuses_it(handshake: bytes, status: bytes) -> None:
    room, transport = knock(handshake)
    await quiet()
    assert transport.written.startswith(b"HTTP/1.1 " + status)
    assert transport.closed
    assert not room.open.is_set()


async def test_pings_are_answered(entered: Any) -> None:
    protocol, _, transport = entered
    before = len(transport.written)
    protocol.data_received(frame("x", Opcode.PING))
    assert transport.written[before:] == b"\x8a\x01x"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame("x" * 100_001), b"\x03\xf1"),  # 1009: too large
        (frame("x" * 200_000)[:20], b"\x03\xf1"),  # of which the beginning is enough to tell
        (b"\x81\x85\0\0\0\0\xff\xff\xff\xff\xff", b"\x03\xef"),  # 1007: no UTF-8
        (b"\x81\x02hi", b"\x03\xea"),  # 1002: not masked
        (frame("a", fin=False) + frame("b"), b"\x03\xea"),  # 1002: a message within a message
        (b"\xf1\x80\0\0\0\0", b"\x03\xea"),  # 1002: bits that nobody has agreed upon
    ],
    ids=count(),
)
async def test_what_is_amiss_closes_as_the_library_closes_and_is_no_error_of_ours(
    entered: Any, data: bytes, code: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    protocol, room, transport = entered
    before = len(transport.written)
    protocol.data_received(data)
    await quiet()
    written = transport.written[before:]
    assert written[:1] == b"\x88"
    assert written[2:4] == code
    assert transport.closed
    assert room.heard[0][0] == "end"
    assert not caplog.records


async def test_a_closing_frame_ends_it(entered: Any) -> None:
    protocol, room, transport = entered
    protocol.data_received(frame("1") + Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True))
    await quiet()
    assert room.heard == [("at once", "1"), ("end", "1000")]
    assert transport.closed
