"""What goes out, as models: the published contract is generated from these, and tests hold every answer to them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from domain.base import Code


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


Id = Field(description="a UUID of 36 characters, in lower case")
Time = Field(description="RFC 3339, UTC, milliseconds", pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
Day = Field(description="a day, of UTC", json_schema_extra={"format": "date"})
Position = Field(description="an event's place in the whole log", ge=0)
Cursor = Field(description="a position as digits; it never expires", pattern=r"^\d+$")


class User(Shape):
    user_id: str
    name: str


class Participant(Shape):
    user_id: str
    name: str
    role: Literal["owner", "member"]
    read_number: int
    joined_at: str = Time


class LastMessage(Shape):
    message_id: str = Id
    number: int
    sender_id: str
    sender_name: str
    preview: str
    sent_at: str = Time


class Summary(Shape):
    conversation_id: str = Id
    kind: Literal["direct", "group"]
    title: str | None
    participant_count: int
    last_number: int
    last_message: LastMessage | None
    read_number: int
    unread_count: int
    created_at: str = Time
    updated_at: str = Time
    position: int = Position


class Conversation(Summary):
    participants: list[Participant]


class Message(Shape):
    message_id: str = Id
    conversation_id: str = Id
    number: int
    sender_id: str
    sender_name: str
    body: str
    sent_at: str = Time
    position: int = Position


class Detail(Shape):
    field: str
    problem: str


class Error(Shape):
    code: Code
    message: str
    details: list[Detail] = []
    retry_after: float | SkipJsonSchema[None] = None


class Problem(Shape):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: Code
    details: list[Detail] = []
    retry_after: float | SkipJsonSchema[None] = None


class Authenticated(Shape):
    user: User


class Started(Shape):
    conversation: Conversation
    position: int = Position


class Joined(Shape):
    conversation: Conversation
    messages: list[Message]
    cursor: str = Cursor
    has_more: bool


class Left(Shape):
    """Nothing beside `ok`."""


class Sent(Shape):
    message: Message
    position: int = Position


class Read(Shape):
    read_number: int
    unread_count: int
    position: int = Position


class Removed(Shape):
    position: int = Position


class Synced(Shape):
    conversations: list[Summary]
    removed: list[str]
    cursor: str = Cursor
    has_more: bool


class Conversations(Shape):
    conversations: list[Summary]
    next: str | None


class Messages(Shape):
    messages: list[Message]
    next: str | None


class Users(Shape):
    users: list[User]
    next: str | None


class Unread(Shape):
    total: int
    conversations: dict[str, int]


class Freshness(Shape):
    """What a report reflects: the log up to a position, and the days on which there is anything."""

    position: int = Position
    reflected_at: Annotated[str, Time] | None
    first_day: Annotated[str, Day] | None
    last_day: Annotated[str, Day] | None


class Report(Shape):
    """`rows` are objects of `columns`. `by` is null where there are no periods."""

    report: str
    from_: str = Field(alias="from", json_schema_extra={"format": "date"})
    to: str = Day
    by: Literal["day", "week", "month"] | None
    freshness: Freshness
    columns: list[str]
    rows: list[dict[str, int | str | None]]


class Reported(Shape):
    """A report that may be asked for. `by`: whether its rows are periods."""

    report: str
    words: str
    columns: list[str]
    by: bool


class Reports(Shape):
    reports: list[Reported]
    freshness: Freshness


class Alive(Shape):
    status: Literal["alive"]


class Projection(Shape):
    """How far a projection is behind the log: in events, and by the age of the first of them. Null: not known."""

    position: int | None
    behind: int | None
    behind_seconds: float | None
    failure: str | None


class Pushing(Shape):
    """Why nothing is pushed to those connected here, if so."""

    failure: str | None


class Checks(Shape):
    database: Literal["reachable", "unreachable"]
    projections: dict[str, Projection]
    pushes: Pushing


class Ready(Shape):
    status: Literal["ready", "not ready"]
    checks: Checks


class SignedIn(Shape):
    """What the sign-in of `serve --dev` answers."""

    token: str
    user: User


class NewMessage(Shape):
    """To the sockets that joined the conversation."""

    conversation_id: str = Id
    message: Message


class MessagesRead(Shape):
    """Somebody's read place has moved: to the sockets that joined the conversation."""

    conversation_id: str = Id
    user_id: str
    read_number: int
    read_at: str = Time
    position: int = Position


class ParticipantsChanged(Shape):
    """Who was added or removed, and who owns it now: to the sockets that joined the conversation."""

    conversation_id: str = Id
    added: list[Participant]
    removed: list[str]
    owner_id: str | None
    position: int = Position


class ConversationUpdated(Shape):
    """A summary has changed: to every socket of each participant who sees it changed."""

    conversation: Summary


class NewConversation(Shape):
    """To every socket of each participant, and of whoever is added later."""

    conversation: Summary


class ConversationRemoved(Shape):
    """To every socket of a participant who was removed or left."""

    conversation_id: str = Id
    position: int = Position


class SessionExpired(Shape):
    """The token has ended: to that socket, which is then disconnected."""

    error: Error


PUSHES: dict[str, type[Shape]] = {
    "new_message": NewMessage,
    "messages_read": MessagesRead,
    "participants_changed": ParticipantsChanged,
    "conversation_updated": ConversationUpdated,
    "new_conversation": NewConversation,
    "conversation_removed": ConversationRemoved,
    "session_expired": SessionExpired,
}
"""What the server sends of its own accord."""
