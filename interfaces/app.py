"""The composition root: the one place that builds and joins everything."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
import uvicorn
import uvloop
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from application.store import APPENDED, Store, listen
from application.writer import Writer
from interfaces import logs
from interfaces.auth import tokens
from interfaces.connections import RECONNECT, Connections
from interfaces.desk import Desk
from interfaces.embedded_postgres import hold_server_lock, running
from interfaces.http import door as http_door
from interfaces.http.metrics import Metrics
from interfaces.http.middleware import middleware
from interfaces.http.problems import exception_handlers
from interfaces.http.routes import routes
from interfaces.rates import Rate
from interfaces.settings import Settings
from interfaces.socketio import session as socket_door
from interfaces.socketio.audience import Audience
from interfaces.socketio.frames import FrameProtocol
from interfaces.socketio.gate import Gate
from interfaces.socketio.push import Pusher
from interfaces.socketio.server import PATH, SocketServer
from migrations import migrate
from projections.position import NAME, PROJECTED, Projected
from projections.projector import Projector

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Chat:
    """A running chat without its doors: it takes commands, projects the log, and answers what is asked of it."""

    settings: Settings
    database_url: str
    store: Store
    writer: Writer
    projected: Projected
    projector: Projector
    pool: AsyncConnectionPool[Any]
    desk: Desk


def pool(
    database_url: str, name: str, size: int, *options: str, snapshots: bool = False, patience: float = 2.0
) -> AsyncConnectionPool[Any]:
    """A pool of connections, not open yet; with `snapshots`, a transaction sees one state and changes nothing."""

    async def configure(connection: psycopg.AsyncConnection[Any]) -> None:
        if snapshots:
            await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
            await connection.set_read_only(True)

    settings = " ".join(f"-c {option}" for option in ("timezone=UTC", *options))
    return Connections(
        database_url,
        min_size=1,
        max_size=size,
        open=False,
        timeout=patience,
        reconnect_timeout=RECONNECT,
        reconnect_failed=Connections.check,
        configure=configure,
        kwargs={"autocommit": True, "application_name": f"litspark {name}", "options": settings},
    )


@asynccontextmanager
async def chat(settings: Settings, database_url: str) -> AsyncIterator[Chat]:
    """A chat on a migrated database, which runs until the block ends; what it has taken on is finished first."""
    async with AsyncExitStack() as stack:
        reading = await stack.enter_async_context(
            pool(database_url, "read", settings.database_connections, snapshots=True, patience=settings.patience)
        )
        writing = await stack.enter_async_context(
            pool(database_url, "write", 1, "synchronous_commit=on", patience=settings.patience)
        )
        projecting = await stack.enter_async_context(
            pool(
                database_url,
                "project",
                1,
                "synchronous_commit=off",  # a crash loses rows and position together, and they are made again
                f"idle_in_transaction_session_timeout={int(settings.projector_pause * 1000)}",
                patience=settings.patience,
            )
        )
        store = Store(reading, writing)
        projected = Projected(settings.patience)
        projector = Projector(projecting, store, projected, poll=settings.poll)
        writer = Writer(store, appended=projector.wake, patience=settings.patience)
        desk = Desk(store, writer, reading, projected)
        whole = Chat(settings, database_url, store, writer, projected, projector, reading, desk)
        await stack.enter_async_context(_at_work(whole))
        yield whole


@asynccontextmanager
async def _at_work(whole: Chat) -> AsyncIterator[None]:
    """Runs what runs beside: should any of it fail, all of it ends, loudly.

    At the end the writer finishes first, then the projector, which still sees the writer's events.
    """
    bells = {APPENDED: whole.projector.wake, PROJECTED: whole.projected.ring}
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen(whole.database_url, bells, RECONNECT))
        following = group.create_task(whole.projected.follow(whole.pool, whole.settings.poll))
        projecting = group.create_task(whole.projector.run())
        writing = group.create_task(whole.writer.run())
        try:
            yield
        finally:
            await _cancelled(following, listening)
            await _finish(whole.writer.close, writing, whole.settings.drain / 8)
            await _finish(whole.projector.close, projecting, whole.settings.drain / 8)


async def _cancelled(*tasks: "asyncio.Task[None]") -> None:
    """Until Python 3.12, a task that is just being given a connection by its pool loses the cancellation: so again."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=0.1)


async def _finish(close: Callable[[], None], task: "asyncio.Task[None]", seconds: float) -> None:
    """Lets a task end by itself, if it can: a database that is away must not keep it for ever."""
    close()
    await asyncio.wait([task], timeout=seconds)
    await _cancelled(task)


def web(whole: Chat) -> tuple[ASGIApp, SocketServer, Pusher]:
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
    judge = tokens(settings)
    commands = Rate(settings.commands_per_second, settings.command_burst)
    failures = Rate(settings.failed_tokens_per_minute / 60, settings.failed_tokens_per_minute)
    connects = Rate(settings.connects_per_second, settings.connects_per_second)
    server = SocketServer(settings, socket_door.Door(settings, judge, whole.desk, pusher, commands, failures))
    door = http_door.Door(
        settings=settings,
        tokens=judge,
        desk=whole.desk,
        commands=commands,
        failures=failures,
        pool=whole.pool,
        projectors={NAME: whole.projector},
        metrics=Metrics(),
    )
    app = Starlette(
        routes=[Mount(PATH, Gate(server, settings, connects)), *routes(door)],
        middleware=middleware(door),
        exception_handlers=exception_handlers,
    )
    app.router.redirect_slashes = False
    return app, server, pusher


class Server(uvicorn.Server):
    """uvicorn, which answers what has been taken on before it hangs up, and ends well when it is told to."""

    def __init__(
        self, config: uvicorn.Config, chat: Chat, sockets: SocketServer, ready: Callable[["Server"], None]
    ) -> None:
        super().__init__(config)
        self.chat = chat
        self._socket_server = sockets
        self._ready = ready

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def startup(self, sockets: Any = None) -> None:
        """Source: uvicorn.Server."""
        await super().startup(sockets)
        self._ready(self)

    async def shutdown(self, sockets: Any = None) -> None:
        """Source: uvicorn.Server."""
        for server in self.servers:
            server.close()
        try:
            async with asyncio.timeout(self.chat.settings.drain / 2):
                await self._socket_server.drain()
                await self._parted(self.chat.settings.drain / 8)
        except TimeoutError:
            log.warning("some requests were not answered before the end")
        await super().shutdown(sockets)

    async def _parted(self, seconds: float) -> None:
        """Gives clients time to take their last answers: TCP takes those back where a socket is closed that still has
        something to be read, and a client that has not heard of the end is still sending."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._socket_server.eio.sockets or self._websockets():  # noqa: ASYNC110  # as uvicorn waits
                    await asyncio.sleep(0.02)

    def _websockets(self) -> bool:
        return any(isinstance(connection, FrameProtocol) for connection in self.server_state.connections)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end it; uvicorn would raise them again afterwards. Source: uvicorn.Server."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


def announce(server: Server) -> None:
    """Says that requests are served, and where."""
    print(f"litspark ready on {server.url}", flush=True)  # noqa: T201


async def run(settings: Settings, database_url: str, ready: Callable[[Server], None] = announce) -> None:
    """Serves a migrated database until the process is told to end."""
    with listener(settings) as listening:
        async with chat(settings, database_url) as whole:
            await _serve(whole, listening, ready)


@contextmanager
def listener(settings: Settings) -> Iterator[socket.socket]:
    """The socket to listen on. Raises `OSError`, where uvicorn would end the process and say why in its own way."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        made = socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        why = str(error.strerror).split(" (")[0]  # the rest is Python's and says less than the address
        raise OSError(error.errno, why, f"{settings.host}:{settings.port}") from error
    with made:
        yield made


async def _serve(whole: Chat, listening: socket.socket, ready: Callable[[Server], None]) -> None:
    settings = whole.settings
    app, sockets, pusher = web(whole)
    config = uvicorn.Config(
        app,
        ws=FrameProtocol,
        http="httptools",
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
        await Server(config, whole, sockets, ready).serve([listening])
        await _cancelled(pushing)


def serve(settings: Settings) -> None:
    """Serves until the process is told to end: with a PostgreSQL of its own, or the one that the settings name.

    Raises `NoKey`, `DataDirectoryInUse`, `PostgresFailed`, `psycopg.Error`, or `OSError` where the port is taken.
    """
    logs.configure()
    tokens(settings)  # before anything is started
    with ExitStack() as stack:
        database_url = settings.database_url
        if not database_url:
            stack.enter_context(hold_server_lock(settings.data_dir))
            database_url = stack.enter_context(running(settings.data_dir))
        migrate(database_url)
        uvloop.run(run(settings, database_url))
