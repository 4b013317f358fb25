"""One device of a user: it stays connected, resumes from its cursors, and repeats safely."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from inspect import isawaitable
from typing import Any, Self

from interfaces.client.line import Body, Line, NotConnected
from interfaces.client.pauses import pauses
from interfaces.client.refusal import Refused
from interfaces.client.requests import A, Requests
from interfaces.client.view import Push, Room, View
from interfaces.shapes import PUSHES, Error, Joined, Left, Synced

Ask = Callable[..., Awaitable[Any]]
Token = str | Callable[[], str | Awaitable[str]]


class Client(Requests):
    """`async with` it: it is connected and in sync, comes back when the connection is lost, and repeats what was not
    answered, what is `unavailable`, and what has to wait. Iterated, it tells what is new: pushes, and what was missed
    while it was away; nothing is lost, nothing comes twice. `view` is all of it, folded.

    `connect()` alone is one connection, on which each request is made once. `token` may be a function: it is asked at
    each connect. `patience` (for an answer) and `longest_pause` (between attempts) are in seconds.
    """

    def __init__(
        self,
        url: str,
        token: Token,
        transports: Sequence[str] = ("websocket",),
        *,
        patience: float = 15,
        longest_pause: float = 30,
    ) -> None:
        self.url = url
        self.view = View()
        self._token = token
        self._transports = transports
        self._patience = patience
        self._longest_pause = longest_pause
        self._line: Line | None = None
        self._watched: set[str] = set()
        self._told: asyncio.Queue[Push | None] = asyncio.Queue()
        self._up = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self._failure: Exception | None = None

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
        self.view.disconnected()
        token = self._token if isinstance(self._token, str) else self._token()
        self._line = Line(self._hear, self._patience)
        await self._line.open(self.url, await token if isawaitable(token) else token, self._transports)
        return self

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
                await asyncio.sleep(failure.retry_after)
            else:
                return

    async def _resume(self) -> None:
        try:
            await self._sync(self._ask)
        except Refused as refusal:
            if refusal.code != "conflict":
                raise
            self.view = View()  # the server has another log, from which our cursors are not
            await self._sync(self._ask)
        for conversation_id in list(self._watched):
            try:
                await self._join(self._ask, conversation_id)
            except Refused as refusal:
                if refusal.code != "not_found":
                    raise
                self._watched.discard(conversation_id)

    def _fail(self, failure: Exception) -> None:
        """Nothing more will come: whoever waits is told why."""
        self._failure = failure
        self._up.set()
        self._told.put_nowait(None)

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

    async def sync(self) -> None:
        """Catches up with the list, from the cursor or afresh."""
        await self._sync(self.call)

    async def _sync(self, ask: Ask) -> None:
        while not self.view.synced:
            await ask("sync", Synced, self._synced, since=self.view.cursor)

    def _synced(self, ack: Synced) -> None:
        fresh = self.view.cursor is None
        missed = self.view.fold_sync(ack)
        self._tell([] if fresh else missed)

    async def join(self, conversation_id: str) -> Room:
        """Watches a conversation, from its cursor or afresh; from then on after every absence, too."""
        await self._join(self.call, conversation_id)
        self._watched.add(conversation_id)
        return self.view.rooms[conversation_id]

    async def _join(self, ask: Ask, conversation_id: str) -> None:
        has_more = True
        while has_more:
            room = self.view.rooms.get(conversation_id)
            since = room.cursor if room else None
            ack = await ask("join_conversation", Joined, self._joined, conversation_id=conversation_id, since=since)
            has_more = ack.has_more

    def _joined(self, ack: Joined) -> None:
        fresh = ack.conversation.conversation_id not in self.view.rooms
        missed = self.view.fold_join(ack)
        self._tell([] if fresh else missed)

    async def leave(self, conversation_id: str) -> None:
        """Watches it no more; it stays a participant."""
        self._watched.discard(conversation_id)
        await self.call(
            "leave_conversation", Left, lambda _: self.view.fold_leave(conversation_id), conversation_id=conversation_id
        )

    # Being told

    def __aiter__(self) -> AsyncIterator[Push]:
        return self

    async def __anext__(self) -> Push:
        """What is new. Raises what ended this client, if it was not told to hang up."""
        push = await self._told.get()
        if push is not None:
            return push
        self._told.put_nowait(None)
        if self._failure and self._keeping:
            raise self._failure
        raise StopAsyncIteration

    def parse(self, shape: type[A], body: Body) -> A:
        """Fields that are not known here are of a later version, and ignored."""
        return shape.model_validate(body, extra="ignore")

    def _hear(self, name: str, body: Any) -> None:
        try:
            push: Any = self.parse(PUSHES[name], body)
        except ValueError as fault:
            self._fail(fault)
            return
        if self.view.fold(push):
            self._tell([push])

    def _tell(self, pushes: Sequence[Push]) -> None:
        for push in pushes:
            self._told.put_nowait(push)
