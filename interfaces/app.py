"""The composition root: a chat and its doors, joined in this one place."""

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import structlog
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from interfaces import logs, signals
from interfaces.audit.record import Refusals
from interfaces.audit.verifying import Verifying
from interfaces.auth import Judge, check_keys, judge
from interfaces.chat import Chat, chat
from interfaces.connections import awaited, cancelled, heed_cancellation
from interfaces.embedded_postgres import hold_server_lock, running
from interfaces.http import door as http_door
from interfaces.http.arrival import arriving
from interfaces.http.metrics import Metrics
from interfaces.http.middleware import middleware
from interfaces.http.problems import exception_handlers
from interfaces.http.routes import routes
from interfaces.ledger.bundle.download import Download
from interfaces.rates import Rate
from interfaces.server import Server, announce, listener, seldom_look_for_cycles, take_all_files
from interfaces.settings import Settings
from interfaces.socketio import door as socket_door
from interfaces.socketio.audience import Audience
from interfaces.socketio.gate import Gate
from interfaces.socketio.push import Pusher
from interfaces.socketio.rests import Rests
from interfaces.socketio.server import PATH, SocketServer
from interfaces.socketio.wire import FrameProtocol
from migrations import migrate

log = structlog.get_logger()


class Doors(Starlette):
    """The doors of one address. What middleware does it does to HTTP, so a WebSocket goes straight to its gate."""

    def __init__(self, gate: Gate, routes: Sequence[BaseRoute], **more: Any) -> None:
        super().__init__(routes=[Mount(PATH, gate), *routes], **more)
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Source: starlette.applications.Starlette."""
        if scope["type"] == "websocket" and scope["path"].startswith(f"{PATH}/"):
            await self._gate(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def web(whole: Chat, tokens: Judge, verifying: Verifying) -> tuple[ASGIApp, SocketServer, Pusher]:
    """Both doors of a chat, and what pushes through one of them."""
    settings = whole.settings
    audience = Audience()
    pusher = Pusher(
        whole.store,
        whole.pool,
        whole.projected,
        audience,
        lambda receiver: server.drop(receiver),
        max_unsent=settings.max_unsent,
        max_batch=settings.max_batch,
        poll=settings.poll,
        patience=settings.patience,
    )
    whole.desk.backlog.walked = lambda: pusher.walked
    commands = Rate(settings.commands_per_second, settings.command_burst)
    failures = Rate(settings.failed_tokens_per_minute / 60, settings.failed_tokens_per_minute)
    connects = Rate(settings.connects_per_second, settings.connects_per_second)
    metrics = Metrics()
    rejected = partial(metrics.rejected, "socketio")
    server = SocketServer(
        settings, socket_door.Door(settings, tokens, whole.desk, pusher, commands, Rests(commands), failures, rejected)
    )
    door = http_door.Door(
        settings=settings,
        tokens=tokens,
        desk=whole.desk,
        audit=whole.audit,
        refusals=Refusals(whole.writer, each=Rate(1 / 60, 5), all_together=Rate(1, 60)),
        verifying=verifying,
        download=Download(whole),
        commands=commands,
        failures=failures,
        pool=whole.pool,
        projectors={projector.name: projector for projector in whole.projectors},
        keeper=whole.keeper,
        pushes=lambda: pusher.failure,
        metrics=metrics,
    )
    _measure(whole, door, server, pusher)
    app = Doors(
        Gate(server, settings, connects),
        routes=routes(door),
        middleware=middleware(door),
        exception_handlers=exception_handlers,
    )
    app.router.redirect_slashes = False
    return app, server, pusher


def _measure(whole: Chat, door: http_door.Door, server: SocketServer, pusher: Pusher) -> None:
    """What is at work tells the metrics, batch by batch; it knows nothing of them."""
    whole.writer.observe = door.metrics.appended
    pusher.observe = door.metrics.pushed
    for name, projector in door.projectors.items():
        projector.observe = door.metrics.projected(name)
    door.metrics.count_sockets(server.transports)


async def run(
    settings: Settings,
    database_url: str,
    ready: Callable[[Server], None] = announce,
    ending: threading.Event | None = None,
) -> None:
    """Serves a migrated database until the process is told to end; `ending` is set as soon as it is."""
    with listener(settings) as listening:
        async with chat(settings, database_url, ledger=settings.ledger, analysed=True) as whole:
            await _serve(whole, listening, ready, ending or threading.Event())


async def _serve(
    whole: Chat, listening: socket.socket, ready: Callable[[Server], None], ending: threading.Event
) -> None:
    settings = whole.settings
    tokens = judge(settings)
    verifying = Verifying(whole.database_url, settings.verify_every)
    app, sockets, pusher = web(whole, tokens, verifying)
    config = uvicorn.Config(
        app,
        ws=FrameProtocol,
        http=arriving(settings.request_patience),
        lifespan="off",
        log_config=None,
        access_log=False,
        ws_max_size=settings.max_frame - 1,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        timeout_graceful_shutdown=max(1, int(settings.drain / 4)),
        server_header=False,
        proxy_headers=False,  # it would believe any local peer; `interfaces/addresses.py` asks the settings
    )
    await pusher.begin()
    heed_cancellation()
    async with asyncio.TaskGroup() as group:
        pushing = group.create_task(pusher.run())
        looking = group.create_task(tokens.keys.run())
        proving = group.create_task(verifying.run())
        await Server(config, whole, sockets, ready, ending).serve([listening])
        await cancelled(pushing, looking, proving)


def _lacking(statement: str) -> None:
    log.warning("analysts lack rights", until_somebody_runs=statement)


def serve(settings: Settings) -> None:
    """Serves until the process is told to end: with a PostgreSQL of its own, or the one that the settings name.

    Raises `NoKey`, `BadKeySet`, `DataDirectoryInUse`, `PostgresFailed`, `psycopg.Error`, or `OSError` where the port
    is taken.
    """
    logs.configure()
    take_all_files()
    asyncio.run(check_keys(settings))  # before anything is started
    ending = threading.Event()
    with ExitStack() as stack:
        database_url = settings.database_url
        if not database_url:
            stack.enter_context(hold_server_lock(settings.data_dir))
            database_url = stack.enter_context(running(settings.data_dir, kept_until=ending))
        awaited(database_url, settings.start_patience, partial(migrate, lacking=_lacking))
        seldom_look_for_cycles()
        signals.run(run(settings, database_url, ending=ending), uvloop.run)
