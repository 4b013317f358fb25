"""A whole server for a test: the composition root's own, on a free port, in the test's event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from starlette.applications import Starlette

from interfaces.app import run
from interfaces.auth import Tokens
from interfaces.chat import Chat
from interfaces.server import Server
from interfaces.settings import Settings
from interfaces.socketio.audience import Audience
from interfaces.socketio.server import SocketServer

SECRET = "a secret that only the tests know, 32 bytes"


@dataclass(frozen=True)
class Node:
    """A running server: `url` is where, `chat` what is behind its doors, `sockets` the one of Socket.IO,
    `app` what holds the routes."""

    url: str
    chat: Chat
    tokens: Tokens
    sockets: SocketServer
    app: Starlette

    @property
    def audience(self) -> Audience:
        """Who is connected, and watches what."""
        return self.sockets._door.pusher.audience

    def token(self, user_id: str, name: str | None = None, ttl: float = 3600, scope: str = "") -> str:
        return self.tokens.issue(user_id, name, scope, ttl)


@asynccontextmanager
async def serving(database_url: str, **settings: Any) -> AsyncIterator[Node]:
    """Serves a migrated database. Without limits on rates; times are short where a test would wait for them, and its
    patience is long, for a machine that is busy with other tests."""
    chosen: dict[str, Any] = {
        "port": 0,
        "database_url": database_url,
        "jwt_secret": SECRET,
        "commands_per_second": 0,
        "connects_per_second": 0,
        "failed_tokens_per_minute": 0,
        "sockets_per_user": 0,
        "poll": 0.2,
        "drain": 2,
        "patience": 10,
        "max_wait": 10,
    }
    ready: asyncio.Future[Server] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(run(Settings(**(chosen | settings)), database_url, ready.set_result))
    await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
    server = ready.result()
    try:
        app = cast(Starlette, server.config.app)
        yield Node(server.url, server.chat, Tokens(SECRET), server._socket_server, app)
    finally:
        server.should_exit = True
        await running
