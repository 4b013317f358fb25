"""One connection to a server: requests with their acks, and pushes, in the order in which they came."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import aiohttp
import socketio

from interfaces.shapes import PUSHES, Error

Body = dict[str, Any]

GOODBYE = 2.0
"""Seconds for saying goodbye: a server that hangs does not answer it."""

FINAL = ("unauthenticated", "invalid_token", "token_expired", "forbidden")


class NotConnected(ConnectionError):
    """There is no connection, or it was lost before an answer came. `error`: what the server refused it with, if any.

    `final`: coming again with the same token would be of no use.
    """

    def __init__(self, message: str, error: Error | None = None) -> None:
        super().__init__(message)
        self.error = error
        self.final = error is not None and error.code in (
            "unauthenticated",
            "invalid_token",
            "token_expired",
            "forbidden",
        )

    @property
    def retry_after(self) -> float:
        return (self.error.retry_after if self.error else None) or 0


class Line:
    """`hear` is told of every push by name, `gone` is set when the connection has ended. Times are in seconds."""

    def __init__(self, hear: Callable[[str, Any], None], patience: float) -> None:
        self.gone = asyncio.Event()
        self._hear = hear
        self._patience = patience
        self._waiting: list[asyncio.Future[Body]] = []  # in the order of asking, in which they ask again
        self._refusal: Any = None
        self._http: aiohttp.ClientSession | None = None
        self._sio: Any = None

    async def open(self, url: str, token: str, transports: Sequence[str]) -> None:
        """Raises `NotConnected`."""
        # Of ours, for the library forgets to close its own at times.
        self._http = aiohttp.ClientSession(middlewares=[_asked_once])
        self._sio = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=self._http)
        for name in PUSHES:
            self._sio.on(name, lambda push, name=name: self._told(name, push))
        self._sio.on("connect_error", self._refused)
        self._sio.on("disconnect", lambda *reason: self.end())
        try:
            async with asyncio.timeout(self._patience):
                await self._sio.connect(
                    url, auth={"token": token}, transports=list(transports), wait_timeout=self._patience
                )
        except (socketio.exceptions.ConnectionError, aiohttp.ClientError, TimeoutError) as failure:
            await self.hang_up()
            raise self._why(url) from failure

    def _refused(self, *refusal: Any) -> None:
        self._refusal = refusal[0] if refusal else None

    def _why(self, url: str) -> NotConnected:
        if isinstance(self._refusal, dict) and isinstance(self._refusal.get("data"), dict):
            error = Error.model_validate(self._refusal["data"], extra="ignore")
            return NotConnected(f"{url}: {error.message}", error)
        return NotConnected(f"{url}: no chat answers there")

    async def ask(self, name: str, payload: Body, answered: Callable[[Body], None]) -> Body:
        """The ack of a request, which `answered` is told of before any push that comes after it.

        Raises `NotConnected` when the connection ends before it, and ends it when the answer is too long in coming.
        """
        answer: asyncio.Future[Body] = asyncio.get_running_loop().create_future()

        def take(ack: Body) -> None:
            if answer.done() or self.gone.is_set():
                return
            try:
                answered(ack)
            except ValueError as fault:  # an answer that is out of shape: nobody else would hear of it
                answer.set_exception(fault)
            else:
                answer.set_result(ack)

        self._waiting.append(answer)
        try:
            if self.gone.is_set():
                raise _lost()
            await self._sio.emit(name, payload, callback=take)
            async with asyncio.timeout(self._patience):
                return await answer
        except socketio.exceptions.BadNamespaceError:
            self.end()
            raise _lost() from None
        except TimeoutError:
            self.end()
            raise NotConnected(f"{name} was not answered") from None
        finally:
            self._waiting.remove(answer)

    def _told(self, name: str, push: Any) -> None:
        if not self.gone.is_set():
            self._hear(name, push)

    def end(self) -> None:
        """Nothing that still comes counts any more: who was waiting will ask again, on another connection."""
        self.gone.set()
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(_lost())

    async def hang_up(self) -> None:
        """Ends it for good, in good manners if the server is still there."""
        if not self.gone.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE):
                    await self._sio.disconnect()
        self.end()
        if self._sio is None:
            return
        # Where the server was faster, the library's loops would go on until they notice.
        loops = [one for one in (self._sio.eio.read_loop_task, self._sio.eio.write_loop_task) if one]
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        if self._http:
            await self._http.close()


async def _asked_once(request: aiohttp.ClientRequest, ask: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """aiohttp asks again by itself where the answer to a GET breaks off, and what a poll was answered with, and that
    nobody keeps for a second one, would be missed without a word. An error that it does not know ends the connection.
    """
    try:
        return await ask(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as broken:
        raise aiohttp.ClientConnectionError(str(broken)) from broken


def _lost() -> NotConnected:
    return NotConnected("the connection was lost")
