"""The composition root: the one place that builds and joins everything."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
import uvicorn
import uvloop
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from application.store import APPENDED, Store, listen
from application.writer import Writer
from domain.ledger import TellLedgerKey
from interfaces import logs, signals
from interfaces.analytics.analyst import Analyst
from interfaces.audit.desk import AuditDesk
from interfaces.audit.record import Refusals
from interfaces.audit.verifying import Verifying
from interfaces.auth import Judge, check_keys, judge
from interfaces.backlog import Backlog
from interfaces.connections import RECONNECT, Connections, awaited, cancelled, pool
from interfaces.desk import Desk
from interfaces.embedded_postgres import hold_server_lock, running
from interfaces.http import door as http_door
from interfaces.http.arrival import arriving
from interfaces.http.metrics import Metrics
from interfaces.http.middleware import middleware
from interfaces.http.problems import exception_handlers
from interfaces.http.routes import routes
from interfaces.ledger.bundle.download import Download
from interfaces.ledger.keeper import Keeper, Part
from interfaces.ledger.keys import signing_key
from interfaces.rates import Rate
from interfaces.rebuilding import see_to_rows, sweep
from interfaces.server import Server, announce, listener, seldom_look_for_cycles, take_all_files
from interfaces.settings import Settings
from interfaces.socketio import session as socket_door
from interfaces.socketio.audience import Audience
from interfaces.socketio.gate import Gate
from interfaces.socketio.push import Pusher
from interfaces.socketio.server import PATH, SocketServer
from interfaces.socketio.wire import FrameProtocol
from migrations import migrate
from projections.analytics.projector import AnalyticsProjector
from projections.chat import ChatProjector
from projections.ledger.projector import LedgerProjector
from projections.position import PROJECTED, Projected
from projections.projector import Projector

log = structlog.get_logger()


BY_KEYS = ("plan_cache_mode=force_generic_plan", "enable_seqscan=off")
"""For connections that ask by keys alone: each statement is planned once, for tables of any size. Planning it anew took
half of what a single message costs the database."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A running chat without its doors: it takes commands, projects the log, and answers what is asked of it."""

    settings: Settings
    database_url: str
    store: Store
    writer: Writer
    projected: Projected
    projector: ChatProjector
    pool: AsyncConnectionPool[Any]
    desk: Desk
    audit: AuditDesk
    keeper: Keeper | None = None
    analytics: AnalyticsProjector | None = None

    @property
    def projectors(self) -> list[Projector[Any]]:
        """All that run here."""
        beside = [self.keeper and self.keeper.projector, self.analytics]
        return [self.projector, *(projector for projector in beside if projector)]


def projecting_pool(
    settings: Settings, database_url: str, name: str, *options: str, answer_within: float | None = None
) -> Connections:
    """The one connection of a projection."""
    return pool(
        database_url,
        name,
        1,
        "synchronous_commit=off",  # a crash loses rows and position together, and they are made again
        f"idle_in_transaction_session_timeout={int(settings.projector_pause * 1000)}",
        *options,
        patience=settings.patience,
        answer_within=answer_within,
    )


@asynccontextmanager
async def chat(
    settings: Settings, database_url: str, *, projects: bool = True, ledger: bool = False, analysed: bool = False
) -> AsyncIterator[Chat]:
    """A chat on a migrated database, which runs until the block ends; what it has taken on is finished first.

    With `ledger` it keeps that too; `analysed`, the facts of the analytics. Where it does not
    project, another process has to.
    """
    await see_to_rows(settings, database_url)
    async with AsyncExitStack() as stack:
        reading = await stack.enter_async_context(
            pool(
                database_url,
                "read",
                settings.database_connections,
                snapshots=True,
                patience=settings.patience,
                answer_within=settings.database_patience,
            )
        )
        writing = await stack.enter_async_context(
            pool(
                database_url,
                "write",
                1,
                "synchronous_commit=on",
                *BY_KEYS,
                patience=settings.patience,
                answer_within=settings.database_patience,
            )
        )
        projecting = await stack.enter_async_context(
            projecting_pool(settings, database_url, "project", *BY_KEYS, answer_within=settings.database_patience)
        )
        store = Store(reading, writing)
        projected = Projected(settings.patience)
        projector = ChatProjector(projecting, store, projected, poll=settings.poll)
        backlog = Backlog(projected, settings.max_wait)

        def appended(position: int, since: float) -> None:
            projector.poke()
            backlog.owe(position, since)

        writer = Writer(store, appended=appended, patience=settings.patience)
        desk = Desk(store, writer, reading, projected, Analyst(settings, database_url), backlog)
        audit = AuditDesk(store, writer, reading, projected)
        keeper = analytics = None
        if ledger:
            keeping = await stack.enter_async_context(projecting_pool(settings, database_url, "ledger"))
            keeper = _keeper(settings, keeping, store, projected, writer)
        if analysed:
            analysing = await stack.enter_async_context(projecting_pool(settings, database_url, "analyse"))
            analytics = _analytics(settings, analysing, store, projected)
        whole = Chat(
            settings, database_url, store, writer, projected, projector, reading, desk, audit, keeper, analytics
        )
        await stack.enter_async_context(_at_work(whole, projects, writing, projecting))
        yield whole


def _keeper(
    settings: Settings, keeping: AsyncConnectionPool[Any], store: Store, projected: Projected, writer: Writer
) -> Keeper:
    async def tell(public_key: str) -> int:
        return (await writer.handle(TellLedgerKey(actor=None, public_key=public_key))).position

    projector = LedgerProjector(keeping, store, projected, poll=settings.poll, rest=settings.ledger_rest)
    return Keeper(settings, projector, signing_key(settings), keeping, tell)


def _analytics(
    settings: Settings, analysing: AsyncConnectionPool[Any], store: Store, projected: Projected
) -> AnalyticsProjector:
    rest = settings.analytics_rest
    return AnalyticsProjector(analysing, store, projected, poll=max(settings.poll, rest), rest=rest)


@asynccontextmanager
async def _at_work(whole: Chat, projects: bool, *ours: Connections) -> AsyncIterator[None]:
    """Runs what runs beside: should any of it fail, all of it ends, loudly. What `ours` notify is known here already.

    At the end the writer finishes first, then the projector, which still sees the writer's events.
    """
    bells = {APPENDED: whole.projector.wake, PROJECTED: whole.projected.ring}

    def is_own(session: int) -> bool:
        return any(session in pool.sessions for pool in ours)

    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen(whole.database_url, bells, RECONNECT, is_own=is_own))
        following = group.create_task(whole.projected.follow(whole.pool, whole.settings.poll))
        projecting: dict[Part, asyncio.Task[None]] = {}
        if projects:
            projecting[whole.projector] = group.create_task(whole.projector.run())
        writing = group.create_task(whole.writer.run())
        sweeping = group.create_task(sweep(whole.settings, whole.database_url))
        stages: list[list[Part]] = list(whole.keeper.stages if whole.keeper else [])
        stages += [[whole.analytics]] if whole.analytics else []
        keeping = [{part: group.create_task(part.run()) for part in stage} for stage in stages]
        try:
            yield
        finally:
            await cancelled(following, listening, sweeping)
            await _finish({whole.writer: writing}, whole.settings.drain / 8)
            await _finish(projecting, whole.settings.drain / 8)
            for stage in keeping:
                await _finish(stage, whole.settings.drain / 20)


async def _finish(running: "Mapping[Part, asyncio.Task[None]]", seconds: float) -> None:
    """Lets parts end by themselves, if they can: a database that is away must not keep them for ever."""
    for part in running:
        part.close()
    if running:
        await asyncio.wait(running.values(), timeout=seconds)
        await cancelled(*running.values())


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
        settings, socket_door.Door(settings, tokens, whole.desk, pusher, commands, failures, rejected)
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
        awaited(database_url, settings.start_patience)
        migrate(database_url, lacking=_lacking)
        seldom_look_for_cycles()
        signals.run(run(settings, database_url, ending=ending), uvloop.run)
