"""Who asks: the token of a request, judged."""

from starlette.requests import Request
from structlog.contextvars import bind_contextvars

from domain.base import Rejected
from interfaces.addresses import address
from interfaces.claims import Identity
from interfaces.http.door import Door


async def identity(door: Door, request: Request) -> Identity:
    """The identity behind a request. Raises `Rejected`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Rejected("unauthenticated", "a token is needed: Authorization: Bearer <token>")
    where = address(request.scope, door.settings.trusted_proxies)
    found = await door.tokens.let_in(token.strip(), door.failures, where)
    bind_contextvars(user_id=found.user_id)
    return found
