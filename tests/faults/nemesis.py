"""Who does harm: one fault after the other, in an order and at times that a seed decides."""

import asyncio
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from random import Random
from time import monotonic

import psycopg

from tests.faults.history import History
from tests.faults.postgres import crash, tell
from tests.faults.processes import until
from tests.faults.proxy import Link
from tests.faults.site import Node, Site, used

PATIENCE = 60.0
"""Seconds after which somebody must have been answered again, whatever has been done."""


class Nemesis:
    """`more` are faults that clients have. `done` counts all of them by name."""

    def __init__(self, site: Site, history: History, seed: int, more: Sequence[Callable[[], Awaitable[None]]]) -> None:
        self.site = site
        self.history = history
        self.random = Random(f"nemesis {seed}")
        self.done: Counter[str] = Counter()
        self.faults: list[Callable[[], Awaitable[None]]] = [
            self.kill_server,
            self.stop_server,
            self.pause_server,
            self.kill_postgres,
            self.crash_postgres,
            self.pause_postgres,
            self.take_over,
            self.no_connections,
            self.cut,
            self.slow,
            self.stall,
            self.orphan,
            self.double,
            self.clock_back,
            *more,
        ]
        self.faults += [self.full_disk] if site.small else []

    async def rage(self, seconds: float) -> None:
        """Each fault once, in some order; then in another. After each, somebody has to be answered again."""
        end = monotonic() + seconds
        while True:
            for fault in self.random.sample(self.faults, len(self.faults)):
                if monotonic() > end:
                    return
                await self.strike(fault)
                await asyncio.sleep(self.random.uniform(0, 1))

    async def strike(self, fault: Callable[[], Awaitable[None]]) -> None:
        name = fault.__name__.replace("_", " ")
        self.done[name] += 1
        print(f"{datetime.now(UTC):%H:%M:%S} {name}", flush=True)
        await fault()
        try:
            async with asyncio.timeout(PATIENCE):
                await self.history.progress()
        except TimeoutError:
            self.history.wrong.append(f"nobody was answered for {PATIENCE} s after: {name}")

    async def last(self, least: float, most: float) -> None:
        """How long a fault lasts."""
        await asyncio.sleep(self.random.uniform(least, most))

    # Servers

    async def nodes(self) -> tuple[Node, Node]:
        """One to suffer, and the other. They may just be starting again, which other faults do not wait for."""
        await asyncio.gather(*(node.up() for node in self.site.nodes))
        victim, other = self.random.sample(self.site.nodes, 2)
        return victim, other

    async def kill_server(self) -> None:
        victim, _ = await self.nodes()
        await victim.server.kill()
        await self.last(0, 2)
        victim.start()

    async def stop_server(self) -> None:
        """As an upgrade does."""
        victim, _ = await self.nodes()
        victim.server.signal(signal.SIGTERM)
        if (code := await victim.server.ended()) != 0:
            self.history.wrong.append(f"told to end, {victim.name} ended with {code}")
        victim.start()

    async def pause_server(self) -> None:
        victim, _ = await self.nodes()
        victim.server.signal(signal.SIGSTOP)
        await self.last(1, 6)
        victim.server.signal(signal.SIGCONT)

    async def take_over(self) -> None:
        """The process that projects is killed, or hangs, in the middle of a batch; the other has to go on."""
        victim, other = await self.nodes()
        other.server.signal(signal.SIGSTOP)  # so that it is not the one that projects
        async with AsyncExitStack() as stack:
            stack.callback(other.server.signal, signal.SIGCONT)
            connection = await stack.enter_async_context(await self.site.connect())
            async with connection.transaction():
                await connection.execute(
                    f"LOCK TABLE chat_{await _generation(connection)}.conversations IN SHARE MODE".encode()
                )
                await until(lambda: _projecting(connection))
                victim.server.signal(how := self.random.choice([signal.SIGKILL, signal.SIGSTOP]))
        if how is signal.SIGKILL:
            await victim.server.ended()
            victim.start()
        else:
            await self.last(3, 4)  # longer than the others wait for it
            victim.server.signal(signal.SIGCONT)

    # PostgreSQL

    async def kill_postgres(self) -> None:
        await self.nodes()  # who starts just then would end
        await crash(self.site.data_dir, signal.SIGKILL)
        await until(self.site.reachable, PATIENCE)

    async def crash_postgres(self) -> None:
        """`pg_ctl stop -m immediate`: it recovers from its log as it starts again."""
        await self.nodes()  # who starts just then would end
        await crash(self.site.data_dir, signal.SIGQUIT)
        await until(self.site.reachable, PATIENCE)

    async def pause_postgres(self) -> None:
        tell(self.site.data_dir, signal.SIGSTOP)
        await self.last(1, 4)
        tell(self.site.data_dir, signal.SIGCONT)

    async def no_connections(self) -> None:
        """Somebody takes all the connections there are, and the servers lose theirs."""
        async with AsyncExitStack() as stack:
            killer = await stack.enter_async_context(await self.site.connect(application_name="killer"))
            await self._take_all(stack)
            await killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'litspark %'"
            )
            await self._take_all(stack)
            await self.last(1, 3)

    async def _take_all(self, stack: AsyncExitStack) -> None:
        with suppress(psycopg.OperationalError):
            while True:
                await stack.enter_async_context(await self.site.connect(application_name="greedy"))

    async def full_disk(self) -> None:
        await self.nodes()  # who starts just then would end
        self.site.room(str(used(self.site.data_dir) + 64 * 1024))
        with suppress(psycopg.Error):
            async with await self.site.connect() as connection:
                await connection.execute("SELECT pg_switch_wal()")  # the next piece of it is to be made now
        await self.last(1, 4)
        self.site.room("1g")
        await until(self.site.reachable, PATIENCE)

    async def clock_back(self) -> None:
        async with await self.site.connect() as connection:
            await self.site.clock.set_back(connection, self.random.randint(2, 3600))
            await self.last(2, 4)
            await self.site.clock.set_back(connection, 0)

    # Networks

    async def _some_links(self, harm: Callable[[Link], None], least: float, most: float) -> None:
        """To about half of the connections, for a while."""
        links = [link for network in self.site.networks for link in network.links]
        chosen = [link for link in links if self.random.random() < 0.5]
        for link in chosen:
            harm(link)
        await self.last(least, most)
        for link in chosen:
            link.heal()

    async def cut(self) -> None:
        def harm(link: Link) -> None:
            link.cutting = self.random.randint(1, 400)

        await self._some_links(harm, 0.5, 2)

    async def slow(self) -> None:
        def harm(link: Link) -> None:
            link.slow = True

        await self._some_links(harm, 1, 3)

    async def stall(self) -> None:
        """Longer than a ping may take, now and then."""
        await self._some_links(lambda link: link.flows.clear(), 1, 6)

    async def orphan(self) -> None:
        await self._some_links(Link.orphan, 1, 6)

    async def double(self) -> None:
        def harm(link: Link) -> None:
            link.doubling = True

        await self._some_links(harm, 2, 4)


async def _projecting(connection: psycopg.AsyncConnection) -> bool:
    """Whether a projector waits for a lock."""
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    cursor = await connection.execute(
        """SELECT FROM pg_stat_activity
        WHERE application_name = 'litspark project' AND datname = current_database() AND wait_event_type = 'Lock'"""
    )
    return cursor.rowcount == 1


async def _generation(connection: psycopg.AsyncConnection) -> int:
    cursor = await connection.execute("SELECT generation FROM projections WHERE name = 'chat'")
    (generation,) = await cursor.fetchone() or (0,)
    return int(generation)
