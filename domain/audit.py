"""What auditors read: recorded before it is shown, in one stream of its own, which is never folded."""

from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import Field

from domain.base import Command, Event, Reason, Text, UserId, stream_id

What = Literal["find", "history", "replay", "list", "explain", "export"]
"""What shows content; a `list` is somebody's conversation list."""

Position = Annotated[int, Field(ge=0)]


def stream() -> UUID:
    return stream_id("audit")


class RecordReading(Command):
    """An auditor is about to read, up to `position`, for a reason.

    `auditor` is who: the token's user, or at the command line, where nobody has a token and `actor` is `None`, whoever
    the operating system says runs it. The rest narrows down what is read: a conversation, a person (whose eyes it is
    read through, or whose events are exported), what lies after a position, what is looked for.
    """

    auditor: Text
    what: What
    reason: Reason
    position: Position
    conversation_id: UUID | None = None
    user_id: UserId | None = None
    after: Position = 0
    query: Text | None = None


class RecordRefusal(Command):
    """Somebody asked for what is an auditor's, and is none. `unrecorded` earlier attempts left no event."""

    asked: Text
    unrecorded: int = 0


class AuditorRead(Event):
    TOPIC = "audit.read"

    auditor: Text
    what: What
    reason: Reason
    position: Position
    conversation_id: UUID | None = None
    user_id: UserId | None = None
    after: Position = 0
    query: Text | None = None


class AuditorRefused(Event):
    TOPIC = "audit.refused"

    asked: Text
    unrecorded: int = 0


AuditCommand = RecordReading | RecordRefusal
AuditEvent = AuditorRead | AuditorRefused


def decide(command: AuditCommand) -> list[AuditEvent]:
    """Whoever reads twice is recorded twice."""
    match command:
        case RecordReading():
            return [AuditorRead(**command.model_dump())]
        case RecordRefusal():
            return [AuditorRefused(**command.model_dump())]
        case _:
            assert_never(command)
