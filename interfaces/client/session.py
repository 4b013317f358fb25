"""A session with a server: it comes back by itself when the connection is lost, and repeats what was not answered."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable
from typing import Any, Self

import structlog

from interfaces.client.line import Body, Line, NotConnected
from interfaces.client.pauses import pauses
from interfaces.client.refusal import Refused
from interfaces.client.requests import A, Requests
from interfaces.shapes import Error

log = structlog.get_logger()

Token = str | Callable[[], str | Awaitable[str]]


class Session(Requests):
    """`async with` it keeps it up; `connect()` alone is one connection, on which each request is made once."""

    def __init__(
        self,
        url: str,
        token: Token,
        transports: Sequence[str],
        patience: float,
        longest_pause: float,
    ) -> None:
        self.url = url
        self._token = token
        self._transports = transports
        self._patience = patience
        self._longest_pause = longest_pause
        self._line: Line | None = None
        self._up = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self._failure: Exception | None = None

    # What it is for

    @abstractmethod
    def _hear(self, name: str, body: Any) -> None:
        """Is told of every push."""

    @abstractmethod
    def _parted(self) -> None:
        """From now on, another connection counts."""

    @abstractmethod
    async def sync(self) -> None:
        """Catches up at first."""

    @abstractmethod
    async def _resume(self) -> None:
        """Catches up on a new connection, by `_ask`."""

    @abstractmethod
    def _ended(self) -> None:
        """Nothing more will come."""

    # Being connected

    async def __aenter__(self) -> Self:
        await self.connect()
        self._up.set()
        self._keeping = asyncio.create_task(self._keep())
        try:
            await self.sync()
        except BaseException:
            await self.disconnect()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.disconnect()

    async def connect(self) -> Self:
        """One connection, in place of the one before. Raises `NotConnected`."""
        if self._line:
            await self._line.hang_up()
        self._parted()
        token = await self._fresh_token()
        self._line = Line(self._hear, self._patience)
        await self._line.open(self.url, token, self._transports)
        return self

    async def _fresh_token(self) -> str:
        if isinstance(self._token, str):
            return self._token
        try:
            token = self._token()
            return await token if isawaitable(token) else token
        except Exception as failure:  # whoever makes the tokens may be away for a while, too
            raise NotConnected(f"no token: {failure}") from failure

    async def disconnect(self) -> None:
        if self._keeping:
            while not self._keeping.done():  # until Python 3.12, `wait_for` loses a cancellation now and then
                self._keeping.cancel()
                await asyncio.wait([self._keeping], timeout=0.1)
            self._keeping = None
            self._fail(NotConnected("this client has hung up"))
        if self._line:
            await self._line.hang_up()

    async def _keep(self) -> None:
        try:
            while self._line:
                await self._line.gone.wait()
                self._up.clear()
                await self._come_back()
                self._up.set()
        except Exception as failure:
            self._fail(failure)

    async def _come_back(self) -> None:
        for pause in pauses(self._longest_pause):
            await asyncio.sleep(pause)
            try:
                await self.connect()
                await self._resume()
            except NotConnected as failure:
                if failure.final:
                    raise
                log.info("not connected", url=self.url, why=str(failure))
                await asyncio.sleep(failure.retry_after)
            else:
                return

    def _fail(self, failure: Exception) -> None:
        """Nothing more will come: whoever waits is told why."""
        self._failure = failure
        self._up.set()
        self._ended()

    # Asking

    async def call(self, name: str, answer: type[A], fold: Callable[[A], None] | None = None, /, **payload: Any) -> A:
        """What a request is answered with. Raises `Refused`, and `NotConnected` unless it is repeated.

        `fold` takes the answer in before any push that comes after it. What is left out of a payload is `None`.
        """
        while True:
            if self._keeping:
                await self._up.wait()
            if self._failure:
                raise self._failure
            line = self._line
            try:
                return await self._ask(name, answer, fold, **payload)
            except NotConnected:
                if not self._keeping:
                    raise
                if line is self._line:
                    self._up.clear()

    async def _ask(self, name: str, answer: type[A], fold: Callable[[A], None] | None = None, /, **payload: Any) -> A:
        """On the present connection; what can't be granted now is asked for again, if that was asked of this client."""
        payload = {key: value for key, value in payload.items() if value is not None}
        if self._line is None:
            raise NotConnected("not connected yet")
        line = self._line
        for pause in pauses(self._longest_pause):
            try:
                return await self._once(line, name, answer, fold, payload)
            except Refused as refusal:
                if not (self._keeping and refusal.passes):
                    raise
                await asyncio.sleep(refusal.error.retry_after or pause)
        raise AssertionError("there is always another attempt")

    async def _once(self, line: Line, name: str, answer: type[A], fold: Callable[[A], None] | None, payload: Body) -> A:
        found: list[A] = []

        def answered(ack: Body) -> None:
            if ack["ok"]:
                found.append(self.parse(answer, {key: value for key, value in ack.items() if key != "ok"}))
                if fold:
                    fold(found[0])

        ack = await line.ask(name, payload, answered)
        if not ack["ok"]:
            raise Refused(self.parse(Error, ack["error"]))
        return found[0]

    def parse(self, shape: type[A], body: Body) -> A:
        """Fields that are not known here are of a later version, and ignored."""
        return shape.model_validate(body, extra="ignore")
