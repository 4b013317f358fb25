"""The HTTP server: where it listens, that it says so, and how it ends."""

import asyncio
import gc
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn

from interfaces import signals
from interfaces.settings import Settings
from interfaces.socketio.server import SocketServer
from interfaces.socketio.wire import FrameProtocol

try:
    import resource
except ImportError:
    resource = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from interfaces.chat import Chat

log = structlog.get_logger()


def take_all_files() -> None:
    """Each socket is a file, of which a process usually may have 1,024: as many as the system lets it have, then."""
    if resource is None:  # Windows, which has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):  # macOS says infinity and means less
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def seldom_look_for_cycles() -> None:
    """Two thousand who connect make so many objects that looking for cycles among all of them took half the time.

    What was imported is not looked at again. What has been made since is looked at once, a thousand objects at a time,
    and then hardly ever: nobody is answered meanwhile, and nobody who goes leaves a cycle that could be found.
    """
    gc.freeze()
    gc.set_threshold(1_000, 100_000, 100)


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


class Server(uvicorn.Server):
    """uvicorn, which answers what has been taken on before it hangs up, and ends well when it is told to."""

    def __init__(
        self,
        config: uvicorn.Config,
        chat: "Chat",
        sockets: SocketServer,
        ready: Callable[["Server"], None],
        ending: threading.Event,
    ) -> None:
        super().__init__(config)
        self.chat = chat
        self._socket_server = sockets
        self._ready = ready
        self._ending = ending

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
        self._ending.set()
        for server in self.servers:
            server.close()
        try:
            async with asyncio.timeout(self.chat.settings.drain / 2):
                await self._socket_server.drain(self.chat.settings.drain / 4)
                await self._parted(self.chat.settings.drain / 4)
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
        """They end it; uvicorn would raise them again afterwards. Source: uvicorn.Server."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.handle_exit, signal.SIGINT, None)
        try:
            with signals.heeded(lambda: self.handle_exit(signal.SIGTERM, None)):
                yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)


def announce(server: Server) -> None:
    """Says that requests are served, and where."""
    print(f"litspark ready on {server.url}", flush=True)  # noqa: T201
