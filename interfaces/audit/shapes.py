"""What auditors are answered, as models, in the manner of `interfaces/shapes.py`."""

from typing import Any, Literal

from interfaces.shapes import (
    Conversation,
    Id,
    LastMessage,
    Message,
    Participant,
    Position,
    Shape,
    Summary,
    Time,
    User,
)


class Moment(Shape):
    """An event's position and its time of record."""

    position: int = Position
    recorded_at: str = Time


class FoundConversation(Shape):
    """`people` are the first five: who fits the word, then in the order they joined."""

    conversation_id: str = Id
    kind: Literal["direct", "group"]
    title: str | None
    participant_count: int
    people: list[User]
    last_number: int
    created_at: str = Time
    updated_at: str = Time


class FoundConversations(Shape):
    conversations: list[FoundConversation]


class HistoryEvent(Shape):
    """An event with all that the log holds of it; `data` is in its own words."""

    position: int = Position
    stream: Literal["conversation", "timeline", "reading"]
    stream_id: str = Id
    version: int
    type: str
    recorded_at: str = Time
    actor: str | None
    data: dict[str, Any]


class PastConversation(Shape):
    """A conversation through nobody's eyes."""

    conversation_id: str = Id
    kind: Literal["direct", "group"]
    title: str | None
    owner_id: str | None
    participant_count: int
    last_number: int
    last_message: LastMessage | None
    created_at: str = Time
    updated_at: str = Time
    position: int = Position
    participants: list[Participant]


class SeenMessage(Message):
    """`read`: it lies at or below the place of whose eyes it is seen through."""

    read: bool


class Replay(Moment):
    """`first` and `last` are the conversation's, as of now; `next` is the `before` of the messages before these."""

    first: Moment
    last: Moment
    conversation: PastConversation | Conversation
    messages: list[Message | SeenMessage]
    next: int | None


class PastList(Moment):
    """Somebody's conversation list; `total` are the unread messages of all of them."""

    user: User
    total: int
    conversations: list[Summary]


class Behind(Shape):
    """What gave a read place, and whether it is what decides."""

    why: Literal["joined", "sent", "read"]
    number: int
    decides: bool
    event: HistoryEvent


class Explanation(Moment):
    """`place` holds the last event of each kind that gave the read place; `unread` the messages above it."""

    conversation_id: str = Id
    user_id: str
    last_number: int
    read_number: int
    unread_count: int
    arithmetic: str
    place: list[Behind]
    unread: list[HistoryEvent]


class AuditReading(Moment):
    """What an auditor read and why, or that somebody was refused who is none."""

    version: int
    type: Literal["audit.read", "audit.refused"]
    actor: str | None
    data: dict[str, Any]


class AuditReadings(Shape):
    readings: list[AuditReading]
    next: int | None


class Signed(Shape):
    """A checkpoint: so many events, and when it was signed."""

    size: int
    signed_at: str = Time


class FirstProblem(Shape):
    """The first place that does not fit, and how."""

    position: int
    kind: str
    what: str
    detail: str


class Verification(Shape):
    """Of `size` events. `checkpoint` is the last that fits: what comes after it is not signed yet.

    `failure`: the last attempt has come to nothing, and the rest is of the one before it.
    """

    running: bool
    size: int | None
    root: str | None
    checkpoint: Signed | None
    verified_at: str | None
    fits: bool | None
    first_problem: FirstProblem | None
    failure: str | None
