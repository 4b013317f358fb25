"""A chat behind its HTTP door alone: the real routes, on a real port, in the test's event loop."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette

from interfaces.audit.record import Refusals
from interfaces.audit.verifying import Verifying
from interfaces.auth import Tokens
from interfaces.chat import Chat, chat
from interfaces.http.door import Door
from interfaces.http.metrics import Metrics
from interfaces.http.middleware import middleware
from interfaces.http.problems import exception_handlers
from interfaces.http.routes import routes
from interfaces.ledger.bundle.download import Download
from interfaces.rates import Rate
from interfaces.settings import Settings
from projections.position import NAME
from tests import contract

SECRET = "a secret that only the tests know, 32 bytes"

UNLIMITED = {
    "port": 0,
    "jwt_secret": SECRET,
    "commands_per_second": 0,
    "connects_per_second": 0,
    "failed_tokens_per_minute": 0,
    "poll": 0.2,
}


@dataclass(frozen=True)
class Node:
    """A running server: `url` is where, `chat` what is behind its door."""

    url: str
    chat: Chat
    tokens: Tokens
    door: Door
    app: Starlette
    client: httpx.AsyncClient

    def token(self, user_id: str, name: str | None = None, ttl: float = 3600, scope: str = "") -> str:
        return self.tokens.issue(user_id, name, scope, ttl)


class Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are the test runner's."""
        yield


@asynccontextmanager
async def serving(database_url: str, *, analysed: bool = False, **settings: Any) -> AsyncIterator[Node]:
    chosen = Settings(**(UNLIMITED | settings))
    async with chat(chosen, database_url, analysed=analysed) as whole:
        door = Door(
            settings=chosen,
            tokens=Tokens(SECRET, chosen.jwt_audience, chosen.jwt_issuer),
            desk=whole.desk,
            audit=whole.audit,
            refusals=Refusals(whole.writer, each=Rate(1 / 60, 5), all_together=Rate(1, 60)),
            verifying=Verifying(database_url, 0),
            download=Download(whole),
            commands=Rate(chosen.commands_per_second, chosen.command_burst),
            failures=Rate(chosen.failed_tokens_per_minute / 60, chosen.failed_tokens_per_minute),
            pool=whole.pool,
            projectors={NAME: whole.projector},
            keeper=None,
            pushes=lambda: None,
            metrics=Metrics(),
        )
        app = Starlette(routes=routes(door), middleware=middleware(door), exception_handlers=exception_handlers)
        app.router.redirect_slashes = False
        async with (
            listening(app) as url,
            httpx.AsyncClient(base_url=url, timeout=20, event_hooks={"response": [contract.response]}) as client,
        ):
            yield Node(url, whole, door.tokens, door, app, client)


@asynccontextmanager
async def listening(app: Starlette) -> AsyncIterator[str]:
    config = uvicorn.Config(
        app, port=0, http="httptools", lifespan="off", log_config=None, access_log=False, proxy_headers=False
    )
    server = Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    host, port = server.servers[0].sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await running
