"""Servers as processes of their own: started, listened to, and ended in every way that a process ends."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Any

from interfaces.auth import Tokens
from interfaces.settings import Settings
from tests.serving import SECRET

SCALE = int(os.environ.get("LITSPARK_TEST_SCALE", "1"))
"""How much more than in a normal run."""

ROOT = Path(__file__).resolve().parents[2]
READY = "litspark ready on "
UNLIMITED: dict[str, Any] = {
    "port": 0,
    "jwt_secret": SECRET,
    "commands_per_second": 0,
    "connects_per_second": 0,
    "failed_tokens_per_minute": 0,
    "sockets_per_user": 0,
    "max_wait": 10,
}
"""Nothing is too much, and on a machine that is busy with other tests a message may wait."""

AS_IT_COMES: dict[str, Any] = {"max_wait": Settings.model_fields["max_wait"].default}
"""For who measures how long messages wait."""

_tokens = Tokens(SECRET)


def token(user_id: str, name: str | None = None, ttl: float = 3600, scope: str = "") -> str:
    """A token that the servers of these tests let in."""
    return _tokens.issue(user_id, name, scope, ttl)


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", "from interfaces.cli import main; main()", *words]


def environment(settings: dict[str, Any]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LITSPARK_", "PG"))}
    return kept | {f"LITSPARK_{name.upper()}": str(value) for name, value in settings.items()}


async def ran(*words: str) -> str:
    """Runs a command, which has to succeed, and returns its results."""
    process = await asyncio.create_subprocess_exec(
        *command(*words),
        env=environment({}),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    results, said = await process.communicate()
    assert process.returncode == 0, (results + said).decode(errors="replace")
    return results.decode()


class Server:
    """A process that serves; `said` is all that it has written, line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[str] = []
        self.url = ""
        self._ready = asyncio.Event()
        assert process.stdout and process.stderr
        self._hearing = [asyncio.create_task(self._hear(stream)) for stream in (process.stdout, process.stderr)]

    async def _hear(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            self.said.append(line.decode(errors="replace").rstrip())
            if READY in self.said[-1]:
                self.url = self.said[-1].split(READY)[1].strip()
                self._ready.set()
        self._ready.set()

    @property
    def output(self) -> str:
        return "\n".join(self.said)

    async def ready(self, within: float = 30) -> "Server":
        await asyncio.wait_for(self._ready.wait(), within)
        if not self.url:
            await self.ended()
            raise AssertionError(f"the server did not start ({self.process.returncode}):\n{self.output}")
        return self

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def stopped(self) -> int:
        """The exit code, once it has been told to end."""
        self.signal(signal.SIGTERM)
        return await self.ended(10)

    async def kill(self) -> None:
        """`kill -9`, which also ends a process that has been stopped."""
        if self.process.returncode is None:
            self.signal(signal.SIGKILL)
        await self.ended()

    async def ended(self, within: float = 30) -> int:
        """The exit code."""
        code = await asyncio.wait_for(self.process.wait(), within)
        await asyncio.wait(self._hearing)
        return code


@asynccontextmanager
async def started(
    words: Mapping[str, str] = MappingProxyType({}), /, *, folder: Path = ROOT, **settings: Any
) -> AsyncIterator[Server]:
    """A process that is to serve, perhaps not ready yet. Whatever happens to it, it must not print a traceback.

    `words`: more of its environment. `folder` holds the project, in another version perhaps.
    """
    process = await asyncio.create_subprocess_exec(
        *command("serve"),
        env=environment(settings) | words,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    server = Server(process)
    try:
        yield server
    except BaseException:
        await server.kill()
        print(f"--- the server at {server.url} said:\n{server.output[-20_000:]}")
        raise
    await server.kill()
    assert "Traceback" not in server.output, server.output


@asynccontextmanager
async def serving(folder: Path = ROOT, **settings: Any) -> AsyncIterator[Server]:
    """A process that serves, without limits on rates."""
    async with started(folder=folder, **(UNLIMITED | settings)) as server:
        yield await server.ready()


@asynccontextmanager
async def two_servers(database_url: str, **settings: Any) -> AsyncIterator[tuple[Server, Server]]:
    """Two processes on one database."""
    async with AsyncExitStack() as stack:
        starting = [
            await stack.enter_async_context(started(**(UNLIMITED | settings), database_url=database_url))
            for _ in range(2)
        ]
        yield await starting[0].ready(), await starting[1].ready()


async def until(condition: Callable[[], Any], within: float = 10) -> float:
    """Waits for a condition, plain or awaitable, and returns the seconds that it took."""
    began = monotonic()
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return monotonic() - began
        assert monotonic() - began < within, f"not within {within} s"
        await asyncio.sleep(0.005)
