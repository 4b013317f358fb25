"""A server is killed and started again: whoever uses the client asks, waits, and is answered once."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from interfaces.client import Client
from interfaces.shapes import NewMessage
from tests.faults.processes import serving, token, until
from tests.faults.proxy import proxy


@pytest.mark.slow
async def test_a_client_outlives_its_server_and_says_everything_once(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    async with serving(data_dir=data_dir, port=port) as server:
        alice, bob = (Client(url, token(name), longest_pause=0.2) for name in ("alice", "bob"))
        async with alice, bob:
            conversation_id = await alice.start("bob")
            await bob.join(conversation_id)
            first = asyncio.gather(*(alice.send(conversation_id, f"{number}") for number in range(50)))
            heard = [await anext(messages := told(bob))]
            await server.kill()
            second = asyncio.gather(*(alice.send(conversation_id, f"{number}") for number in range(50, 60)))
            async with serving(data_dir=data_dir, port=port):
                async with asyncio.timeout(30):
                    sent = [*await first, *await second]
                    heard += [await anext(messages) for _ in range(59)]
            assert sorted(message.number for message in sent) == list(range(1, 61))
            assert [push.message.number for push in heard] == list(range(1, 61))
            assert sorted(push.message.message_id for push in heard) == sorted(one.message_id for one in sent)


@pytest.mark.slow
async def test_a_poll_whose_answer_breaks_off_is_missed_by_nobody(data_dir: Path) -> None:
    async with serving(data_dir=data_dir) as server, proxy() as network:
        network.upstream = ("127.0.0.1", urlsplit(server.url).port or 0)
        alice = Client(server.url, token("alice"))
        bob = Client(network.url, token("bob"), ("polling",), longest_pause=0.2)
        async with alice, bob:
            conversation_id = await alice.start("bob")
            await bob.join(conversation_id)
            messages = told(bob)
            for number in range(1, 11):
                await until(lambda: any(link.asking for link in network.links))
                for link in network.links:
                    link.cutting = 20 if link.asking else None  # in the middle of the answer's head
                await alice.send(conversation_id, "there you are")
                async with asyncio.timeout(10):
                    assert (await anext(messages)).message.number == number


async def told(client: Client) -> AsyncIterator[NewMessage]:
    async for push in client:
        if isinstance(push, NewMessage):
            yield push
