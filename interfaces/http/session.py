"""Who asks: the token of a request, judged; refused ones count against the address they came from."""

from starlette.requests import Request

from domain.base import Rejected
from interfaces.addresses import address
from interfaces.auth import Identity
from interfaces.http.door import Door


def identity(door: Door, request: Request) -> Identity:
    """The identity behind a request. Raises `Rejected`.

    A good token is let in from whatever address: behind one address there may be a whole office.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Rejected("unauthenticated", "a token is needed: Authorization: Bearer <token>")
    try:
        return door.tokens.judge(token.strip())
    except Rejected:
        door.failures.spend(address(request.scope, door.settings.trusted_proxies))
        raise
