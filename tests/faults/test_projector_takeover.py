"""One process projects at a time, none is the one that must: whoever dies or hangs is stood in for."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from time import monotonic
from typing import Any

import psycopg
import pytest

from application.store import Store
from interfaces.client import NotConnected
from interfaces.shapes import Message
from tests.client import Client, connected
from tests.faults.crowd import Crowd, check_read_models
from tests.faults.processes import SCALE, Server, token, two_servers, until
from tests.replay import log


@pytest.mark.slow
async def test_when_one_of_two_processes_is_killed_under_load_the_other_goes_on_at_once(
    database_url: str, store: Store
) -> None:
    crowd = Crowd(seed=6, conversations=8, people=16)
    async with two_servers(database_url) as (left, right):
        await crowd.come(left.url, right.url)
        stranded, others = crowd.users[::2], crowd.users[1::2]
        sends = crowd.plan(15 * SCALE)
        sending = [
            asyncio.create_task(crowd.send([one for one in sends if one.user in users])) for users in (stranded, others)
        ]
        await crowd.acknowledged(len(sends) // 4)
        began = monotonic()
        await left.kill()
        seen = sum(len(crowd.clients[user].pushes) for user in others)
        projected = [await position(database_url)]
        while await position(database_url) == projected[0]:
            await asyncio.wait(sending, timeout=0.01)
        await until(lambda: sum(len(crowd.clients[user].pushes) for user in others) > seen)
        took = monotonic() - began
        print(f"projected and pushed again {took:.2f} s after the kill")
        assert took < 1
        sending[0].cancel()
        with suppress(asyncio.CancelledError, NotConnected):
            await sending[0]
        await crowd.come_back(right.url, users=stranded)
        await asyncio.gather(sending[1], crowd.send(crowd.unanswered))
        await crowd.settle()
        events = await log(store)
        told = crowd.check_log(events)
        crowd.check_pushes(told, complete=False)
        crowd.check_state(told)
        await check_read_models(database_url, events)
        await crowd.check_fresh_starts(right.url)
        await crowd.leave()


async def position(database_url: str) -> int:
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        row = await (await connection.execute("SELECT position FROM projections WHERE name = 'chat'")).fetchone()
        return int(row[0]) if row else 0


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_process_that_ends_or_hangs_in_the_middle_of_a_batch_is_stood_in_for(
    database_url: str, store: Store, how: signal.Signals
) -> None:
    async with two_servers(database_url, projector_pause=1) as (left, right):
        alice, bob = Client(left.url, token("alice")), Client(right.url, token("bob"))
        async with connected(alice, bob):
            conversation_id = await alice.start("bob")
            await until(lambda: conversation_id in bob.summaries)
            for client in (alice, bob):
                await client.sync()
                await client.join(conversation_id)
            async with in_the_middle(database_url, left, right, alice, conversation_id):
                left.signal(how)
            began = monotonic()
            message = await bob.send(conversation_id, "and you?")
            await until(lambda: pushed(bob, 2))
            print(f"{how.name}: pushed {monotonic() - began:.2f} s later")
            assert [message.number for message in told(bob)] == [1, 2]
            await bob.barrier(message.position)
            if how is signal.SIGSTOP:
                left.signal(signal.SIGCONT)
                await until(lambda: pushed(alice, 2))
            else:
                alice.url = right.url
                await alice.disconnect()
                await alice.connect()
                await alice.sync()
                await alice.join(conversation_id)
            for number, client in ((3, alice), (4, bob), (5, alice)):
                await client.send(conversation_id, "go on")
                await until(partial(both, alice, bob, number))
            for client in (alice, bob):
                numbers = [message.number for message in told(client)]
                assert numbers == sorted(set(numbers))
                assert sorted(client.rooms[conversation_id].messages) == [1, 2, 3, 4, 5]
            assert [message.number for message in told(bob)] == [1, 2, 3, 4, 5]
            await check_read_models(database_url, await log(store))


@asynccontextmanager
async def in_the_middle(
    database_url: str, left: Server, right: Server, alice: Client, conversation_id: str
) -> AsyncIterator[None]:
    """While the block lasts, the left process is writing the rows of alice's message, and can't."""
    right.signal(signal.SIGSTOP)  # so that it is the left one
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute("LOCK TABLE chat_1.conversations IN SHARE MODE")
        await alice.send(conversation_id, "are you there?")
        await until(lambda: waits(connection))
        right.signal(signal.SIGCONT)
        yield


async def waits(connection: psycopg.AsyncConnection[Any]) -> bool:
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    cursor = await connection.execute(
        """SELECT FROM pg_stat_activity
        WHERE application_name = 'litspark project' AND datname = current_database() AND wait_event_type = 'Lock'"""
    )
    return cursor.rowcount == 1


def told(client: Client) -> list[Message]:
    return [push.message for push in client.messages]


def pushed(client: Client, number: int) -> bool:
    return any(message.number == number for message in told(client))


def both(one: Client, other: Client, number: int) -> bool:
    return pushed(one, number) and pushed(other, number)
