"""One client of a bench: Socket.IO as raw frames over picows, so that the load costs less than what it measures."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

NEW_MESSAGE = b'42["new_message"'
TEXT = WSMsgType.TEXT
REFUSALS = ("unavailable", "rate_limited")
"""What a server that has too much to do answers; every other refusal is a mistake of the bench."""

Body = dict[str, Any]


class Gone(Exception):
    """The server has refused this client, or hung up."""


class Line(WSListener):  # type: ignore[misc]
    """A connection. `heard` gets it with each `new_message`, in bytes as it came; other pushes are told to nobody."""

    def __init__(self, heard: "Callable[[Line, bytes], None]") -> None:
        self.connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.received = 0
        """Bytes of payload."""
        self.over = False
        """Whether it has ended."""
        self._heard = heard
        self._answered: dict[int, Callable[[bytes], None]] = {}
        self._number = 0
        self._token = b""
        self._transport: WSTransport | None = None

    @classmethod
    async def connect(
        cls,
        url: str,
        token: str,
        heard: "Callable[[Line, bytes], None]" = lambda line, payload: None,
        here: str | None = None,
    ) -> "Line":
        """`here`: the address to come from, unless any will do. Raises `Gone` where the server does not let it in."""
        line = cls(heard)
        line._token = orjson.dumps({"token": token})
        address = f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
        local = {"local_addr": (here, 0)} if here else {}
        await ws_connect(lambda: line, address, max_frame_size=1 << 24, websocket_handshake_timeout=30, **local)
        await line.connected
        return line

    def close(self) -> None:
        """Hangs up without a word, as a network that breaks does."""
        if self._transport:
            self._transport.disconnect(graceful=False)

    def send(self, request: bytes, payload: bytes, answered: Callable[[bytes], None]) -> None:
        """A request, encoded; `answered` gets what the ack holds, a JSON list of one object."""
        self._number += 1
        self._answered[self._number] = answered
        assert self._transport, "connected first"
        self._transport.send(TEXT, b'42%d["%b",%b]' % (self._number, request, payload))

    async def ask(self, request: str, **payload: Any) -> Body:
        """A request and its answer; a server that has too much to do is asked again. Raises `Gone` on any other no."""
        while True:
            answer: asyncio.Future[Body] = asyncio.get_running_loop().create_future()

            def answered(data: bytes, answer: "asyncio.Future[Body]" = answer) -> None:
                answer.set_result(orjson.loads(data)[0])

            self.send(request.encode(), orjson.dumps(payload), answered)
            found = await answer
            if found["ok"]:
                return found
            if found["error"]["code"] not in REFUSALS:
                raise Gone(f"{request}: {found['error']}")
            await asyncio.sleep(found["error"].get("retry_after", 0.1))

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Source: picows.WSListener."""
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Source: picows.WSListener."""
        payload = frame.get_payload_as_bytes()
        self.received += len(payload)
        if payload.startswith(NEW_MESSAGE):
            self._heard(self, payload)
        elif payload.startswith(b"43"):
            start = payload.index(b"[")
            self._answered.pop(int(payload[2:start]))(payload[start:])
        elif payload == b"2":
            transport.send(TEXT, b"3")
        elif payload.startswith(b"0{"):
            transport.send(TEXT, b"40" + self._token)
        elif payload.startswith(b"40"):
            if not self.connected.done():  # else who connects has been cancelled
                self.connected.set_result(None)
        elif payload.startswith((b"44", b"41")):
            self._end(payload.decode())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Source: picows.WSListener."""
        self.over = True
        self._end("hung up")

    def _end(self, why: str) -> None:
        if not self.connected.done():
            self.connected.set_exception(Gone(why))
        for answered in self._answered.values():
            answered(orjson.dumps([{"ok": False, "error": {"code": "gone", "message": why}}]))
        self._answered = {}
