"""The reads of auditors: who may ask, why they ask, and lines that come as they are read."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes

import orjson
from pydantic import BaseModel, Field, WithJsonSchema, create_model
from pydantic.json_schema import SkipJsonSchema
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from domain.base import NamedId, Reason, Rejected, Text, UserId, invalid
from interfaces.audit import shapes
from interfaces.audit.record import Auditor
from interfaces.claims import Identity
from interfaces.errors import parse
from interfaces.http.bodies import body, query
from interfaces.http.door import Door
from interfaces.http.pages import MAX_PAGE, PAGE, Digits, Number
from interfaces.requests import Http, Query
from interfaces.shapes import Shape

SCOPE = "audit"
REASON = "Audit-Reason"
"""A header and no query field: query strings land in the logs of proxies."""

MAX_ASKED = 500

JSON, NDJSON, ZIP = "application/json", "application/x-ndjson", "application/zip"
SAVED = {"Content-Disposition": 'attachment; filename="litspark-audit.zip"'}

At = Annotated[
    str,
    WithJsonSchema({"type": "string", "description": "a position, or an instant of RFC 3339; default: the end"}),
]
SomeAt = At | SkipJsonSchema[None]
Limit = Annotated[
    Digits, Field(ge=1, le=MAX_PAGE), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE})
]
Below = Annotated[Number, Field(ge=1), WithJsonSchema({"type": "integer", "minimum": 1})]


class FindConversations(Query):
    """Conversations whose title, people or id a word fits, as they are now, the last changed first."""

    q: Text | SkipJsonSchema[None] = None
    limit: Limit = PAGE


class ReadHistory(Query):
    """The events of a conversation: with `after` the first `limit` after that position, else the last `limit`."""

    conversation_id: NamedId
    at: SomeAt = None
    after: Number | SkipJsonSchema[None] = None
    limit: Below | SkipJsonSchema[None] = None


class ReplayConversation(Query):
    """A conversation as it was, through the eyes of `user_id` if given, with its last messages below `before`."""

    conversation_id: NamedId
    at: SomeAt = None
    user_id: UserId | SkipJsonSchema[None] = None
    before: Below | SkipJsonSchema[None] = None
    limit: Limit = PAGE


class ReplayList(Query):
    """Somebody's conversation list as it was."""

    user_id: UserId
    at: SomeAt = None


class ExplainUnread(Query):
    """Why somebody had so many unread in a conversation: the arithmetic, and the events behind it."""

    conversation_id: NamedId
    user_id: UserId
    at: SomeAt = None


class _Span(Query):
    conversation_id: NamedId | SkipJsonSchema[None] = None
    user_id: UserId | SkipJsonSchema[None] = None
    to: SomeAt = None


_FROM: Any = (SomeAt, None)

# Not by a class alone: `from` is a word of Python's own.
ExportBundle: type[Query] = create_model(
    "ExportBundle",
    __base__=_Span,
    __doc__="A bundle to verify offline: everything, or of a conversation or a person, from one moment to another.",
    **{"from": _FROM},
)


class ReadVerification(Query):
    """What the last verification of the log has come to, of those of this server; null: there was none yet."""


class Verify(Query):
    """Verify the whole log, unless that is under way; what it comes to is read a while later."""


class ListReadings(Query):
    """What auditors have read and why, and who was refused, the last first, below version `before`."""

    before: Below | SkipJsonSchema[None] = None
    limit: Limit = PAGE


@dataclass(frozen=True, slots=True)
class Reading:
    """One read. `answer` is the shape of its body, or of each line of one that is `NDJSON`; an archive has none.

    `handle` answers a body, or the pages of a stream. `content`: it shows some, and so needs a reason.
    """

    name: str
    payload: type[BaseModel]
    answer: type[Shape] | None
    handle: Callable[[Door, Auditor, Any], Awaitable[Any]]
    http: Http
    content: bool = True
    media_type: str = JSON


async def _find(door: Door, auditor: Auditor, asked: FindConversations) -> Any:
    return await door.audit.find(auditor, asked.q or "", asked.limit)


async def _history(door: Door, auditor: Auditor, asked: ReadHistory) -> Any:
    found = await door.audit.history(auditor, asked.conversation_id, asked.at, after=asked.after, limit=asked.limit)
    return found.pages


async def _replay(door: Door, auditor: Auditor, asked: ReplayConversation) -> Any:
    return await door.audit.replay(
        auditor, asked.conversation_id, asked.at, user_id=asked.user_id, before=asked.before, limit=asked.limit
    )


async def _list(door: Door, auditor: Auditor, asked: ReplayList) -> Any:
    return await door.audit.conversations(auditor, asked.user_id, asked.at)


async def _explain(door: Door, auditor: Auditor, asked: ExplainUnread) -> Any:
    return await door.audit.explain(auditor, asked.conversation_id, asked.user_id, asked.at)


async def _readings(door: Door, auditor: Auditor, asked: ListReadings) -> Any:
    return await door.audit.readings(asked.limit, asked.before)


async def _verification(door: Door, auditor: Auditor, asked: ReadVerification) -> Any:
    return door.verifying.told()


async def _verify(door: Door, auditor: Auditor, asked: Verify) -> Any:
    door.verifying.begin()
    return door.verifying.told()


async def _export(door: Door, auditor: Auditor, asked: Any) -> Any:
    if asked.conversation_id and asked.user_id:
        raise invalid("user_id", "not together with conversation_id")
    return await door.download.begin(auditor, asked.conversation_id, asked.user_id, getattr(asked, "from"), asked.to)


ALL = "/api/audit/conversations"
VERIFICATION = "/api/audit/verification"
ONE = ALL + "/{conversation_id}"

READINGS = (
    Reading("audit_find", FindConversations, shapes.FoundConversations, _find, Http("GET", ALL)),
    Reading(
        "audit_history", ReadHistory, shapes.HistoryEvent, _history, Http("GET", ONE + "/history"), media_type=NDJSON
    ),
    Reading("audit_replay", ReplayConversation, shapes.Replay, _replay, Http("GET", ONE + "/replay")),
    Reading("audit_list", ReplayList, shapes.PastList, _list, Http("GET", "/api/audit/replay")),
    Reading("audit_explain", ExplainUnread, shapes.Explanation, _explain, Http("GET", ONE + "/explain")),
    Reading(
        "audit_readings",
        ListReadings,
        shapes.AuditReadings,
        _readings,
        Http("GET", "/api/audit/readings"),
        content=False,
    ),
    Reading("audit_export", ExportBundle, None, _export, Http("GET", "/api/audit/export"), media_type=ZIP),
    Reading(
        "audit_verification",
        ReadVerification,
        shapes.Verification,
        _verification,
        Http("GET", VERIFICATION),
        content=False,
    ),
    Reading("audit_verify", Verify, shapes.Verification, _verify, Http("POST", VERIFICATION), content=False),
)


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
    await door.desk.tell(who)
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
