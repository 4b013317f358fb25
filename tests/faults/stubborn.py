"""Clients that are no help when a server wants to end: they hold on, do not read, or never say who they are."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

from tests.faults.processes import token

POLLING = "/socket.io/?EIO=4&transport=polling"
WEBSOCKET = "/socket.io/?EIO=4&transport=websocket"


class Wire:
    """A bare connection, which does nothing by itself: no pongs, no closing handshakes, no reading ahead."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(
        self, method: str, path: str, body: str = "", *, length: int | None = None, headers: str = ""
    ) -> None:
        data = body.encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}"
        if method == "POST":
            head += f"Content-Length: {len(data) if length is None else length}\r\n"
        self.writer.write(head.encode() + b"\r\n" + data)
        await self.writer.drain()

    async def answer(self) -> str:
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        if b"transfer-encoding: chunked" not in head:
            return (await self.reader.readexactly(int(head.split(b"content-length:")[1].split()[0]))).decode()
        body = b""
        while size := int(await self.reader.readline(), 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()
        return body.decode()

    async def upgrade(self) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        headers = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        await self.ask("GET", WEBSOCKET, headers=f"{headers}Sec-WebSocket-Version: 13\r\n")
        assert b" 101 " in await self.reader.readuntil(b"\r\n\r\n")
        assert (await self.read())[0] == "0"

    async def write(self, text: str) -> None:
        """A masked frame, as clients have to send them."""
        data = text.encode()
        size = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + len(data).to_bytes(2, "big")
        self.writer.write(b"\x81" + size + bytes(4) + data)
        await self.writer.drain()

    async def read(self) -> str:
        size = (await self.reader.readexactly(2))[1]
        if size > 125:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
        return (await self.reader.readexactly(size)).decode()


@asynccontextmanager
async def wire(url: str) -> AsyncIterator[Wire]:
    at = urlsplit(url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port, limit=1024)
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()


@asynccontextmanager
async def stubborn_clients(url: str, user: str, conversation_id: str) -> AsyncIterator[None]:
    """One of each kind, connected while the block lasts. Those with a token watch a conversation, or could."""
    connect = "40" + json.dumps({"token": token(user)})
    join = "421" + json.dumps(["join_conversation", {"conversation_id": conversation_id}])
    async with AsyncExitStack() as stack:
        polls, deaf, silent, mute, idle, half = [await stack.enter_async_context(wire(url)) for _ in range(6)]

        await polls.ask("GET", POLLING)
        session = f"{POLLING}&sid={json.loads((await polls.answer())[1:])['sid']}"
        await polls.ask("POST", session, connect)
        assert await polls.answer() == "OK"
        await polls.ask("GET", session)
        assert (await polls.answer())[:2] == "40"
        await polls.ask("GET", session)  # hangs, and nobody will read what comes of it

        await deaf.upgrade()
        await deaf.write(connect)
        assert (await deaf.read())[:2] == "40"
        await deaf.write(join)
        assert (await deaf.read())[:3] == "431"

        await silent.upgrade()  # never even connects to the namespace
        await mute.upgrade()
        await mute.write("40")
        assert (await mute.read())[:2] == "40"  # never authenticates

        await half.ask("POST", "/api/conversations", "{", length=100)  # the rest of the body never comes
        await idle.writer.drain()  # never asks for anything
        yield
