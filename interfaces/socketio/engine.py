"""The Engine.IO server: new clients, and what all of them share."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import engineio
import structlog
from engineio.async_drivers.asgi import WebSocket
from starlette.types import Receive, Scope, Send

from interfaces.socketio.environment import translate
from interfaces.socketio.frames import Frame, dumps
from interfaces.socketio.sockets import LINGER, Socket
from interfaces.socketio.wire import EXTENSION, Wire

log = structlog.get_logger()


class WireWebSocket(WebSocket):  # type: ignore[misc]
    """engine.io's ASGI WebSocket, which also knows the wire that frames are written to."""

    wire: Wire

    async def __call__(self, environ: dict[str, Any]) -> Any:
        self.wire = environ["asgi.scope"]["extensions"][EXTENSION]
        self.wire.first = self.handler.__self__.take_first()
        return await super().__call__(environ)

    async def hang_up(self) -> None:
        """Closes; a client that does not take what has been written for it is dropped."""
        try:
            async with asyncio.timeout(LINGER):
                await self.close()
        except TimeoutError:
            self.wire.drop()


class EngineServer(engineio.AsyncServer):  # type: ignore[misc]
    """Engine.IO with sockets of this project. `received` takes what a client's MESSAGE packets hold."""

    sockets: dict[str, Socket]
    _async: dict[str, Any]

    def __init__(self, max_frame: int, max_unsent: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_frame = max_frame
        self.max_unsent = max_unsent
        self._async = {**self._async, "websocket": WireWebSocket, "translate_request": translate}
        self.start_service_task = False  # it would look at every socket's ping in turn
        self.received_at_once: Callable[[str, str], bool] = lambda sid, text: False
        """Takes what a MESSAGE of a socket holds, if nothing has to be waited for; false where it has."""
        self.ending = asyncio.Event()
        """Set once nothing more is taken from clients, who will repeat elsewhere what was not answered."""
        self._tasks: set[asyncio.Task[None]] = set()

    def _log_error_once(self, message: str, message_key: str) -> None:
        """What a client does amiss is no error of the server's. Source: engineio.BaseServer."""
        log.debug("handshake refused", why=message_key)

    async def received(self, socket: Socket, text: str) -> None:
        await self.handlers["message"](socket.sid, text)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def later(self, seconds: float, call: Any) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, call)

    async def open(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A new client that begins with a WebSocket. By the library's way it would be made a request of WSGI first."""
        await receive()  # that it wants to connect
        await self._handle_connect({"asgi.scope": scope, "asgi.receive": receive, "asgi.send": send}, "websocket")

    async def _handle_connect(self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None) -> Any:
        """A new client. Source: engineio.AsyncServer, which makes sockets of a class of its own."""
        sid = self.generate_id()
        socket = Socket(self, sid)
        self.sockets[sid] = socket
        socket.put([Frame("0" + dumps(self._handshake(sid, transport)))])
        refused = await self._trigger_event("connect", sid, environ)
        if refused is not None:
            socket._end()
            return refused
        socket.beat()
        if transport == "websocket":
            try:
                return await WireWebSocket(socket._websocket_handler, self)(environ)
            finally:  # it may have gone before it was let in
                await socket.close(wait=False, abort=True, reason=self.reason.TRANSPORT_CLOSE)
        socket.connected = True
        return self._ok(await socket.poll(), jsonp_index=jsonp_index)

    def _handshake(self, sid: str, transport: str) -> dict[str, Any]:
        return {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
