"""A conversation's messages, in order: a message's number is its version in the stream, which is never folded."""

import hashlib
from datetime import datetime
from typing import assert_never
from uuid import UUID

from domain.base import Body, ChosenId, Command, Event, NamedId, Source, UserId, stream_id
from domain.conversation import Conversation, taking_part


def stream(conversation_id: UUID) -> UUID:
    return stream_id("timeline", conversation_id)


class SendMessage(Command):
    """Send a message under an id of one's own, by which the request can be repeated."""

    conversation_id: NamedId
    message_id: ChosenId
    body: Body


class MessageSent(Event):
    TOPIC = "timeline.message-sent"

    conversation_id: UUID
    message_id: UUID
    sender_id: UserId
    body: Body
    sent_at: datetime | None = None
    source: Source | None = None

    def content_hash(self) -> bytes:
        """16 bytes that tell a repeated message from another one under the same id."""
        content = f"{self.conversation_id}\n{self.sender_id}\n{self.body}"
        return hashlib.blake2b(content.encode(), digest_size=16).digest()


class ImportMessage(Command):
    """A message out of a history, as the log is going to hold it; its speaker has been admitted."""

    message: MessageSent


TimelineCommand = SendMessage | ImportMessage


def decide(command: TimelineCommand, state: Conversation | None) -> list[MessageSent]:
    """`state` is the conversation's: the timeline has none of its own."""
    match command:
        case SendMessage():
            taking_part(command.actor, state)
            return [sent(command)]
        case ImportMessage():
            return [sent(command)]
        case _:
            assert_never(command)


def sent(command: TimelineCommand) -> MessageSent:
    """The message that a command asks for, whether or not it may be sent."""
    match command:
        case SendMessage():
            assert command.actor is not None, "a user sends a message"
            return MessageSent(
                actor=command.actor,
                conversation_id=command.conversation_id,
                message_id=command.message_id,
                sender_id=command.actor,
                body=command.body,
            )
        case ImportMessage():
            return command.message
        case _:
            assert_never(command)
