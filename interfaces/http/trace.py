"""An id for every request: whoever was refused can name it, and it finds the lines of the log."""

import re
from collections.abc import Iterable
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from interfaces.addresses import Network, header, is_trusted

HEADER = "X-Request-Id"
GIVEN = re.compile(r"[\w.:-]{1,64}", re.ASCII)
"""What a proxy's id may look like, to stand in a log."""


class Traced:
    """Puts the id on the answer and on all that is logged meanwhile. A trusted proxy's own is taken over."""

    def __init__(self, app: ASGIApp, trusted_proxies: Iterable[Network]) -> None:
        self._app = app
        self._trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._given(scope) or uuid4().hex

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with bound_contextvars(request_id=request_id):
            await self._app(scope, receive, sent)

    def _given(self, scope: Scope) -> str | None:
        given = header(scope, HEADER.lower().encode())
        return given if GIVEN.fullmatch(given) and is_trusted(scope, self._trusted_proxies) else None
