"""Engine.IO's sockets, with one outbox each: what is sent goes out in order, by whichever transport there is.

engine.io's own socket keeps a queue and a writing task for each client, encodes and writes each packet for itself,
starts a task and a timer for each packet received, and raises out of the decoder what a client sends amiss. This one
is the same state machine on a plain list. It would be unnecessary if engineio took a socket class and prepared frames.
"""

import asyncio
from random import uniform
from typing import TYPE_CHECKING, Any

import structlog
from engineio import exceptions
from engineio.async_socket import AsyncSocket
from starlette.requests import ClientDisconnect

from interfaces.socketio.frames import Frame
from interfaces.socketio.wire import Wire

if TYPE_CHECKING:
    from interfaces.socketio.engine import EngineServer, WireWebSocket

log = structlog.get_logger()

EVENT = "42"
PROBE, PROBED, UPGRADE, PING, NOOP, CLOSE = "2probe", "3probe", "5", Frame("2"), Frame("6"), Frame("1")
MAX_PACKETS = 16
"""In one polling answer: the most that the official Python client takes."""
LINGER = 5.0
"""Seconds that a closed polling socket waits for the client to fetch its last packets."""


class Socket(AsyncSocket):  # type: ignore[misc]
    """One client. `wire` is there once it is on WebSocket; until then packets wait to be polled."""

    server: "EngineServer"
    sid: str
    connected: bool
    upgrading: bool
    upgraded: bool
    closing: bool
    closed: bool

    def __init__(self, server: "EngineServer", sid: str) -> None:
        super().__init__(server, sid)
        self.wire: Wire | None = None
        self._pending: list[Frame] = []
        self._size = 0
        self._polled: asyncio.Event | None = None
        self._heart: asyncio.TimerHandle | None = None
        self._websocket: WireWebSocket | None = None
        self._lost = False
        self.at_rest = False
        """Whether it is not read for having asked too much."""
        self.room = asyncio.Event()
        """Not set while the client has too much under way to be read."""
        self.room.set()
        self._taken = asyncio.Event()

    @property
    def unsent(self) -> int:
        """Bytes written that the client has not taken yet."""
        return self._size + (self.wire.unsent() if self.wire else 0)

    @property
    def polled(self) -> bool:
        """Whether a poll waits for something to be answered with."""
        return self._polled is not None and not self._polled.is_set()

    def put(self, frames: list[Frame]) -> None:
        """Sends frames, in order, in one write."""
        if self.closed:
            return
        if self.wire and not self.upgrading:
            self.wire.write(b"".join([frame.wire for frame in frames]))
            return
        self._pending.extend(frames)
        self._size += sum(frame.size for frame in frames)
        if self._polled:
            self._polled.set()

    async def send(self, pkt: Any) -> None:
        """Sends a packet. Source: engineio.AsyncSocket."""
        self.put([Frame(pkt.encode())])

    async def drained(self) -> None:
        """Where too much is unsent, waits until the client has taken it: who does not read is not answered more."""
        if self.closed or self.unsent <= self.server.max_unsent:
            return
        if self.wire:
            await self.wire.writable.wait()
        else:
            self._taken.clear()
            await self._taken.wait()

    # Receiving

    async def _may_be_read(self) -> None:
        if self._lost:
            await self._end_unread()
        await self.room.wait()
        await self.drained()

    async def take(self, text: str) -> None:
        """One packet from the client; what is none is passed over."""
        if self.closed or self.server.ending.is_set():
            return
        match text[:1]:
            case "4":
                await self.server.received(self, text[1:])
            case "3":
                self.beat()
            case "1":
                await self.close(wait=False, abort=True, reason=self.server.reason.CLIENT_DISCONNECT)

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Packets that were posted. Source: engineio.AsyncSocket."""
        limit = self.server.max_frame
        try:
            body = await environ["wsgi.input"].read(limit)
        except ClientDisconnect:
            return
        if self.sid not in self.server.sockets:  # another post has ended it, for which engineio has no answer
            return
        if len(body) >= limit:
            raise exceptions.ContentTooLongError
        for text in body.decode("utf-8", "replace").split("\x1e"):
            await self._may_be_read()
            await self.take(text)

    # Polling

    async def poll(self) -> list[Frame]:
        """Waits for packets to answer a GET with. Source: engineio.AsyncSocket."""
        if self._polled:
            raise exceptions.EngineIOError("polled twice at once")
        self._polled = asyncio.Event()
        try:
            if not self._pending and not self.closed:
                await asyncio.wait_for(self._polled.wait(), self.server.ping_interval + self.server.ping_timeout)
        except TimeoutError as error:
            raise exceptions.QueueEmpty from error
        finally:
            self._polled = None
        return self._drain()

    def _drain(self) -> list[Frame]:
        """What one answer holds. CLOSE comes alone: with it, the JavaScript client forgets what came before it."""
        first = self._pending[:MAX_PACKETS]
        taken = first[: first.index(CLOSE)] if CLOSE in first[1:] else first
        self._pending = self._pending[len(taken) :]
        self._size = sum(frame.size for frame in self._pending)
        if self._size <= self.server.max_unsent:
            self._taken.set()
        if self.closing and not self._pending:
            self._end()
        return taken

    async def handle_get_request(self, environ: dict[str, Any]) -> Any:
        """A poll, or the way to WebSocket. Source: engineio.AsyncSocket."""
        if environ["asgi.scope"]["type"] == "websocket":
            return self.server._bad_request() if self.upgrading else await self._upgrade_websocket(environ)
        if self.upgrading or self.upgraded:
            return [NOOP]
        return await self.poll()

    # WebSocket

    async def _websocket_handler(self, ws: "WireWebSocket") -> None:
        """A WebSocket from its handshake to its end. Source: engineio.AsyncSocket."""
        if self.connected and not await self._upgrade(ws):
            return
        self.connected = self.upgraded = True
        self.upgrading = False
        self.wire, self._websocket = ws.wire, ws
        ws.wire.lost = self._is_lost
        if self._pending:
            self.put(self._pending)
        self._pending, self._size = [], 0
        self._taken.set()
        await self._receive(ws)
        await self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)

    async def _receive(self, ws: "WireWebSocket") -> None:
        try:
            while not self.closed:
                ws.wire.take = self._take_at_once
                data = await ws.wait()
                ws.wire.take = None
                await self._may_be_read()
                if isinstance(data, str):
                    await self.take(data)
        except OSError:  # engine.io's word for a WebSocket that has ended
            return
        finally:
            ws.wire.take = None

    def _is_lost(self) -> None:
        self._lost = True
        self.server.spawn(self._end_unread())

    async def _end_unread(self) -> None:
        """Ends a client that has gone and asked too much: else only when all that it sent has been answered, slowly."""
        if self.at_rest:
            await self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)

    def _take_at_once(self, text: str) -> bool:
        """Takes what nothing has to be waited for; false where it has to come by `_receive`."""
        if not self.room.is_set() or self.unsent > self.server.max_unsent:
            return False
        if self.closed or self.server.ending.is_set():
            return True
        if text == "3":
            self.beat()
            return True
        return text.startswith(EVENT) and self.server.received_at_once(self.sid, text[1:])

    def take_first(self) -> bytes:
        """What a client that begins with a WebSocket gets together with it; who upgrades is still polling."""
        if self.connected:
            return b""
        first, self._pending, self._size = self._pending, [], 0
        return b"".join([frame.wire for frame in first])

    async def _upgrade(self, ws: "WireWebSocket") -> bool:
        """The probe: what is sent meanwhile waits, and goes out by the transport that comes of it."""
        self.upgrading = True
        try:
            async with asyncio.timeout(self.server.ping_timeout):
                if await ws.wait() == PROBE:
                    await ws.send(PROBED)
                    if self._polled:
                        self._pending.insert(0, NOOP)  # ends the poll under way
                        self._polled.set()
                    if await ws.wait() == UPGRADE:
                        return True
        except (OSError, TimeoutError) as error:
            log.debug("upgrade failed", sid=self.sid, error=str(error))
        self.upgrading = False
        if self._pending and self._polled:
            self._polled.set()
        return False

    # Life and death

    def beat(self) -> None:
        """The client is alive: the next ping is due in an interval, or a little sooner. Who came together, after a
        restart say, is not asked together for ever."""
        if self._heart:
            self._heart.cancel()
        pause = uniform(0.8, 1) * self.server.ping_interval  # noqa: S311  # no secret
        self._heart = self.server.later(pause, self._ping)

    def _ping(self) -> None:
        self.put([PING])
        self._heart = self.server.later(self.server.ping_timeout, self._timed_out)

    def _timed_out(self) -> None:
        self.server.spawn(self.close(wait=False, reason=self.server.reason.PING_TIMEOUT))

    async def check_ping_timeout(self) -> bool:
        """The timers of `beat` see to it. Source: engineio.AsyncSocket."""
        return not self.closed

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """Ends the connection; unless `abort`, what is pending goes out first. Source: engineio.AsyncSocket."""
        if self.closed or self.closing:
            return
        self.closing = True
        if self._heart:
            self._heart.cancel()
        await self.server._trigger_event("disconnect", self.sid, reason or self.server.reason.SERVER_DISCONNECT)
        if abort or self.wire:
            self._end()
            return
        self.put([CLOSE])
        self.server.later(LINGER, self._end)

    def _end(self) -> None:
        self.closed = True
        self._pending, self._size = [], 0
        self.room.set()
        self._taken.set()
        if self._polled:
            self._polled.set()
        websocket, self._websocket = self._websocket, None  # a cycle, else
        if websocket:
            self.server.spawn(websocket.hang_up())
        self.server.sockets.pop(self.sid, None)
