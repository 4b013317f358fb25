"""What is written to sockets: a text encoded once, however many it goes to, and the way past uvicorn's encoder."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

EXTENSION = "litspark.wire"
"""The key of a `Wire` in a WebSocket scope's extensions."""

TEXT = 0x81
"""The first byte of an unfragmented text frame."""


class Frame:
    """A text on its way out: an Engine.IO packet, whole. `wire` is its WebSocket frame, made once for everybody."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def wire(self) -> bytes:
        payload = self.text.encode()
        size = len(payload)
        if size < 126:
            return bytes((TEXT, size)) + payload
        if size < 65536:
            return bytes((TEXT, 126)) + size.to_bytes(2, "big") + payload
        return bytes((TEXT, 127)) + size.to_bytes(8, "big") + payload

    @property
    def size(self) -> int:
        """In bytes, as it is written."""
        return len(self.wire)

    def encode(self, b64: bool = False) -> str:
        """The packet for a polling payload. Source: engineio.packet.Packet."""
        return self.text


def event(name: str, payload: Any) -> Frame:
    """A Socket.IO event of the default namespace."""
    return Frame(f'42["{name}",{dumps(payload)}]')


def ack(number: int, payload: Any) -> Frame:
    """The answer to the event that came with this number."""
    return Frame(f"43{number}[{dumps(payload)}]")


def connect_error(namespace: str, message: str, data: Any) -> Frame:
    """The answer to a CONNECT that is refused."""
    at = "" if namespace == "/" else f"{namespace},"
    return Frame(f"44{at}{dumps({'message': message, 'data': data})}")


def dumps(payload: Any) -> str:
    return orjson.dumps(payload).decode()


@dataclass(frozen=True, slots=True)
class Wire:
    """Writes bytes as they are, tells how many of those written are still here, and drops the connection at once.

    `writable` is set once nearly all of them have gone, or never will.
    """

    write: Callable[[bytes], None]
    unsent: Callable[[], int]
    drop: Callable[[], None]
    writable: asyncio.Event


class FrameProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which lets the application write frames that it has prepared.

    uvicorn encodes and writes each message for each recipient anew; a batch of a hundred frames would be a hundred
    writes. An ASGI extension that takes prepared frames would make this class unnecessary.
    """

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if scope := getattr(self, "scope", None):
            scope["extensions"][EXTENSION] = Wire(self._write, self._unsent, self._drop, self.writable)

    async def send(self, message: Any) -> None:
        """Source: uvicorn, which takes a handshake that was refused with a status for one that was forgotten."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            self.handshake_complete = True

    def _write(self, frames: bytes) -> None:
        if not (self.close_sent or self.disconnected or self.transport.is_closing()):
            self.transport.write(frames)

    def _unsent(self) -> int:
        return self.transport.get_write_buffer_size()

    def _drop(self) -> None:
        self.transport.abort()
