"""The command table: every request of the protocol, which HTTP, Socket.IO and the published contract all read."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema, WithJsonSchema
from pydantic_core import PydanticCustomError

from domain.base import NamedId
from domain.conversation import AddParticipants, RemoveParticipant, RenameConversation, StartConversation
from domain.reading import MarkRead
from domain.timeline import SendMessage
from interfaces import shapes
from interfaces.desk import Answer, Desk


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, out of a token. `name` is what is known of it at the door."""

    user_id: str
    name: str | None = None


def _cursor(value: object) -> object:
    """A position as a string of digits, or as a number; one that no log comes to stands for all of those."""
    if isinstance(value, str):
        if not (value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS):
            raise PydanticCustomError("cursor", "must be a cursor: a position as digits")
        value = int(value)
    return min(value, NEVER) if type(value) is int else value


MAX_DIGITS = 100
NEVER = 2**63 - 1
"""The last position that the log has room for."""

Position = Annotated[
    int,
    BeforeValidator(_cursor),
    Field(ge=0),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": "^[0-9]{1,100}$"}, {"type": "integer", "minimum": 0}]}),
]


class Query(BaseModel):
    """What is asked for that changes nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Authenticate(Query):
    """Say who one is, or prolong the session with a fresh token of the same user."""

    token: Any


class JoinConversation(Query):
    """Watch a conversation: its last messages, or those since a cursor, and from then on what happens in it."""

    conversation_id: NamedId
    since: Position | SkipJsonSchema[None] = None
    min_position: Position = 0


class LeaveConversation(Query):
    """Watch it no more; one stays a participant."""

    conversation_id: NamedId


class Sync(Query):
    """Catch up with the list: what has changed since a cursor, or everything."""

    since: Position | SkipJsonSchema[None] = None
    min_position: Position = 0


Handler = Callable[[Desk, Caller, Any], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Http:
    """Where HTTP takes a request. What the path names joins the fields of the body, or of the query where it is a GET.

    `creates`: it answers 201 when it has made something. `scope`: the token must have it. `table`: it can answer CSV.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    creates: bool = False
    scope: str | None = None
    table: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `payload` is a command of the domain, or a `Query`; `answer` is what its ack holds beside `ok`.

    `in_turn`: it waits until what the same socket asked before has been answered. Without `http`, HTTP has none such.
    """

    name: str
    payload: type[BaseModel]
    answer: type[shapes.Shape]
    handle: Handler
    in_turn: bool = False
    http: Http | None = None


async def _authenticate(desk: Desk, caller: Caller, asked: Authenticate) -> Answer:
    return Answer({"user": {"user_id": caller.user_id, "name": caller.name}})


async def _start(desk: Desk, caller: Caller, command: StartConversation) -> Answer:
    return await desk.start_conversation(caller.user_id, command)


async def _join(desk: Desk, caller: Caller, asked: JoinConversation) -> Answer:
    return await desk.join(caller.user_id, asked.conversation_id, asked.since, asked.min_position)


async def _leave(desk: Desk, caller: Caller, asked: LeaveConversation) -> Answer:
    return Answer({})


async def _send(desk: Desk, caller: Caller, command: SendMessage) -> Answer:
    return await desk.send_message(caller.user_id, command, caller.name)


async def _read(desk: Desk, caller: Caller, command: MarkRead) -> Answer:
    return await desk.mark_as_read(caller.user_id, command)


async def _add(desk: Desk, caller: Caller, command: AddParticipants) -> Answer:
    return await desk.add_participants(caller.user_id, command)


async def _remove(desk: Desk, caller: Caller, command: RemoveParticipant) -> Answer:
    return await desk.remove_participant(caller.user_id, command)


async def _rename(desk: Desk, caller: Caller, command: RenameConversation) -> Answer:
    return await desk.rename_conversation(caller.user_id, command)


async def _sync(desk: Desk, caller: Caller, asked: Sync) -> Answer:
    return await desk.sync(caller.user_id, asked.since, asked.min_position)


CONVERSATIONS = "/api/conversations"
CONVERSATION = CONVERSATIONS + "/{conversation_id}"
MESSAGES = CONVERSATION + "/messages"
PARTICIPANTS = CONVERSATION + "/participants"

REQUESTS: dict[str, Request] = {
    request.name: request
    for request in (
        Request("authenticate", Authenticate, shapes.Authenticated, _authenticate, in_turn=True),
        Request(
            "start_conversation",
            StartConversation,
            shapes.Started,
            _start,
            http=Http("POST", CONVERSATIONS, creates=True),
        ),
        Request("join_conversation", JoinConversation, shapes.Joined, _join, in_turn=True),
        Request("leave_conversation", LeaveConversation, shapes.Left, _leave, in_turn=True),
        Request("send_message", SendMessage, shapes.Sent, _send, http=Http("POST", MESSAGES, creates=True)),
        Request("mark_as_read", MarkRead, shapes.Read, _read, in_turn=True, http=Http("POST", CONVERSATION + "/read")),
        Request("add_participants", AddParticipants, shapes.Started, _add, http=Http("POST", PARTICIPANTS)),
        Request(
            "remove_participant",
            RemoveParticipant,
            shapes.Removed,
            _remove,
            http=Http("DELETE", PARTICIPANTS + "/{user_id:path}"),  # a user_id may hold a slash
        ),
        Request("rename_conversation", RenameConversation, shapes.Started, _rename, http=Http("PATCH", CONVERSATION)),
        Request("sync", Sync, shapes.Synced, _sync, in_turn=True, http=Http("GET", "/api/sync")),
    )
}

ALIASES = {"new_message": "send_message"}
"""Names that a request is also accepted under."""
