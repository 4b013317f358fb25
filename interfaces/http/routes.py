"""The routes: every request of the tables that has a place in HTTP, and what stands beside them."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.base import NamedId, Rejected, UserId
from interfaces.errors import parse
from interfaces.http import audit, contract, docs, health, sign_in, table, web
from interfaces.http.analytics import ReportName
from interfaces.http.bodies import body, query
from interfaces.http.door import Door
from interfaces.http.readings import READINGS, Reading
from interfaces.http.reads import READS
from interfaces.http.session import identity
from interfaces.requests import REQUESTS, Caller, Http
from interfaces.requests import Request as Entry

Endpoint = Callable[[Request], Awaitable[Response]]

NAMED: Mapping[str, TypeAdapter[Any]] = {
    "conversation_id": TypeAdapter(NamedId),
    "user_id": TypeAdapter(UserId),
    "report": TypeAdapter(ReportName),
}
"""What a path may name."""


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


def routes(door: Door) -> list[Route]:
    """Every route, one for each path: a wrong method is told all that its path has."""
    paths: dict[str, dict[str, tuple[Entry, Http]]] = defaultdict(dict)
    for entry in (*REQUESTS.values(), *READS):
        if entry.http:
            paths[entry.http.path][entry.http.method] = entry, entry.http
    audits: dict[str, dict[str, Reading]] = defaultdict(dict)
    for reading in READINGS:
        audits[reading.http.path][reading.http.method] = reading
    return [
        *(Route(path, _endpoint(door, entries), methods=sorted(entries)) for path, entries in paths.items()),
        *(Route(path, _audited(door, readings), methods=sorted(readings)) for path, readings in audits.items()),
        *health.routes(door),
        *contract.routes(),
        *docs.routes(),
        *(sign_in.routes(door) if door.settings.signs_in else []),
        *web.routes(door.settings),
    ]


def _endpoint(door: Door, entries: Mapping[str, tuple[Entry, Http]]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await _answer(door, *entries[method], request)

    return endpoint


def _audited(door: Door, readings: Mapping[str, Reading]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        reading = readings["GET" if request.method == "HEAD" else request.method]
        who = await identity(door, request)
        door.commands.spend(who.user_id)
        return await audit.answer(door, who, reading, request, lambda: _named(request.path_params))

    return endpoint


async def _answer(door: Door, entry: Entry, http: Http, request: Request) -> Response:
    """Checked in this order: session, rate, shape, scope; the rest is the desk's."""
    who = await identity(door, request)
    door.commands.spend(who.user_id)
    trusted = _named(request.path_params)
    payload = query(request, entry.payload) if http.method == "GET" else await body(request, door.settings)
    if "actor" in entry.payload.model_fields:
        trusted["actor"] = who.user_id
    asked = parse(entry.payload, payload, **trusted)
    if http.scope and http.scope not in who.scopes:
        raise Rejected("forbidden", f"a token of scope {http.scope} is needed")
    await door.desk.names.tell(who)
    answer = await entry.handle(door.desk, Caller(who.user_id), asked)
    if http.table and table.wanted(request, asked):
        return table.CommaSeparated(answer.body)
    return Json(answer.body, 201 if http.creates and answer.created else 200)


def _named(path_params: Mapping[str, str]) -> dict[str, Any]:
    """What the path names. Nothing that can't be a name is to be found."""
    try:
        return {name: NAMED[name].validate_python(value, strict=True) for name, value in path_params.items()}
    except ValidationError:
        raise Rejected("not_found", "no such thing") from None
