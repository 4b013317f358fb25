"""A request as engine.io takes it: an environment in the manner of WSGI.

engine.io's own makes a class for each request, which takes longer than the rest of it, and stays in memory until a look
for cycles finds it. If that were one class, this would be unnecessary.
"""

from typing import Any

from starlette.types import Message, Receive, Scope, Send

NAMED = {"CONTENT-TYPE": "CONTENT_TYPE", "CONTENT-LENGTH": "CONTENT_LENGTH"}
"""Headers that WSGI knows by names of their own."""


class Body:
    """What a request holds, as it arrives."""

    def __init__(self, first: Message, receive: Receive) -> None:
        self._first = first
        self._receive = receive

    async def read(self, limit: int) -> bytes:
        """All of it, or a part of at least `limit` bytes. Raises whatever `receive` does."""
        event = self._first
        parts = [event.get("body", b"")]
        size = len(parts[0])
        while event.get("more_body") and size < limit:
            event = await self._receive()
            parts.append(event.get("body", b""))
            size += len(parts[-1])
        return b"".join(parts)


async def translate(scope: Scope, receive: Receive, send: Send) -> dict[str, Any]:
    """The environment of a request of ASGI, whose first event is taken. Source: engineio.async_drivers.asgi."""
    query = scope["query_string"].decode("latin-1")
    environ: dict[str, Any] = {
        "wsgi.input": Body(await receive(), receive),
        "wsgi.url_scheme": scope["scheme"],
        "REQUEST_METHOD": scope.get("method", "GET"),
        "PATH_INFO": scope["path"],
        "QUERY_STRING": query,
        "asgi.receive": receive,
        "asgi.send": send,
        "asgi.scope": scope,
    }
    for name, value in scope["headers"]:
        key = name.decode("latin-1").upper()
        key = NAMED.get(key) or f"HTTP_{key.replace('-', '_')}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ
