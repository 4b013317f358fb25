"""A reader's place in a conversation, which only moves forward."""

from dataclasses import dataclass, replace
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from domain.base import Command, Event, NamedId, UserId, invalid, stream_id
from domain.conversation import Conversation, taking_part


def stream(conversation_id: UUID, user_id: str) -> UUID:
    return stream_id("reading", conversation_id, user_id)


class MarkRead(Command):
    """Read up to `number`; without one, up to the last message."""

    conversation_id: NamedId
    number: Annotated[int, Field(ge=1)] | SkipJsonSchema[None] = None


class ImportReading(Command):
    """A reader of an imported history, who has read it up to `number`."""

    conversation_id: UUID
    reader_id: UserId
    number: int


class MessagesRead(Event):
    TOPIC = "reading.messages-read"

    conversation_id: UUID
    user_id: UserId
    number: int


@dataclass(frozen=True, slots=True)
class Place:
    """How far somebody has read: up to `read_number` of `last_number` messages."""

    read_number: int = 0
    last_number: int = 0

    @property
    def unread_count(self) -> int:
        return self.last_number - self.read_number


ReadingCommand = MarkRead | ImportReading


def evolve(place: Place, event: MessagesRead) -> Place:
    return replace(place, read_number=max(place.read_number, event.number))


def decide(command: ReadingCommand, place: Place, state: Conversation | None) -> list[MessagesRead]:
    match command:
        case MarkRead():
            taking_part(command.actor, state)
            assert command.actor is not None, "a user marks as read"
            number = place.last_number if command.number is None else command.number
            if number > place.last_number:
                raise invalid("number", f"beyond the last message, {place.last_number}")
            return _read(command, command.actor, number, place)
        case ImportReading():
            return _read(command, command.reader_id, command.number, place)
        case _:
            assert_never(command)


def _read(command: ReadingCommand, reader_id: str, number: int, place: Place) -> list[MessagesRead]:
    if number <= place.read_number:
        return []
    return [
        MessagesRead(actor=command.actor, conversation_id=command.conversation_id, user_id=reader_id, number=number)
    ]
