"""Whatever is killed, whenever: what was acknowledged is there, once, and everybody comes to the same state."""

import asyncio
import fcntl
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar
from uuid import uuid4

import psycopg
import pytest

from interfaces.client import NotConnected
from interfaces.data_directory import locked
from interfaces.embedded_postgres import running
from interfaces.shapes import Message, NewMessage
from migrations import migrate
from tests.client import Client, Refused, connected
from tests.faults.crowd import Crowd, Send, check_read_models, events_of
from tests.faults.postgres import BIN, crash, opened
from tests.faults.processes import SCALE, Server, serving, token, two_servers, until

MESSAGES = 8 * SCALE


async def send_until(crowd: Crowd, sends: Sequence[Send], share: float, strike: Callable[[], Awaitable[None]]) -> None:
    """Everybody sends, until a share of it has been acknowledged; then it strikes, and nobody gets answers any more."""
    sending = asyncio.create_task(crowd.send(sends))
    await crowd.acknowledged(len(crowd.acked) + int(len(sends) * share))
    await strike()
    sending.cancel()
    with suppress(asyncio.CancelledError, NotConnected):
        await sending


async def repeat_everything(crowd: Crowd, database_url: str) -> None:
    """Nothing acknowledged is missing; and whatever is sent again, answered or not, is answered as it was."""
    crowd.check_log(await events_of(database_url))
    acked = dict(crowd.acked)
    await crowd.send(list(crowd.planned.values()))
    assert acked.items() <= crowd.acked.items()


async def check_everything(crowd: Crowd, database_url: str, *urls: str, complete: bool = False) -> None:
    assert not crowd.unanswered
    await crowd.settle()
    events = await events_of(database_url)
    told = crowd.check_log(events)
    crowd.check_pushes(told, complete=complete)
    crowd.check_state(told)
    await check_read_models(database_url, events)
    await crowd.check_fresh_starts(*urls)


@pytest.mark.slow
async def test_a_server_that_is_killed_under_load_has_lost_nothing_and_doubled_nothing(data_dir: Path) -> None:
    crowd = Crowd(seed=2, conversations=12, people=20)
    async with serving(data_dir=data_dir) as server:
        await crowd.come(server.url)
        await send_until(crowd, crowd.plan(MESSAGES), 0.4, server.kill)
        first = len(crowd.acked)
    async with serving(data_dir=data_dir) as server:
        await crowd.come_back(server.url)
        await send_until(crowd, crowd.unanswered, 0.5, server.kill)
    async with serving(data_dir=data_dir) as server:
        await crowd.come_back(server.url)
        print(f"{first} acknowledged before the first kill, {len(crowd.acked)} before the second")
        with running(data_dir) as database_url:
            await repeat_everything(crowd, database_url)
            await crowd.read()
            await check_everything(crowd, database_url, server.url)
        await crowd.leave()


@pytest.mark.slow
async def test_while_its_postgres_has_been_killed_a_server_answers_unavailable_and_nothing_is_lost(
    data_dir: Path,
) -> None:
    crowd = Crowd(seed=3, conversations=10, people=12)
    async with serving(data_dir=data_dir, patience=0.5) as server:
        await crowd.come(server.url)
        conversation_id = next(iter(crowd.members))
        idle = [Client(server.url, token(crowd.members[conversation_id][0])) for _ in range(4)]
        await asyncio.gather(*(client.connect() for client in idle))

        async def strike() -> None:
            await crash(data_dir, signal.SIGKILL)

        requests: tuple[Callable[[Client], Awaitable[Any]], ...] = (
            lambda client: client.send(conversation_id, "lost"),
            lambda client: client.mark_as_read(conversation_id),
            lambda client: client.sync(),
            lambda client: client.join(conversation_id),
        )
        # Whoever holds the lock is starting PostgreSQL, and so the server leaves it as it is.
        with locked(data_dir / "startup.lock", fcntl.LOCK_EX):
            await send_until(crowd, crowd.plan(MESSAGES), 0.4, strike)
            refusals = await asyncio.gather(*(refusal(ask(client)) for client, ask in zip(idle, requests, strict=True)))
        print("unavailable after", ", ".join(f"{seconds:.1f} s" for seconds in refusals))
        began = monotonic()
        assert await server.stopped() == 0
        print(f"without its PostgreSQL it ended in {monotonic() - began:.1f} s")
        await asyncio.gather(*(client.disconnect() for client in idle))
    async with serving(data_dir=data_dir) as server:
        await crowd.come_back(server.url)
        with running(data_dir) as database_url:
            await repeat_everything(crowd, database_url)
            await check_everything(crowd, database_url, server.url)
        await crowd.leave()


async def refusal(asked: Awaitable[Any]) -> float:
    """After how many seconds a request is told to come again."""
    began = monotonic()
    with pytest.raises(Refused, match="unavailable") as refused:
        await asked
    assert (refused.value.error.retry_after or 0) > 0
    return monotonic() - began


@pytest.mark.slow
async def test_a_server_outlives_a_crash_of_its_database(data_dir: Path) -> None:
    crowd = Crowd(seed=4, conversations=10, people=20)
    with ExitStack() as stack:
        database_url = stack.enter_context(running(data_dir, BIN))
        migrate(database_url)
        async with serving(database_url=database_url, patience=0.5) as server:
            await crowd.come(server.url)

            async def strike() -> None:
                await crash(data_dir)

            await send_until(crowd, crowd.plan(MESSAGES), 0.4, strike)
            client = crowd.clients[crowd.users[0]]
            with pytest.raises(Refused, match="unavailable"):
                await client.barrier()
            # Long enough for whoever tries again ever more seldom to be found out.
            await until(lambda: server.output.count("position not known") >= 3)
            stack.enter_context(await asyncio.to_thread(opened, data_dir))
            back = await until(lambda: answers(client))
            assert back < 2
            print(f"goes on {back:.2f} s after its database is back")
            assert all(client.connected for client in crowd.clients.values())
            await repeat_everything(crowd, database_url)
            await crowd.read()
            await check_everything(crowd, database_url, server.url, complete=True)
            await crowd.leave()
            assert await server.stopped() == 0


async def answers(client: Client) -> bool:
    """Whether the server reads and writes again."""
    conversation_id = next(iter(client.summaries))
    try:
        await client.barrier()
        await client.mark_as_read(conversation_id)
    except Refused as refused:
        assert refused.code == "unavailable"
        return False
    return True


@pytest.mark.slow
async def test_pushes_go_on_within_two_seconds_of_a_crash_though_every_connection_is_dead(data_dir: Path) -> None:
    with ExitStack() as stack:
        database_url = stack.enter_context(running(data_dir, BIN))
        migrate(database_url)
        async with serving(database_url=database_url) as server:
            alice, *others = (Client(server.url, token(f"user-{n}")) for n in range(30))
            async with connected(alice, *others):
                conversation_id = await alice.start(*(f"user-{n}" for n in range(1, 30)))
                with psycopg.connect(database_url, autocommit=True) as connection:
                    await until(lambda: grown(connection, others, conversation_id))
                await crash(data_dir)
                stack.enter_context(await asyncio.to_thread(opened, data_dir))
                message = await patiently(partial(alice.send, conversation_id, "here again", str(uuid4())))
                late = await until(partial(told, others[0], message))
                print(f"pushed {late:.2f} s after the acknowledgement")
                assert late < 2


async def grown(connection: psycopg.Connection, clients: Sequence[Client], conversation_id: str) -> bool:
    """Whether the server has all the connections it may have, for reading; everybody joins."""
    await asyncio.gather(*(client.join(conversation_id) for client in clients))
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'litspark read'"
    return connection.execute(query).fetchone() == (10,)


@pytest.mark.slow
async def test_what_a_crash_took_back_from_the_read_models_is_taken_from_nobody(data_dir: Path) -> None:
    """The log is durable at once, the rows are not: after a crash they are older than what has been pushed."""
    with ExitStack() as stack:
        database_url = stack.enter_context(running(data_dir, BIN))
        migrate(database_url)
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        async with two_servers(database_url, patience=0.5) as servers:
            left, right = servers
            alice = Client(left.url, token("alice"))
            bob, again = Client(right.url, token("bob")), Client(right.url, token("bob"))
            carol = Client(right.url, token("carol", "Carol"))
            async with connected(alice, bob, again, carol):
                first = await alice.start("bob")
                await until(lambda: first in bob.summaries)
                await bob.join(first)
                rest(database_url)
                for number in range(1, 6):
                    message = await alice.send(first, f"message {number}")
                    await until(partial(told, bob, message))
                async with taken_back(data_dir, database_url, message.position, servers, stack):
                    joining = asyncio.create_task(patiently(lambda: again.join(first)))
                    with suppress(TimeoutError):
                        await asyncio.wait_for(asyncio.shield(joining), 1)
                await joining

                await carol.disconnect()
                rest(database_url)
                second = await patiently(lambda: alice.start("bob", "carol"))
                await until(lambda: second in bob.summaries)
                position = bob.summaries[second].position
                async with taken_back(data_dir, database_url, position, servers, stack):
                    connecting = asyncio.create_task(connected_at_last(carol))
                    with suppress(TimeoutError):
                        await asyncio.wait_for(asyncio.shield(connecting), 1)
                await connecting

                for conversation_id in (first, second):
                    await patiently(partial(alice.send, conversation_id, "and on", str(uuid4())))
                await until(
                    lambda: said_last(bob, first, 6) and said_last(again, first, 6) and said_last(carol, second, 1)
                )
                for client in (bob, again):
                    assert sorted(client.rooms[first].messages) == [1, 2, 3, 4, 5, 6]
                numbers = [push.message.number for push in bob.messages]
                assert numbers == [1, 2, 3, 4, 5, 6]


def rest(database_url: str) -> None:
    """Wakes who writes down, now and then, what nobody waits for: it does so at once, and not again for ten seconds."""
    with psycopg.connect(database_url) as connection:
        connection.execute("SELECT pg_reload_conf()")


@asynccontextmanager
async def taken_back(
    data_dir: Path, database_url: str, position: int, servers: Sequence[Server], stack: ExitStack
) -> AsyncIterator[None]:
    """PostgreSQL crashes, and the read models are behind `position` afterwards, for as long as the block lasts."""
    for server in servers:
        server.signal(signal.SIGSTOP)
    await crash(data_dir)
    stack.enter_context(await asyncio.to_thread(opened, data_dir))
    with psycopg.connect(database_url) as connection:
        connection.execute("SELECT FROM projections FOR UPDATE")
        row = connection.execute("SELECT position FROM projections WHERE name = 'chat'").fetchone()
        assert row and row[0] < position, "the crash came too late to take anything back"
        for server in servers:
            server.signal(signal.SIGCONT)
        yield


def said_last(client: Client, conversation_id: str, number: int) -> bool:
    return bool(client.summaries[conversation_id].last_number == number)


def told(client: Client, message: Message) -> bool:
    """Whether a message that was acknowledged has been pushed to somebody."""
    return NewMessage(conversation_id=message.conversation_id, message=message) in client.pushes


T = TypeVar("T")


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Asks until the server is able to answer."""
    while True:
        try:
            return await ask()
        except Refused as refused:
            assert refused.code == "unavailable"


async def connected_at_last(client: Client) -> None:
    """As a device does that is refused or dropped: it comes again."""
    while True:
        with suppress(ConnectionError):
            await client.connect()
            syncing = asyncio.create_task(patiently(client.sync))
            await until(lambda: syncing.done() or not client.connected)  # noqa: B023
            if syncing.done():
                return syncing.result()
            syncing.cancel()
