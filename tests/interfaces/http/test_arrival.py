"""Who sends a request slowly, or never to its end, does not keep the connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
import orjson
import pytest

from interfaces.http.arrival import MAX_HEAD
from tests.serving import Node, serving

PATIENCE = 10


@pytest.fixture
async def hasty(database_url: str) -> AsyncIterator[Node]:
    async with serving(database_url, request_patience=0.3) as running:
        yield running


@asynccontextmanager
async def connected(node: Node) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host = urlsplit(node.url)
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def ended(reader: asyncio.StreamReader) -> bytes:
    """What was answered until the server hung up."""
    answer = b""
    async with asyncio.timeout(PATIENCE):
        try:
            while some := await reader.read(65536):
                answer += some
        except ConnectionResetError:
            pass
    return answer


HALVES = {
    "nothing": b"",
    "a line": b"GET /healthz HTTP/1.1\r\n",
    "half a body": b"POST /api/conversations HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
}


@pytest.mark.parametrize("half", HALVES)
async def test_half_a_request_is_waited_for_only_so_long(hasty: Node, half: str) -> None:
    async with connected(hasty) as (reader, writer):
        writer.write(HALVES[half])
        assert b"200 OK" not in await ended(reader)


async def test_a_byte_now_and_then_does_not_buy_time(hasty: Node) -> None:
    async def dribble(writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ")
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.01)  # slowness is what this is about

    async with connected(hasty) as (reader, writer):
        dribbling = asyncio.create_task(dribble(writer))
        assert await ended(reader) == b""
        dribbling.cancel()


async def test_a_second_request_has_the_same_time(hasty: Node) -> None:
    async with connected(hasty) as (reader, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b'{"status":"alive"}')
        writer.write(b"GET /healthz HTTP/1.1\r\n")
        assert await ended(reader) == b""


async def test_an_answer_may_take_longer_than_a_request(hasty: Node) -> None:
    """A poll hangs until there is something to say."""
    async with httpx.AsyncClient(base_url=hasty.url, params={"EIO": "4", "transport": "polling"}) as client:
        sid = orjson.loads((await client.get("/socket.io/")).content[1:])["sid"]
        with pytest.raises(httpx.ReadTimeout):  # and no end of the connection
            await client.get("/socket.io/", params={"sid": sid}, timeout=1)


async def test_headers_have_an_end(hasty: Node) -> None:
    async with connected(hasty) as (reader, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * (MAX_HEAD + 1024))
        assert (await ended(reader)).startswith(b"HTTP/1.1 400 ")
    async with connected(hasty) as (reader, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * (MAX_HEAD // 2) + b"\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
