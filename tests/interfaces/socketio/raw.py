"""Engine.IO spoken by hand, as no official client would."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests import contract
from tests.interfaces.socketio.devices import PATIENCE, Payload
from tests.interfaces.socketio.inputs import Torn

PATH = "/socket.io/?EIO=4"
QUERY = "EIO=4&transport=websocket"
UPGRADE = (
    f"GET /socket.io/?{QUERY} HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
).encode()
"""The handshake of a WebSocket."""


def event(name: str, *payloads: Any, number: int | None = None) -> str:
    """An event as Engine.IO carries it; with a number, an ack is asked for."""
    return f"42{'' if number is None else number}{json.dumps([name, *payloads])}"


def connecting(token: Any = None) -> str:
    return "40" if token is None else f"40{json.dumps({'token': token})}"


def ack(text: str, number: int) -> Payload:
    """What the ack under a number holds."""
    head = f"43{number}["
    assert text.startswith(head), text
    (payload,) = json.loads(text[len(head) - 1 :])
    return dict(payload)


def synced(text: str, number: int) -> None:
    assert ack(text, number)["ok"], text


class Gone(Exception):
    """The server has closed the connection."""


class RawWebSocket:
    """A WebSocket. Pings of Engine.IO are answered, unless `deaf`."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.deaf = False

    async def send(self, *frames: str | bytes) -> None:
        try:
            for frame in frames:
                await self.connection.send(frame, text=True if isinstance(frame, Torn) else None)
        except ConnectionClosed as closed:
            raise Gone from closed

    async def receive(self) -> str:
        """The next packet. Raises `Gone`."""
        while True:
            try:
                frame = await asyncio.wait_for(self.connection.recv(), PATIENCE)
            except ConnectionClosed as closed:
                raise Gone from closed
            if frame == "2" and not self.deaf:
                await self.send("3")
            elif frame != "2":
                contract.packet(str(frame))
                return str(frame)

    async def until(self, start: str) -> list[str]:
        """The packets up to the first one that begins so, which is the last of them."""
        found = [await self.receive()]
        while not found[-1].startswith(start):
            found.append(await self.receive())
        return found

    async def rest(self) -> list[str]:
        """What comes until the server closes."""
        found = []
        try:
            while True:
                found.append(await self.receive())
        except Gone:
            return found

    async def enter(self, token: str | None = None) -> "RawWebSocket":
        """Connects to the default namespace."""
        await self.send(connecting(token))
        await self.until("40")
        return self

    async def close(self) -> None:
        await self.connection.close()


async def websocket(url: str, more: str = "", query: str = QUERY, **options: Any) -> RawWebSocket:
    """A WebSocket at a server, after the handshake. Raises `InvalidStatus` where it is refused."""
    address = url.replace("http", "ws", 1) + f"/socket.io/?{query}{more}"
    options = {"proxy": None, "compression": None, "max_size": None, "ping_interval": None} | options
    return RawWebSocket(await connect(address, **options))


class RawPolling:
    """A polling session."""

    def __init__(self, http: httpx.AsyncClient, sid: str = "") -> None:
        self.http = http
        self.sid = sid
        self._kept: list[str] = []

    @property
    def path(self) -> str:
        return f"{PATH}&transport=polling" + (f"&sid={self.sid}" if self.sid else "")

    async def open(self) -> "RawPolling":
        """The handshake."""
        response = await self.http.get(self.path)
        assert response.status_code == 200, response.text
        packet, *self._kept = response.text.split("\x1e")
        self.sid = json.loads(packet[1:])["sid"]
        return self

    async def send(self, *packets: str) -> None:
        response = await self.post("\x1e".join(packets))
        if response.status_code != 200:
            raise Gone
        assert response.text == "OK"

    async def post(self, content: Any, **options: Any) -> httpx.Response:
        return await self.http.post(self.path, content=content, **options)

    async def poll(self) -> list[str]:
        """The packets of one answer. Raises `Gone`."""
        response = await self.http.get(self.path)
        if response.status_code != 200:
            raise Gone
        return response.text.split("\x1e") if response.text else []

    async def receive(self) -> str:
        """The next packet. Raises `Gone`."""
        while True:
            while not self._kept:
                self._kept = await self.poll()
            packet = self._kept.pop(0)
            if packet == "1":
                raise Gone
            if packet == "2":
                await self.send("3")
            else:
                contract.packet(packet)
                return packet

    until = RawWebSocket.until
    rest = RawWebSocket.rest

    async def enter(self, token: str | None = None) -> "RawPolling":
        await self.send(connecting(token))
        await self.until("40")
        return self

    async def close(self) -> None:
        if self.sid:
            await self.post("1")


Raw = RawWebSocket | RawPolling


class Raws:
    """Opens raw clients of a server, and closes them."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url = url
        self.http = http
        self._opened: list[Raw] = []

    async def websocket(self, more: str = "", **options: Any) -> RawWebSocket:
        raw = await websocket(self.url, more, **options)
        self._opened.append(raw)
        if "sid=" not in more:
            assert (await raw.receive()).startswith("0{")
        return raw

    async def polling(self) -> RawPolling:
        raw = await RawPolling(self.http).open()
        self._opened.append(raw)
        return raw

    async def by(self, transport: str) -> Raw:
        return await (self.websocket() if transport == "websocket" else self.polling())

    def forget(self, raw: Raw) -> None:
        """One that has been closed."""
        self._opened.remove(raw)

    async def close(self) -> None:
        for raw in self._opened:
            await raw.close()


@asynccontextmanager
async def raws(url: str) -> AsyncIterator[Raws]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, limits=limits, trust_env=False) as http:
        opened = Raws(url, http)
        try:
            yield opened
        finally:
            await opened.close()
