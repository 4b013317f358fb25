"""Two processes serve one database, and nobody can tell."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import cycle
from time import monotonic
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest

from application.store import Store
from domain.conversation import ConversationStarted
from interfaces.shapes import Joined, Synced
from migrations import migrate
from tests.client import Client, connected
from tests.faults.crowd import Crowd, check_read_models, events_of, unread_by_log
from tests.faults.processes import SCALE, Server, token, two_servers
from tests.replay import log

MESSAGES = 10 * SCALE


@dataclass(frozen=True)
class Pair:
    """Two processes on one database."""

    left: Server
    right: Server
    database_url: str


@pytest.fixture(scope="module")
async def pair(postgres_url: str) -> AsyncIterator[Pair]:
    """Two processes, and a database of their own, for all who are content with people of their own."""
    name = f"litspark_pair_{os.getpid()}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        database_url = urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
        migrate(database_url)
        async with two_servers(database_url) as servers:
            yield Pair(*servers, database_url)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.mark.slow
async def test_a_hundred_senders_through_two_processes_and_everybody_sees_the_same(
    database_url: str, store: Store
) -> None:
    async with two_servers(database_url) as (left, right):
        crowd = Crowd(seed=1)
        await crowd.come(left.url, right.url)
        began = monotonic()
        await asyncio.gather(crowd.send(crowd.plan(MESSAGES)), crowd.stir(MESSAGES))
        await crowd.settle()
        pushes = sum(len(client.pushes) for client in crowd.clients.values())
        print(f"{len(crowd.acked)} messages and {pushes} pushes in {monotonic() - began:.1f} s")
        await crowd.read()
        await crowd.settle()
        events = await log(store)
        told = crowd.check_log(events)
        assert not crowd.unanswered
        crowd.check_pushes(told)
        crowd.check_state(told)
        assert unread_by_log(events) == {
            (key, user): summary.unread_count
            for user, client in crowd.clients.items()
            for key, summary in client.summaries.items()
        }
        await check_read_models(database_url, events)
        await crowd.check_fresh_starts(left.url, right.url)
        await crowd.leave()


async def test_who_is_added_through_one_process_writes_through_the_other_at_once(pair: Pair) -> None:
    left, right = pair.left, pair.right
    alice, *others = (Client(left.url, token("alice")), *(Client(right.url, token(f"user-{n}")) for n in range(10)))
    async with connected(alice, *others):
        conversation_id = await alice.start("bob")
        for n, other in enumerate(others, 1):
            await alice.add(conversation_id, f"user-{n - 1}")
            assert (await other.send(conversation_id, "here I am")).number == n


async def test_a_direct_conversation_started_at_both_processes_at_once_is_one(pair: Pair) -> None:
    left, right = pair.left, pair.right
    couples = [(Client(left.url, token(f"anna-{n}")), Client(right.url, token(f"bert-{n}"))) for n in range(20 * SCALE)]
    async with connected(*(client for couple in couples for client in couple)):
        started = await asyncio.gather(
            *(
                start
                for n, (anna, bert) in enumerate(couples)
                for start in (anna.start(f"bert-{n}", kind="direct"), bert.start(f"anna-{n}", kind="direct"))
            )
        )
    assert started[::2] == started[1::2]
    assert len(set(started)) == len(couples)
    events = [one.event for one in await events_of(pair.database_url)]
    assert sum(isinstance(event, ConversationStarted) and event.kind == "direct" for event in events) == len(couples)


async def test_a_message_just_acknowledged_is_marked_as_read_through_the_other_process(pair: Pair) -> None:
    left, right = pair.left, pair.right
    alice, bob = Client(left.url, token("alice")), Client(right.url, token("bob"))
    async with connected(alice, bob):
        conversation_id = await alice.start("bob")
        for number in range(1, 31):
            await alice.send(conversation_id, "read this")
            read = await bob.mark_as_read(conversation_id, number)
            assert (read.read_number, read.unread_count) == (number, 0)


async def test_min_position_makes_writes_through_another_process_visible(pair: Pair) -> None:
    left, right = pair.left, pair.right
    clients = [Client(left.url, token("alice")), Client(right.url, token("bob"))]
    async with connected(*clients):
        conversation_id = await clients[0].start("bob")
        turns = cycle([clients, clients[::-1]])
        for n, (writer, reader) in zip(range(30), turns, strict=False):
            title = f"title {n}"
            renamed = await writer.rename(conversation_id, title)
            joined = await reader.call(
                "join_conversation", Joined, conversation_id=conversation_id, min_position=renamed.position
            )
            assert joined.conversation.title == title
            sent = await writer.send(conversation_id, title)
            synced = await reader.call("sync", Synced, since=renamed.position, min_position=sent.position)
            last = synced.conversations[0].last_message
            assert last and last.message_id == sent.message_id


async def test_one_message_id_sent_through_both_processes_at_once_is_one_message(pair: Pair) -> None:
    left, right = pair.left, pair.right
    devices = [Client(server.url, token("alice")) for server in (left, right)]
    async with connected(*devices):
        conversation_id = await devices[0].start("bob")
        await devices[1].send(conversation_id, "known here now")
        for number in range(2, 32):
            message_id = str(uuid4())
            sent = await asyncio.gather(
                *(device.send(conversation_id, "once", message_id) for device in devices for _ in range(2))
            )
            assert sent == [sent[0]] * 4
            assert sent[0].number == number
