"""What auditors may ask over HTTP, in the manner of the command table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, WithJsonSchema, create_model
from pydantic.json_schema import SkipJsonSchema

from domain.base import NamedId, Text, UserId, invalid
from interfaces.audit import shapes
from interfaces.audit.record import Auditor
from interfaces.http.door import Door
from interfaces.http.pages import MAX_PAGE, PAGE, Below, Digits, Number
from interfaces.requests import Http, Query
from interfaces.shapes import Shape

JSON, NDJSON, ZIP = "application/json", "application/x-ndjson", "application/zip"

At = Annotated[
    str,
    WithJsonSchema({"type": "string", "description": "a position, or an instant of RFC 3339; default: the end"}),
]
SomeAt = At | SkipJsonSchema[None]
Limit = Annotated[
    Digits, Field(ge=1, le=MAX_PAGE), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE})
]


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
