"""The door of auditors: who may come in, why they ask, and answers that are sent as they are read."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from domain.base import Reason, Rejected, invalid
from interfaces.audit.record import Auditor
from interfaces.claims import Identity
from interfaces.errors import parse
from interfaces.http.bodies import body, query
from interfaces.http.door import Door
from interfaces.http.readings import JSON, NDJSON, ZIP, Reading

SCOPE = "audit"
REASON = "Audit-Reason"
"""A header and no query field: query strings land in the logs of proxies."""

MAX_ASKED = 500
SAVED = {"Content-Disposition": 'attachment; filename="litspark-audit.zip"'}


async def answer(
    door: Door, who: Identity, reading: Reading, request: Request, named: Callable[[], dict[str, Any]]
) -> Response:
    """Who asks is known. Whether it is an auditor comes before all that could be wrong with what is asked."""
    if SCOPE not in who.scopes:
        # As it came over the wire: decoded, a path may hold what no event can.
        await door.refusals.record(who.user_id, request.scope["raw_path"].decode("ascii", "replace")[:MAX_ASKED])
        raise Rejected("forbidden", "for auditors alone: the token's scope has no `audit`")
    get = reading.http.method == "GET"
    brought = query(request, reading.payload) if get else await body(request, door.settings)
    asked = parse(reading.payload, brought, **named())
    auditor = Auditor(who.user_id, _reason(request) if reading.content else "", who.user_id)
    await door.desk.names.tell(who)
    found = await reading.handle(door, auditor, asked)
    match reading.media_type:
        case "application/x-ndjson":
            return StreamingResponse(_lines(found), media_type=NDJSON)
        case "application/zip":
            return StreamingResponse(found, media_type=ZIP, headers=SAVED)
        case _:
            return Response(orjson.dumps(found), media_type=JSON)


async def _lines(pages: AsyncIterator[Sequence[dict[str, Any]]]) -> AsyncIterator[bytes]:
    async for page in pages:
        yield b"".join(orjson.dumps(line) + b"\n" for line in page)


class _Why(BaseModel):
    reason: Reason


def _reason(request: Request) -> str:
    given = request.headers.get(REASON, "")
    if not given:
        raise invalid(REASON, "missing: say in this header why you read")
    try:
        text = unquote_to_bytes(given.encode("latin-1")).decode()
    except UnicodeDecodeError:
        raise invalid(REASON, "must be UTF-8, percent-encoded") from None
    try:
        return parse(_Why, {"reason": text}).reason
    except Rejected as refusal:
        raise invalid(REASON, refusal.details[0][1]) from None
