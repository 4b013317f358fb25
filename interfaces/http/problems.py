"""Refusals as RFC 9457 problems, and how an exception becomes one."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

import orjson
import psycopg
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from application.writer import unavailable
from domain.base import Code, Rejected
from interfaces.errors import STATUS, error
from interfaces.examples import ERRORS

log = structlog.get_logger()

CHALLENGES: Mapping[Code, str] = {
    "unauthenticated": "Bearer",
    "invalid_token": 'Bearer error="invalid_token"',
    "token_expired": 'Bearer error="invalid_token", error_description="expired"',
}


CODE = "litspark.code"
"""Where a request's scope says with which code it was refused."""


class Problem(Response):
    """A refusal as an answer."""

    media_type = "application/problem+json"

    def __init__(self, refusal: Rejected, status: int | None = None, headers: Mapping[str, str] | None = None) -> None:
        self._code = refusal.code
        status = status or STATUS[refusal.code]
        super().__init__(orjson.dumps(_body(refusal, status)), status, {**_headers(refusal), **(headers or {})})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Source: starlette.responses.Response."""
        scope[CODE] = self._code
        await super().__call__(scope, receive, send)


def _body(refusal: Rejected, status: int) -> dict[str, Any]:
    body = error(refusal)
    title = HTTPStatus(status).phrase  # what RFC 9457 asks for beside about:blank
    return {"type": "about:blank", "title": title, "status": status, "detail": body.pop("message"), **body}


def example(code: Code) -> dict[str, Any]:
    """The problem that a refusal with this code is."""
    told = ERRORS[code]
    return _body(Rejected(code, told["message"]), STATUS[code]) | {k: v for k, v in told.items() if k != "message"}


def _headers(refusal: Rejected) -> dict[str, str]:
    headers = {}
    if refusal.code in CHALLENGES:
        headers["WWW-Authenticate"] = CHALLENGES[refusal.code]
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(max(1, ceil(refusal.retry_after)))
    return headers


async def _refused(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Rejected)
    return Problem(refusal)


async def _no_route(request: Request, failure: Exception) -> Response:
    """What Starlette itself refuses: a path that leads nowhere, or a method that is none of its path's."""
    assert isinstance(failure, HTTPException)
    message = "no such path" if failure.status_code == HTTPStatus.NOT_FOUND else "this path has no such method"
    return Problem(Rejected("not_found", message), failure.status_code, failure.headers)


async def _database_away(request: Request, failure: Exception) -> Response:
    log.warning("database away", error=str(failure))
    return Problem(unavailable("the database is away"))


async def _gone(request: Request, failure: Exception) -> Response:
    """The client went while it was still sending: nobody reads this."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


exception_handlers: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    Rejected: _refused,
    HTTPException: _no_route,
    psycopg.OperationalError: _database_away,
    ClientDisconnect: _gone,
}
"""For `Starlette`. What is not here is answered by `middleware.Observed`."""
