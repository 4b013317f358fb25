"""What is true of every answer: its headers, who may read it elsewhere, that it is counted, and that there is one."""

import asyncio
from contextlib import suppress
from time import perf_counter

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.base import Rejected
from interfaces.http.door import Door
from interfaces.http.metrics import Metrics
from interfaces.http.problems import CODE, Problem
from interfaces.http.trace import HEADER, Traced

log = structlog.get_logger()

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""What an answer has unless it says otherwise."""

LINGER = 1.0
"""Seconds, and not more than so many of the largest frames, that a client may go on sending once it was refused."""
LINGER_FRAMES = 8

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def middleware(door: Door) -> list[Middleware]:
    """From the outermost inwards."""
    return [
        Middleware(Traced, trusted_proxies=door.settings.trusted_proxies),
        Middleware(Manners, max_frame=door.settings.max_frame),
        Middleware(
            Cors,
            allow_origins=door.settings.origins,
            allow_methods=("GET", "POST", "PATCH", "DELETE"),
            allow_headers=("Authorization", "Content-Type", "Audit-Reason"),
            allow_credentials=True,
            expose_headers=("Retry-After", HEADER),
        ),
        Middleware(Observed, metrics=door.metrics),
    ]


class Manners:
    """Puts the security headers on every answer, and closes a connection on which more is to come than is read."""

    def __init__(self, app: ASGIApp, max_frame: int) -> None:
        self._app = app
        self._max_frame = max_frame

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        endless = self._may_be_endless(Headers(scope=scope))
        closing = False
        size = 0

        async def received() -> Message:
            nonlocal endless, size
            message = await receive()
            size += len(message.get("body", b""))
            endless = size >= self._max_frame or (endless and message.get("more_body", False))
            return message

        async def sent(message: Message) -> None:
            nonlocal closing
            if message["type"] == "http.response.start":
                closing = endless
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
                if closing:
                    headers["Connection"] = "close"
            elif closing and not message.get("more_body", False):
                await send({**message, "more_body": True})
                await _linger(received, LINGER_FRAMES * self._max_frame)
                message = {"type": "http.response.body"}
            await send(message)

        await self._app(scope, received, sent)

    def _may_be_endless(self, headers: Headers) -> bool:
        declared = headers.get("content-length", "")
        return "transfer-encoding" in headers or (declared.isdecimal() and int(declared) >= self._max_frame)


async def _linger(receive: Receive, most: int) -> None:
    """Throws away what still comes, for a while: a connection closed at once is reset, and the answer is lost."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER):
            while most > 0:
                message = await receive()
                if not message.get("more_body", False):
                    return
                most -= len(message.get("body", b""))


class Cors(CORSMiddleware):
    """Says nothing at all to origins that are not let in; Socket.IO sees to its own."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Source: starlette.middleware.cors.CORSMiddleware."""
        if scope["type"] == "http" and not scope["path"].startswith("/socket.io"):
            origin = Headers(scope=scope).get("origin")
            if origin is None or self.is_allowed_origin(origin):
                await super().__call__(scope, receive, send)
                return
        await self.app(scope, receive, send)


class Observed:
    """Counts every answer, and answers where a handler has failed: with a problem, and nothing about the failure."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        status = 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception:
            log.exception("request failed", method=scope["method"], route=_route(scope))
            if status:  # too late to say anything else: the server cuts the connection
                raise
            await Problem(Rejected("internal", "this request could not be carried out"))(scope, receive, sent)
        finally:
            self._count(scope, status, perf_counter() - began)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        # Nothing that a client can make up becomes a label, or there would be series without end.
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.answered(method, _route(scope), status, seconds)
        if CODE in scope:
            self._metrics.rejected("http", scope[CODE])


def _route(scope: Scope) -> str:
    """The route's pattern."""
    return getattr(scope.get("route"), "path", None) or "none"
