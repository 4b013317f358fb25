"""The sign-in page of `serve --dev`: whoever sits at this machine gets a token for any name."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from domain.base import Name, Rejected, UserId
from interfaces.addresses import header, own_origin
from interfaces.auth import Tokens
from interfaces.errors import parse
from interfaces.http.bodies import body
from interfaces.http.door import Door
from interfaces.http.sign_in_words import WORDS, language

TTL = 30 * 24 * 3600
"""A month, in seconds: the token is for trying things out."""

HERE = Path(__file__).parent
STYLE = (HERE / "sign_in.css").read_text("utf-8")
SCRIPT = (HERE / "sign_in.js").read_text("utf-8")
PAGE = (HERE / "sign_in.html").read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


POLICY = (
    f"default-src 'none'; script-src {_hash(SCRIPT)}; style-src {_hash(STYLE)}; img-src data:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


class SignIn(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    user_id: UserId
    name: Name | None = None


def routes(door: Door) -> list[Route]:
    tokens = door.tokens
    assert isinstance(tokens, Tokens), "the settings let --dev have no keys of others"

    async def page(request: Request) -> Response:
        check_local(request)
        chosen = language(request.headers.get("accept-language", ""))
        headers = {
            "Content-Security-Policy": POLICY,
            "Content-Language": chosen,
            "Vary": "Accept-Language",
        }
        return HTMLResponse(written(chosen), headers=headers)

    async def sign_in(request: Request) -> Response:
        check_local(request)
        asked = parse(SignIn, await body(request, door.settings))
        token = tokens.issue(asked.user_id, asked.name, "", TTL)
        name = await door.desk.called(await tokens.judge(token))
        user: dict[str, Any] = {"user_id": asked.user_id, "name": name}
        return Response(orjson.dumps({"token": token, "user": user}), media_type="application/json")

    return [Route("/", page), Route("/dev/sign-in", sign_in, methods=["POST"])]


def written(chosen: str) -> str:
    """The page in a language."""
    html = PAGE
    for name, word in {**WORDS[chosen], "lang": chosen}.items():
        html = html.replace("{{" + name + "}}", escape(word))
    return html.replace("/* style */", STYLE).replace("/* script */", SCRIPT)


def check_local(request: Request) -> None:
    """Raises `not_found` unless the request was made on this machine, by its own name, and by no other site's page.

    A name of another site that resolves to this machine is told by its `Host` (DNS rebinding), a proxy by its header.
    """
    peer = request.client.host if request.client else ""
    direct = not any(name in request.headers for name in ("forwarded", "x-forwarded-for"))
    own = header(request.scope, b"origin") in ("", own_origin(request.scope, ()))
    if not (_loopback(peer) and direct and own and _local(header(request.scope, b"host").lower())):
        raise Rejected("not_found", "no such path")


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
