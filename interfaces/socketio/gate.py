"""What stands before the Socket.IO server: who may not even knock."""

import asyncio
from functools import partial
from math import ceil
from urllib.parse import parse_qs

import socketio
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from domain.base import Rejected
from interfaces.addresses import address, header, own_origin
from interfaces.rates import Rate
from interfaces.settings import Settings
from interfaces.socketio.server import SocketServer
from interfaces.socketio.sockets import Socket
from interfaces.socketio.wire import EXTENSION
from projections.position import rung

BREACHES, LATEST = 20, 4.0
"""How many breaches of the protocol an address may have at once, and one a second: with the last of them, its clients
are let in a second later, then another for each, and at most so many."""


class Gate:
    """Stands before the Socket.IO server: refuses foreign origins, and an address that connects too often.

    Where an address breaks the protocol all the time, its clients are let in later: thrown out, they would be back at
    once.
    """

    def __init__(self, server: SocketServer, settings: Settings, connects: Rate) -> None:
        self._server = server
        self._app = socketio.ASGIApp(server, socketio_path=None)  # the mount has seen to the path
        self._settings = settings
        self._connects = connects
        self._breaches = Rate(1 if settings.connects_per_second else 0, BREACHES, debt=LATEST - 1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        socket = self._server.eio.sockets.get(query.get("sid", [""])[0])
        where = address(scope, self._settings.trusted_proxies)
        breach = partial(self._breaches.charge, where)
        if refusal := self._refusal(scope, query, where):
            status, retry_after = refusal
            if status == 413 and socket:
                breach()
                await socket.close(wait=False, abort=True)
            await _refuse(scope, send, status, retry_after)
            return
        if scope["type"] == "websocket":
            scope["extensions"][EXTENSION].broke = breach
        if "sid" not in query and not await self._turn(where):
            await _refuse(scope, send, 503, None)
            return
        if scope["type"] == "websocket" and query.get("EIO") == ["4"] and not {"sid", "j"} & query.keys():
            await self._server.eio.open(scope, receive, send)
            return
        watching: list[asyncio.Task[None]] = []
        size = 0

        async def received() -> Message:
            nonlocal size
            message = await receive()
            if message["type"] == "http.disconnect":  # engineio would take a body that broke off for a whole one
                raise ClientDisconnect
            if socket and scope.get("method") == "GET":
                watching.append(asyncio.create_task(_watch(receive, socket)))
            before, size = size, size + len(message.get("body", b""))
            if before < self._settings.max_frame <= size:  # its length was not told before
                breach()
            return message

        try:
            await self._app(scope, received, send)
        except ClientDisconnect:
            return
        finally:
            for task in watching:
                task.cancel()

    def _refusal(self, scope: Scope, query: dict[str, list[str]], where: str) -> tuple[int, float | None] | None:
        origin, proxies = header(scope, b"origin"), self._settings.trusted_proxies
        if origin and origin not in self._settings.origins and origin != own_origin(scope, proxies):
            return 403, None
        if int(header(scope, b"content-length") or 0) >= self._settings.max_frame:
            return 413, None
        if (query.get("transport", ["polling"])[0] == "websocket") != (scope["type"] == "websocket"):
            return 400, None
        if "sid" not in query:
            if self._server.eio.ending.is_set():  # a connection kept alive outlives the listening socket
                return 503, None
            try:
                self._connects.spend(where)
            except Rejected as refusal:
                return 429, refusal.retry_after
        return None

    async def _turn(self, where: str) -> bool:
        """Waits until a new client may come in; false where the server has begun to end."""
        ending = self._server.eio.ending
        if later := self._breaches.wait(where):
            await rung(ending, later)
        await self._server.turnstile.turn()
        return not ending.is_set()


async def _watch(receive: Receive, socket: Socket) -> None:
    """Ends the connection of a client that has hung up on its poll: what would be answered now, nobody gets."""
    while (await receive())["type"] != "http.disconnect":
        pass
    if socket.polled:
        await socket.close(wait=False, abort=True)


async def _refuse(scope: Scope, send: Send, status: int, retry_after: float | None) -> None:
    kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    headers = [(b"content-length", b"0"), (b"connection", b"close")]
    if retry_after is not None:
        headers.append((b"retry-after", str(ceil(retry_after)).encode()))
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": b""})
