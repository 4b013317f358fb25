"""A WebSocket as it is: bytes written as they were prepared, and texts taken as they come in."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import apply_mask  # type: ignore[attr-defined]  # whichever of its two the library has
from websockets.http11 import Request
from websockets.protocol import Protocol

EXTENSION = "litspark.wire"
"""The key of a `Wire` in a WebSocket scope's extensions."""

WHOLE_TEXT, FIRST_TEXT, FIRST_BINARY, LAST_CONTINUATION = 0x81, 0x01, 0x02, 0x80
"""First bytes of frames: a text in one frame, and how a message of several begins and ends."""
MASKED = 0x80

Take = Callable[[str], bool]
"""Takes a text at once; false where it has to go the long way."""


def _nowhere(data: bytes) -> None:
    """Where to write, once there is no connection."""


def _nothing() -> None:
    """What there is to drop, or to tell, then."""


@dataclass(slots=True)
class Wire:
    """Writes bytes as they are, tells how many of those written are still here, and drops the connection at once.

    `writable` is set once nearly all of them have gone, or never will. `take` is given each text that comes while it is
    set and nothing that came before waits for `receive`. `first` is written together with the answer to the handshake.
    `lost` hears, once, that the connection has gone; `broke`, before that, that the client has sent what no WebSocket
    sends.
    """

    write: Callable[[bytes], None]
    unsent: Callable[[], int]
    drop: Callable[[], None]
    writable: asyncio.Event
    take: Take | None = None
    first: bytes = b""
    lost: Callable[[], None] = _nothing
    broke: Callable[[], object] = _nothing

    def cut(self) -> None:
        """Lets go of a connection that has gone: each holds the other, which only a look for cycles finds."""
        lost = self.lost
        self.write, self.unsent, self.drop, self.lost, self.broke = _nowhere, int, _nothing, _nothing, _nothing
        lost()


class FrameProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which lets the application write frames that it has prepared, and take texts at once.

    uvicorn encodes and writes each message for each recipient anew; a batch of a hundred frames would be a hundred
    writes. It parses what comes in by generators, stops reading after each message and wakes a task for it. An ASGI
    extension that takes prepared frames and hands out texts by a call would make this class unnecessary.
    """

    _wire: Wire | None = None
    _rest = bytearray()
    """The beginning of a frame whose end has not come yet; never changed in place where it is empty."""
    _spoilt = False
    """The client has sent what no WebSocket sends instead of waiting for the handshake's answer: it gets none."""
    _in_message = False
    """The frames so far are the beginning of a message: what follows is the library's to judge."""

    def begin(self, request: Request) -> None:
        """Begins with a request that has been parsed already."""
        self.conn.parser = Protocol.parse(self.conn)  # what follows the request, which its own would wait for
        next(self.conn.parser)
        self.handle_connect(request)

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if scope := getattr(self, "scope", None):
            self._wire = Wire(self._write, self._unsent, self._drop, self.writable)
            scope["extensions"][EXTENSION] = self._wire

    async def send(self, message: Any) -> None:
        """Source: uvicorn, which takes a handshake that was refused with a status for one that was forgotten."""
        if self._spoilt:
            self.transport.abort()
            raise ClientDisconnected
        if message["type"] == "websocket.accept" and self._wire and not self.disconnected:
            self._accept(self._wire.first)
            return
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            self.handshake_complete = True

    def _accept(self, first: bytes) -> None:
        self.handshake_complete = True
        self.conn.send_response(self.response)
        del self.request, self.response  # a fifth of all that is kept of a client, and never asked for again
        self._write(b"".join([*self.conn.data_to_send(), first]))

    def data_received(self, data: bytes) -> None:
        """Whole frames only go to the library's parser, so that it never stands in the middle of one when another can
        be taken at once. Source: asyncio.Protocol."""
        if self._wire is None:  # the handshake
            super().data_received(data)
            return
        if self._spoilt:
            return
        if self._rest:
            self._rest += data
            if not self._frame_end(self._rest, 0):
                return
            data, self._rest = bytes(self._rest), bytearray()
        start = 0
        while not (self._spoilt or self.transport.is_closing()) and (end := self._frame_end(data, start)):
            if not self._taken(data, start, end):
                super().data_received(data[start:end])
            start = end
        if start < len(data):
            self._rest = bytearray(data[start:])

    def _frame_end(self, data: bytes | bytearray, start: int) -> int:
        """Where a frame ends; 0 while its end has not come. One that is too large is not waited for."""
        have = len(data) - start
        if have < 2:
            return 0
        size, head = data[start + 1] & 0x7F, 2
        if size > 125:
            head = 4 if size == 126 else 10
            if have < head:
                return 0
            size = int.from_bytes(data[start + 2 : start + head], "big")
        if size > self.config.ws_max_size:
            self._in_message = True  # which never ends: the library closes
            return len(data)
        end = start + head + size + (4 if data[start + 1] & MASKED else 0)
        return end if end <= len(data) else 0

    def _taken(self, data: bytes, start: int, end: int) -> bool:
        """Whether a frame is a text that the application has taken at once."""
        first = data[start]
        if first != WHOLE_TEXT or self._in_message:
            self._in_message = first in (FIRST_TEXT, FIRST_BINARY) or (self._in_message and first != LAST_CONTINUATION)
            return False
        take = self._wire.take if self._wire else None
        if take is None or self.close_sent or self.disconnected or not self.queue.empty():
            return False
        size = data[start + 1]
        if size < MASKED:  # only clients that are none don't mask
            return False
        mask = start + (2 if size < MASKED + 126 else 4 if size == MASKED + 126 else 10)
        if end < mask + 4:
            return False
        try:
            return take(apply_mask(data[mask + 4 : end], data[mask : mask + 4]).decode())
        except UnicodeDecodeError:
            return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Source: asyncio.Protocol."""
        super().connection_lost(exc)
        self.conn.parser_exc = None  # a cycle, else: its traceback holds the parser, and that the connection
        if self._wire:
            self._wire.cut()

    def handle_parser_exception(self) -> None:
        """Source: uvicorn, which closes; before the handshake has been answered there is nothing to say it by yet."""
        if self._wire:
            self._wire.broke()
        if self.handshake_complete:
            super().handle_parser_exception()
        else:
            self._spoilt = True
            self.transport.pause_reading()

    def send_receive_event_to_app(self) -> None:
        """Closes where a text is no UTF-8. Source: uvicorn, which would log that as an error, with a traceback."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            self.frames = [b"".join(self.frames)]
            try:
                self.frames[0].decode()
            except UnicodeDecodeError:
                self.frames = []
                if self.handshake_complete:
                    self.conn.send_close(1007)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def _write(self, frames: bytes) -> None:
        if not (self.close_sent or self.disconnected or self.transport.is_closing()):
            self.transport.write(frames)

    def _unsent(self) -> int:
        return self.transport.get_write_buffer_size()

    def _drop(self) -> None:
        self.transport.abort()
