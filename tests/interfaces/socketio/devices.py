"""The official clients as devices of a user: asked alike, and everything that they are told is held to its shape."""

import asyncio
import json
import logging
import shutil
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import socketio

from interfaces.requests import ALIASES, REQUESTS
from interfaces.shapes import PUSHES, Error
from tests import contract

CLIENTS = Path(__file__).parents[2] / "clients"
PATIENCE = 15.0
"""Seconds after which what a test waits for is not coming."""

TRANSPORTS = {
    "websocket": ["websocket"],
    "polling": ["polling"],
    "upgrade": ["polling", "websocket"],
}

UNHEARD = logging.getLogger("tests.clients")
"""What the client says of a server that disconnects it is not the server's error."""
UNHEARD.setLevel(logging.CRITICAL)

Payload = dict[str, Any]
Push = tuple[str, Payload]


@dataclass(frozen=True)
class Way:
    """By which client, and by which transport."""

    client: str
    transport: str

    def __str__(self) -> str:
        return f"{self.client}-{self.transport}"


WAYS = [Way(client, transport) for client in ("javascript", "python") for transport in TRANSPORTS]


class Refused(Exception):
    """An ack that is not ok."""

    def __init__(self, error: Payload) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]
        self.error = error


class NotConnected(Exception):
    """A connect_error. `data` is what it holds, `status` what the handshake was answered where it came no further."""

    def __init__(self, message: str, data: Any = None, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.data = data
        self.status = status


class Device(ABC):
    """One device of a user.

    `heard` is what came over the present connection, in order: pushes by their names, acks as `ack NAME`. `faults` is
    what the protocol does not allow.
    """

    def __init__(self, url: str, user_id: str, way: Way) -> None:
        self.url = url
        self.user_id = user_id
        self.way = way
        self.heard: list[Push] = []
        self.faults: list[str] = []
        self.gone = asyncio.Event()
        """Set once the connection has ended."""
        self._told = asyncio.Event()

    # What differs from client to client

    @abstractmethod
    async def _connect(self, auth: Payload, headers: dict[str, str]) -> None:
        """Raises `NotConnected`."""

    @abstractmethod
    async def emit(self, name: str, *payloads: Any) -> "asyncio.Future[list[Any]]":
        """Sends an event and waits for nothing; what its ack holds comes later."""

    @abstractmethod
    async def tell(self, name: str, *payloads: Any) -> None:
        """Sends an event that asks for no ack."""

    @abstractmethod
    async def disconnect(self) -> None: ...

    @abstractmethod
    async def transport(self) -> str:
        """What it speaks by at present."""

    # Asking

    async def connect(
        self, token: Any = None, *, auth: Payload | None = None, headers: dict[str, str] | None = None
    ) -> "Device":
        """Connects, with a token if there is one, or with an `auth` that holds anything. Raises `NotConnected`."""
        self.heard, self.gone, self._told = [], asyncio.Event(), asyncio.Event()
        await self._connect({"token": token} if token is not None else auth or {}, headers or {})
        return self

    async def ask(self, name: str, /, **payload: Any) -> "asyncio.Future[list[Any]]":
        """Sends a request and does not wait: so several go out in one breath."""
        return await self.emit(name, payload)

    async def call(self, name: str, /, **payload: Any) -> Payload:
        """The ack of a request. Raises `Refused`."""
        return await self.answer(name, await self.ask(name, **payload))

    async def answer(self, name: str, asked: "asyncio.Future[list[Any]]") -> Payload:
        """An ack, once it is there, held to its shape. Raises `Refused`."""
        # Not wait_for: until Python 3.12 that loses the cancellation of a task whose ack comes at the same moment.
        async with asyncio.timeout(PATIENCE):
            ack = held(name, await asked)
        if not ack["ok"]:
            raise Refused(ack["error"])
        return ack

    async def refused(
        self, code: str, name: str, /, *payloads: Any, field: str | None = None, **payload: Any
    ) -> Payload:
        """The error that a request is refused with, which has to have this code, and name this field, if any."""
        try:
            ack = await self.answer(name, await self.emit(name, *(payloads or [payload])))
        except Refused as refusal:
            assert refusal.code == code, refusal
            if field:
                assert field in [detail["field"] for detail in refusal.error["details"]], refusal.error
            return refusal.error
        raise AssertionError(f"{name} was answered {ack}")

    async def start(self, *others: "Device | str", title: str | None = None, kind: str = "group") -> str:
        """Starts a conversation; its id."""
        more = {} if title is None else {"title": title}
        ack = await self.call("start_conversation", **started(*others, kind=kind), **more)
        return str(ack["conversation"]["conversation_id"])

    async def send(self, conversation_id: str, body: str = "Bonjour", message_id: str | None = None) -> Payload:
        """Sends a message; the message."""
        ack = await self.call(
            "send_message", conversation_id=conversation_id, message_id=message_id or new_id(), body=body
        )
        message = ack["message"]
        assert ack["position"] == message["position"]
        return dict(message)

    async def join(self, conversation_id: str, **more: Any) -> Payload:
        return await self.call("join_conversation", conversation_id=conversation_id, **more)

    async def barrier(self) -> Payload:
        """Every push of what this server process had acknowledged has come once this is answered."""
        return await self.call("sync")

    # Being told

    @property
    def pushes(self) -> list[Push]:
        return [(name, payload) for name, payload in self.heard if not name.startswith("ack ")]

    def named(self, *names: str) -> list[Payload]:
        """What was pushed under some names."""
        return [payload for name, payload in self.pushes if name in names]

    async def pushed(self, name: str, where: Callable[[Payload], bool] = lambda payload: True) -> Payload:
        """Waits for a push, unless it has come already."""
        async with asyncio.timeout(PATIENCE):
            while True:
                self._told.clear()
                for payload in self.named(name):
                    if where(payload):
                        return payload
                await self._told.wait()

    def take(self, name: str, payloads: list[Any]) -> None:
        """Takes in a push."""
        try:
            (payload,) = payloads
            PUSHES[name].model_validate(payload)
            contract.push(name, payload)
        except Exception as fault:
            self.faults.append(f"{name} {payloads}: {fault!r}")
        else:
            self.heard.append((name, payload))
        self._told.set()

    def answered(self, name: str, answer: "asyncio.Future[list[Any]]", arguments: list[Any]) -> None:
        """Takes in an ack, unless whoever waited for it has gone."""
        if answer.cancelled():
            return
        if answer.done():
            self.faults.append(f"{name} was answered again: {arguments}")
            return
        if len(arguments) == 1 and isinstance(arguments[0], dict):
            self.heard.append((f"ack {name}", arguments[0]))
        answer.set_result(arguments)

    def check(self) -> None:
        """What has to be so whatever was done: rule 2, and that every push was in shape."""
        assert not self.faults, self.faults
        positions = [position(push) for push in self.pushes if push[0] != "session_expired"]
        assert all(one <= after for one, after in pairwise(positions)), self.pushes


def position(push: Push) -> int:
    payload = push[1]
    return int((payload.get("conversation") or payload.get("message") or payload)["position"])


def held(name: str, arguments: list[Any]) -> Payload:
    """An ack, held to its shape: one object, `ok`, and what the request's answer has, nothing more."""
    assert len(arguments) == 1, arguments
    ack = dict(arguments[0])
    contract.ack(name, ack)
    if ack["ok"] is True:
        answer = {key: value for key, value in ack.items() if key != "ok"}
        REQUESTS[ALIASES.get(name, name)].answer.model_validate(answer)
    else:
        assert ack.keys() == {"ok", "error"} and ack["ok"] is False, ack
        an_error(ack["error"])
    return ack


def an_error(error: Any) -> Payload:
    """An error, held to its shape; what it may leave out it does not say as null."""
    Error.model_validate(error)
    contract.error(error)
    assert None not in error.values()
    assert error["message"]
    return dict(error)


def new_id() -> str:
    return str(uuid4())


def started(*others: "Device | str", kind: str = "group") -> Payload:
    """The payload of start_conversation."""
    user_ids = [other if isinstance(other, str) else other.user_id for other in others]
    return {"conversation_id": new_id(), "kind": kind, "participant_ids": user_ids}


def message(conversation_id: str, body: str = "Bonjour") -> Payload:
    """The payload of send_message."""
    return {"conversation_id": conversation_id, "message_id": new_id(), "body": body}


class PythonDevice(Device):
    """Python's `socketio.AsyncClient`."""

    def __init__(self, url: str, user_id: str, way: Way) -> None:
        super().__init__(url, user_id, way)
        self._sio = socketio.AsyncClient(reconnection=False)
        self._http: aiohttp.ClientSession | None = None

    async def _connect(self, auth: Payload, headers: dict[str, str]) -> None:
        await self._hang_up()
        self._http = aiohttp.ClientSession(middlewares=[_whole])
        self._sio = socketio.AsyncClient(reconnection=False, engineio_logger=UNHEARD, http_session=self._http)
        refusals: list[Any] = []
        for name in PUSHES:
            self._sio.on(name, lambda *payloads, name=name: self.take(name, list(payloads)))
        self._sio.on("*", lambda name, *payloads: self.take(name, list(payloads)))
        self._sio.on("connect_error", lambda *refusal: refusals.extend(refusal))
        self._sio.on("disconnect", lambda *reason: self.gone.set())
        try:
            await self._sio.connect(
                self.url,
                auth=auth,
                headers=headers,
                transports=TRANSPORTS[self.way.transport],
                wait_timeout=PATIENCE,
            )
        except socketio.exceptions.ConnectionError as error:
            refusal = refusals[0] if refusals else None
            if isinstance(refusal, dict):
                raise NotConnected(refusal["message"], refusal.get("data")) from error
            raise NotConnected(str(error)) from error

    async def emit(self, name: str, *payloads: Any) -> "asyncio.Future[list[Any]]":
        answer: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()

        await self._sio.emit(name, tuple(payloads), callback=lambda *ack: self.answered(name, answer, list(ack)))
        return answer

    async def tell(self, name: str, *payloads: Any) -> None:
        await self._sio.emit(name, tuple(payloads))

    async def disconnect(self) -> None:
        if self._sio.connected:
            await self._posted()
        await self._sio.disconnect()
        await self._hang_up()

    async def _posted(self) -> None:
        """Waits until the last post is answered: who disconnects meanwhile forgets to say so to the server."""
        posted = asyncio.create_task(self._sio.eio.queue.join())
        gone = asyncio.create_task(self.gone.wait())
        await asyncio.wait({posted, gone}, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
        for task in (posted, gone):
            task.cancel()

    async def _hang_up(self) -> None:
        if self._http:
            await self._http.close()

    async def transport(self) -> str:
        return str(self._sio.transport())


async def _whole(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """The client does not read the answers to what it posts: what has not come when it goes is left unclosed."""
    response = await handler(request)
    if response.status != 101:
        await response.read()
    return response


class Driver:
    """A node process with the official JavaScript clients of all tests in it. `client` tells one from the other."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = count(1)
        self._answers: dict[int, tuple[asyncio.Future[Any], Callable[[Any], None]]] = {}
        self.devices: dict[int, JavaScriptDevice] = {}

    def order(
        self, do: str, client: int, answered: Callable[[Any, Any], None] | None = None, **more: Any
    ) -> "asyncio.Future[Any]":
        """Has the driver do something; what comes of it, which `answered` is told of first, if it is given."""
        number = next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[number] = (answer, partial(answered or asyncio.Future.set_result, answer))
        assert self._process.stdin is not None
        line = json.dumps({"id": number, "client": client, "do": do, **more})
        self._process.stdin.write(line.encode() + b"\n")
        return answer

    async def listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self._hear(json.loads(line))
        for answer, _ in self._answers.values():
            answer.cancel("the driver has ended")

    def _hear(self, told: Payload) -> None:
        if "id" in told:
            answer, answered = self._answers.pop(told["id"])
            if answer.done():
                return
            if "error" in told:
                error = told["error"]
                answer.set_exception(NotConnected(error["message"], error.get("data"), error.get("status")))
            else:
                answered(told["result"])
        elif device := self.devices.get(told["client"]):
            device.hear(told)


@asynccontextmanager
async def driving() -> AsyncIterator[Driver]:
    """The driver, by the node that is installed beside this Python."""
    node = shutil.which("node", path=str(Path(sys.executable).parent))
    assert node, "no node beside this Python: run `make setup`"
    assert (CLIENTS / "node_modules").is_dir(), "no socket.io-client: run `make setup`"
    process = await asyncio.create_subprocess_exec(
        node,
        CLIENTS / "driver.mjs",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=64 * 1024 * 1024,
    )
    driver = Driver(process)
    listening = asyncio.create_task(driver.listen())
    try:
        yield driver
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        await listening


class JavaScriptDevice(Device):
    """The official socket.io-client."""

    _numbers = count(1)

    def __init__(self, url: str, user_id: str, way: Way, driver: Driver) -> None:
        super().__init__(url, user_id, way)
        self.upgraded = asyncio.Event()
        self._driver = driver
        self._client = 0

    async def _connect(self, auth: Payload, headers: dict[str, str]) -> None:
        self._client = next(self._numbers)
        self._driver.devices[self._client] = self
        options = {"auth": auth, "extraHeaders": headers, "transports": TRANSPORTS[self.way.transport]}
        await asyncio.wait_for(self._driver.order("connect", self._client, url=self.url, options=options), PATIENCE)

    async def emit(self, name: str, *payloads: Any) -> "asyncio.Future[list[Any]]":
        def answered(answer: "asyncio.Future[list[Any]]", arguments: list[Any]) -> None:
            self.answered(name, answer, arguments)

        return self._driver.order("emit", self._client, answered, name=name, args=payloads, ack=True)

    async def tell(self, name: str, *payloads: Any) -> None:
        await self._driver.order("emit", self._client, name=name, args=payloads, ack=False)

    async def disconnect(self) -> None:
        await self._driver.order("disconnect", self._client)

    async def transport(self) -> str:
        return str(await self._driver.order("transport", self._client))

    def hear(self, told: Payload) -> None:
        """What the driver says of its own accord."""
        if "push" in told:
            name, *payloads = told["push"]
            self.take(name, payloads)
        elif "disconnected" in told:
            self.gone.set()
        elif "upgraded" in told:
            self.upgraded.set()
