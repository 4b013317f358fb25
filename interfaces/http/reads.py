"""The reads that HTTP alone offers, in the form of the command table's entries."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic.json_schema import SkipJsonSchema

from domain.base import NamedId, Text, invalid
from interfaces import shapes
from interfaces.desk import Answer, Desk
from interfaces.http.analytics import ANALYTICS
from interfaces.http.pages import Below, Number, Page, bad_next, number, parts, token
from interfaces.requests import CONVERSATION, CONVERSATIONS, MESSAGES, Caller, Http, Position, Query, Request

EPOCH = datetime.fromtimestamp(0, UTC)


class ReadMe(Query):
    """Who the token says one is."""

    min_position: Position = 0


class ReadUnread(Query):
    """How many messages one has not read."""

    min_position: Position = 0


class ReadConversation(Query):
    """One conversation, with its participants."""

    conversation_id: NamedId
    min_position: Position = 0


class ListConversations(Page):
    """One's conversations, the last changed first."""


class ListMessages(Page):
    """A page of messages, ascending: below number `before`, above number `after`, else the latest."""

    conversation_id: NamedId
    before: Below | SkipJsonSchema[None] = None
    after: Number | SkipJsonSchema[None] = None


class FindUsers(Page):
    """The people whose name or user_id begins with `q`, by name, at most 20."""

    q: Text


async def _me(desk: Desk, caller: Caller, asked: ReadMe) -> Answer:
    return await desk.user(caller.user_id, asked.min_position)


async def _unread(desk: Desk, caller: Caller, asked: ReadUnread) -> Answer:
    return await desk.unread(caller.user_id, asked.min_position)


async def _conversation(desk: Desk, caller: Caller, asked: ReadConversation) -> Answer:
    return await desk.conversation(caller.user_id, asked.conversation_id, asked.min_position)


async def _conversations(desk: Desk, caller: Caller, asked: ListConversations) -> Answer:
    before = None if asked.next is None else _key(asked.next)
    found, key = await desk.conversations(caller.user_id, asked.limit, before, asked.min_position)
    following = None if key is None else token(_microseconds(key[0]), key[1])
    return Answer({"conversations": found, "next": following})


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def _key(following: str) -> tuple[datetime, UUID]:
    try:
        microseconds, conversation_id = parts(following)
        return EPOCH + timedelta(microseconds=int(microseconds)), UUID(conversation_id)
    except (ValueError, OverflowError):
        raise bad_next() from None


async def _messages(desk: Desk, caller: Caller, asked: ListMessages) -> Answer:
    before, after = _window(asked)
    found, more = await desk.messages(
        caller.user_id,
        asked.conversation_id,
        asked.limit,
        before=before,
        after=after,
        minimum=asked.min_position,
    )
    if not more:
        following = None
    elif after is None:
        following = token("before", found[0]["number"])
    else:
        following = token("after", found[-1]["number"])
    return Answer({"messages": found, "next": following})


def _window(asked: ListMessages) -> tuple[int | None, int | None]:
    """`before` and `after`; a `next` overrules them, for it is sent along with what the page before it was asked by."""
    if asked.before is not None and asked.after is not None:
        raise invalid("before", "not together with after")
    if asked.next is None:
        return asked.before, asked.after
    match parts(asked.next):
        case ["before", before]:
            return number(before, least=1), None
        case ["after", after]:
            return None, number(after)
        case _:
            raise bad_next()


async def _users(desk: Desk, caller: Caller, asked: FindUsers) -> Answer:
    skipped = 0 if asked.next is None else _skipped(asked.next)
    found = (await desk.users(asked.q, asked.min_position)).body["users"]
    shown = skipped + asked.limit
    following = token("users", shown) if len(found) > shown else None
    return Answer({"users": found[skipped:shown], "next": following})


def _skipped(following: str) -> int:
    match parts(following):
        case ["users", skipped]:
            return number(skipped)
        case _:
            raise bad_next()


READS = (
    Request("me", ReadMe, shapes.Authenticated, _me, http=Http("GET", "/api/me")),
    Request("unread", ReadUnread, shapes.Unread, _unread, http=Http("GET", "/api/unread")),
    Request("conversations", ListConversations, shapes.Conversations, _conversations, http=Http("GET", CONVERSATIONS)),
    Request("conversation", ReadConversation, shapes.Started, _conversation, http=Http("GET", CONVERSATION)),
    Request("messages", ListMessages, shapes.Messages, _messages, http=Http("GET", MESSAGES)),
    Request("users", FindUsers, shapes.Users, _users, http=Http("GET", "/api/users")),
    *ANALYTICS,
)
