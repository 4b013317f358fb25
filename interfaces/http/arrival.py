"""How requests arrive: whole, within a time, and with headers that have an end."""

from asyncio import BaseTransport, TimerHandle
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidHeaderValue
from websockets.http11 import Request

from interfaces.socketio.wire import FrameProtocol

MAX_HEAD = 64 * 1024
"""Bytes of a request's first line and headers; what a browser sends has a few thousand."""

USUAL = 4_000
"""Bytes that a WebSocket's address has at the most, and its headers together; the library has limits from 8,192 on."""


class ArrivalProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which hangs up on whoever does not finish a request in `patience` seconds.

    uvicorn itself waits for ever for the rest of a request, and keeps all headers however long they become. A setting
    of uvicorn's for either would make this class unnecessary.
    """

    patience: float
    """In seconds, from the connection or the first byte of a request to its last; `arriving` sets it."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Source: asyncio.Protocol."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._head = 0
        self._in_head = False
        self._deadline: TimerHandle | None = None
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Source: asyncio.Protocol."""
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._expect()
        super().data_received(data)
        if self._in_head:
            self._head += len(data)
            if self._head > MAX_HEAD:
                self.send_400_response("The headers are too large.")

    def on_message_begin(self) -> None:
        """Source: httptools."""
        super().on_message_begin()
        self._head, self._in_head = 0, True

    def on_headers_complete(self) -> None:
        """Source: httptools."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Source: httptools."""
        super().on_message_complete()
        self._arrived()

    def handle_websocket_upgrade(self) -> None:
        """From here on the connection's heartbeat finds out who is there.

        Source: uvicorn, which would write the request anew, for the library of the WebSocket to parse it once more.
        What is strange goes that way all the same: the library knows how to refuse it.
        """
        self._arrived()
        if request := self._usual():
            self.connections.discard(self)
            protocol = FrameProtocol(config=self.config, server_state=self.server_state, app_state=self.app_state)
            protocol.connection_made(self.transport)
            protocol.begin(request)
            self.transport.set_protocol(protocol)
        else:
            super().handle_websocket_upgrade()
        self.parser = None  # type: ignore[assignment]  # a cycle with this, which nobody needs any more

    def _usual(self) -> Request | None:
        """The request as the library would have parsed it, if there is nothing in it to refuse."""
        if len(self.url) > USUAL or sum(len(value) for _, value in self.headers) > USUAL:
            return None
        try:
            headers = Headers([(name.decode("ascii"), value.decode("ascii")) for name, value in self.headers])
            return Request(self.url.decode("ascii"), headers, self.scope["method"])
        except (UnicodeDecodeError, InvalidHeaderValue):
            return None

    def connection_lost(self, exc: Exception | None) -> None:
        """Source: asyncio.Protocol."""
        self._arrived()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._deadline = self.loop.call_later(self.patience, self.transport.abort)

    def _arrived(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def arriving(patience: float) -> type[ArrivalProtocol]:
    """The protocol, as uvicorn takes it: a class."""
    return cast(type[ArrivalProtocol], type("ArrivalProtocol", (ArrivalProtocol,), {"patience": patience}))
