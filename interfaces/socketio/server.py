"""The Socket.IO server: who may connect, and which session a packet belongs to."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from random import uniform
from typing import Any

import psycopg
import socketio
import structlog

from application.writer import unavailable
from domain.base import Rejected
from interfaces.addresses import address
from interfaces.errors import error
from interfaces.settings import Settings
from interfaces.socketio.audience import Receiver
from interfaces.socketio.door import Door
from interfaces.socketio.engine import EngineServer
from interfaces.socketio.frames import connect_error
from interfaces.socketio.packets import BINARY_EVENT, CONNECT, DISCONNECT, EVENT, Packet, parse
from interfaces.socketio.session import Session
from interfaces.socketio.sockets import Socket

log = structlog.get_logger()

PATH = "/socket.io"

LEAVING = 500
"""Clients a second that are sent elsewhere when the server ends, where time allows."""

QUIET = logging.getLogger("litspark.socketio")
"""What the library says of every packet is of no use; what fails is."""
QUIET.setLevel(logging.ERROR)


class Manager(socketio.AsyncManager):  # type: ignore[misc]
    """The library's list of clients, without its rooms: it would look into every one when a client goes."""

    def basic_disconnect(self, sid: str, namespace: str, **kwargs: Any) -> None:
        """Source: socketio.BaseManager."""
        for room in (sid, None):
            self.basic_leave_room(sid, namespace, room)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]
    """python-socketio's server, which leaves events to the sessions.

    Its own dispatch would let a client call the handlers `connect` and `disconnect`, answer nothing where a handler
    raises, and start a task before it knows which request is meant.
    """

    def __init__(self, settings: Settings, door: Door) -> None:
        self.sessions: dict[str, Session] = {}
        self.turnstile = door.turnstile
        self._settings = settings
        self._door = door
        super().__init__(
            client_manager=Manager(),
            async_mode="asgi",
            namespaces=["/"],
            max_frame=settings.max_frame,
            max_unsent=settings.max_unsent,
            max_http_buffer_size=settings.max_request,
            ping_interval=settings.ping_interval,
            ping_timeout=settings.ping_timeout,
            cors_allowed_origins=_let_in,
            logger=QUIET,
            engineio_logger=QUIET,
        )
        self.on("connect", self._connect)
        self.eio.received_at_once = self._receive_at_once

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        """Source: socketio.AsyncServer."""
        await super()._handle_eio_connect(eio_sid, environ)
        self.sessions[eio_sid] = self._session(eio_sid, environ)

    def _session(self, eio_sid: str, environ: dict[str, Any], before: Session | None = None) -> Session:
        where = address(environ["asgi.scope"], self._settings.trusted_proxies)
        return Session(self._door, self.eio.sockets[eio_sid], where, before)

    async def _handle_eio_message(self, eio_sid: str, data: str) -> None:
        """Source: socketio.AsyncServer."""
        packet = parse(data, self._settings.max_request - 1)  # Engine.IO's own first character has been taken off
        session = self.sessions.get(eio_sid)
        if packet is None or session is None:
            return
        if packet.kind == CONNECT and (refusal := _unfit(packet)):
            self._door.rejected(refusal.code)
            self.eio.sockets[eio_sid].put([connect_error(packet.namespace, refusal.message, error(refusal))])
        elif packet.kind == CONNECT:
            await self.turnstile.turn()
            session = self.sessions.get(eio_sid)
            if session is None:
                return
            await self._handle_connect(eio_sid, packet.namespace, packet.data)
            session.entry.attach()
            if eio_sid not in self.sessions:
                await self._forget(eio_sid)
        elif packet.namespace != "/" or not self.manager.sid_from_eio_sid(eio_sid, "/"):
            return
        elif packet.kind == DISCONNECT:
            await self._handle_disconnect(eio_sid, "/", self.reason.CLIENT_DISCONNECT)
            session.end()
            self.sessions[eio_sid] = self._session(eio_sid, self.environ[eio_sid], session)
        elif packet.kind in (EVENT, BINARY_EVENT):
            session.receive(packet)

    def _receive_at_once(self, eio_sid: str, text: str) -> bool:
        """An event of the default namespace goes straight to its session."""
        session = self.sessions.get(eio_sid)
        if session is None or not self.manager.sid_from_eio_sid(eio_sid, "/"):
            return False
        packet = parse(text, self._settings.max_request - 1)
        if packet is None or packet.kind != EVENT or packet.namespace != "/":
            return False
        session.receive(packet)
        return True

    async def _forget(self, eio_sid: str) -> None:
        """Who went while its token was judged is still on the library's list."""
        if sid := self.manager.sid_from_eio_sid(eio_sid, "/"):
            await self.manager.disconnect(sid, "/", ignore_queue=True)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """A token that comes with CONNECT is judged at once, whatever it holds."""
        session = self.sessions[self.manager.eio_sid_from_sid(sid, "/")]
        if not isinstance(auth, dict) or "token" not in auth:
            return
        try:
            await session.entry.authenticate(auth["token"])
        except Rejected as refusal:
            raise self._refused(refusal) from refusal
        except psycopg.OperationalError as away:
            log.warning("database away", error=str(away))
            raise self._refused(unavailable("the database is away")) from away
        except Exception as failure:  # anything else raised here would leave the client without an answer for ever
            log.exception("connect failed")
            raise self._refused(Rejected("internal", "this connection could not be made")) from failure

    def _refused(self, refusal: Rejected) -> Exception:
        self._door.rejected(refusal.code)
        return socketio.exceptions.ConnectionRefusedError(refusal.message, error(refusal))  # type: ignore[no-any-return]

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        """Source: socketio.AsyncServer."""
        if session := self.sessions.pop(eio_sid, None):
            session.end()
        await super()._handle_eio_disconnect(eio_sid, reason)

    def drop(self, receiver: Receiver) -> None:
        """Disconnects who does not keep up; the client comes back and goes on from its cursors."""
        assert isinstance(receiver.outlet, Socket)
        log.warning("slow socket dropped", user_id=receiver.user_id, unsent=receiver.unsent)
        self.eio.spawn(receiver.outlet.close(wait=False, abort=True))

    def transports(self) -> Counter[str]:
        """How many sockets there are of each."""
        return Counter("websocket" if socket.upgraded else "polling" for socket in self.eio.sockets.values())

    async def drain(self, seconds: float, moment: Callable[[float, float], float] = uniform) -> None:
        """Takes nothing more, waits until every request taken on is answered, then sends the clients elsewhere.

        Each at a `moment` of its own, within `seconds`: the others would not bear all of them at once.
        """
        self.eio.ending.set()
        await asyncio.gather(*(session.settled() for session in self.sessions.values()))
        sockets = list(self.eio.sockets.values())
        within = min(seconds, len(sockets) / LEAVING)
        await asyncio.gather(*(self._send_away(socket, moment(0, within)) for socket in sockets))

    async def _send_away(self, socket: Socket, pause: float) -> None:
        await asyncio.sleep(pause)
        await socket.close(wait=False)


def _unfit(packet: Packet) -> Rejected | None:
    """Why nobody can be connected by such a CONNECT, whoever it is."""
    if packet.namespace != "/":
        return Rejected("not_found", "no such namespace")
    if packet.broken == "too_large":
        return Rejected("too_large", "what comes with CONNECT is too large")
    return Rejected("invalid_payload", "what comes with CONNECT is no JSON") if packet.broken else None


def _let_in(origin: str, environ: dict[str, Any]) -> bool:
    """The gate has refused every other origin already; a list would make engineio forget the server's own."""
    return True
