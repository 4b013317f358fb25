"""Where a test's people meet: a running server, and the devices by which they reach it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.interfaces.socketio.devices import (
    PATIENCE,
    Device,
    Driver,
    JavaScriptDevice,
    NotConnected,
    Payload,
    PythonDevice,
    Way,
    an_error,
)
from tests.serving import Node

_numbers = count(1)


@dataclass
class Stage:
    """The people of one test: nobody else has heard of them, though others may share their server."""

    node: Node
    way: Way
    driver: Driver
    devices: list[Device] = field(default_factory=list)
    number: int = field(default_factory=lambda: next(_numbers))

    def user_id(self, called: str) -> str:
        return f"{called}-{self.number}"

    def device(self, user_id: str, way: Way | None = None) -> Device:
        """A device, not connected yet."""
        way = way or self.way
        if way.client == "javascript":
            device: Device = JavaScriptDevice(self.node.url, user_id, way, self.driver)
        else:
            device = PythonDevice(self.node.url, user_id, way)
        self.devices.append(device)
        return device

    async def come(self, *called: str) -> list[Device]:
        """People, each with a device that is connected; their names are what they are called."""
        return list(await asyncio.gather(*(self.one(name) for name in called)))

    async def one(self, called: str, ttl: float = 3600) -> Device:
        user_id = self.user_id(called)
        return await self.device(user_id).connect(self.node.token(user_id, called.title(), ttl))

    async def another(self, device: Device, way: Way | None = None) -> Device:
        """One more device of somebody."""
        return await self.device(device.user_id, way).connect(self.node.token(device.user_id))

    async def turned_away(self, code: str, token: Any = None, auth: Payload | None = None) -> Payload:
        """The error with which somebody who comes is refused."""
        device = self.device(self.user_id("stranger"))
        try:
            await device.connect(token, auth=auth)
        except NotConnected as refusal:
            error = an_error(refusal.data)
            assert error["code"] == code, error
            assert refusal.message == error["message"]
            return error
        raise AssertionError("was let in")

    async def end(self) -> int:
        """The log's last position."""
        return await self.node.chat.store.end()

    async def close(self) -> None:
        await asyncio.gather(*(device.disconnect() for device in self.devices))
        await nobody_is_left(self.node)
        for device in self.devices:
            device.check()


@asynccontextmanager
async def staged(node: Node, driver: Driver, way: Way) -> AsyncIterator[Stage]:
    stage = Stage(node, way, driver)
    try:
        yield stage
    finally:
        await stage.close()


async def nobody_is_left(node: Node) -> None:
    """Waits until a server knows of no client any more; all have gone."""
    try:
        await until(lambda: not left_behind(node))
    except TimeoutError:
        raise AssertionError(f"the server still has {left_behind(node)}") from None


def left_behind(node: Node) -> dict[str, Any]:
    """What a server still knows of clients."""
    sockets, audience = node.sockets, node.audience
    kept: dict[str, Any] = {
        "sessions": sockets.sessions,
        "engine.io sockets": sockets.eio.sockets,
        "environments": sockets.environ,
        "Socket.IO rooms": sockets.manager.rooms,
        "users": audience.users,
        "rooms": audience.rooms,
        "members": audience._members,
        "conversations": audience._conversations,
        "learning": audience._learning,
        "places": sockets._door.places,
    }
    return {name: what for name, what in kept.items() if what}


async def until(condition: Callable[[], Any]) -> None:
    """Waits for what happens in the server, which tells nobody of it."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)
