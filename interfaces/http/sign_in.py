"""The sign-in of `serve --dev`: whoever sits at this machine gets a token for any name."""

from ipaddress import ip_address
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.base import Name, Rejected, UserId
from interfaces.addresses import header, own_origin
from interfaces.auth import Tokens
from interfaces.errors import parse
from interfaces.http.bodies import body
from interfaces.http.door import Door


class SignIn(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    user_id: UserId
    name: Name | None = None


def routes(door: Door) -> list[Route]:
    tokens = door.tokens
    assert isinstance(tokens, Tokens), "who signs people in makes tokens"

    async def sign_in(request: Request) -> Response:
        if not is_local(request):
            raise Rejected("not_found", "no such path")
        asked = parse(SignIn, await body(request, door.settings))
        token = tokens.issue(asked.user_id, asked.name, "", door.settings.sign_in_ttl)
        await door.desk.names.tell(await tokens.judge(token))
        user: dict[str, Any] = {"user_id": asked.user_id, "name": await door.desk.names.called(asked.user_id)}
        return Response(orjson.dumps({"token": token, "user": user}), media_type="application/json")

    return [Route("/dev/sign-in", sign_in, methods=["POST"])]


def is_local(request: Request) -> bool:
    """Whether a request was made on this machine, by its own name, and by no other site's page.

    A name of another site that resolves to this machine is told by its `Host` (DNS rebinding), a proxy by its header.
    """
    peer = request.client.host if request.client else ""
    direct = not any(name in request.headers for name in ("forwarded", "x-forwarded-for"))
    own = header(request.scope, b"origin") in ("", own_origin(request.scope, ()))
    return _loopback(peer) and direct and own and _local(header(request.scope, b"host").lower())


def _local(host: str) -> bool:
    """Whether a `Host`, with or without a port, is this machine's own name or address."""
    name, colon, port = host.rpartition(":")
    if not (colon and port.isdecimal()):
        name = host
    return name == "localhost" or _loopback(name.removeprefix("[").removesuffix("]"))


def _loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
