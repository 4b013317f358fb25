"""A conversation: who takes part in it, who owns it, and its title."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import FailFast, Field
from pydantic.json_schema import SkipJsonSchema

from domain.base import (
    MAX_PARTICIPANTS,
    ChosenId,
    Command,
    Event,
    NamedId,
    Rejected,
    Title,
    UserId,
    invalid,
    stream_id,
)

Kind = Literal["direct", "group"]


def stream(conversation_id: UUID) -> UUID:
    return stream_id("conversation", conversation_id)


def direct_id(one: str, other: str) -> UUID:
    """The public id of the one direct conversation that two people have."""
    return stream_id("direct", *sorted((one, other)))


class StartConversation(Command):
    """Start a group under an id of one's own, or the direct conversation of a pair under the server's."""

    conversation_id: ChosenId
    kind: Kind
    participant_ids: Annotated[list[UserId], Field(min_length=1), FailFast()]
    title: Title | SkipJsonSchema[None] = None


class AddParticipants(Command):
    """Add people: they see the earlier messages, and start with none unread."""

    conversation_id: NamedId
    user_ids: Annotated[list[UserId], Field(min_length=1), FailFast()]


class RemoveParticipant(Command):
    """Remove somebody, or oneself: to leave for good."""

    conversation_id: NamedId
    user_id: UserId


class RenameConversation(Command):
    """Give a group a title."""

    conversation_id: NamedId
    title: Title


class AdmitSpeaker(Command):
    """Whoever speaks in an imported history takes part from then on; the first to speak starts the conversation.

    `participant_ids` are those who are there from the start: both of a direct conversation, else the speaker alone.
    """

    conversation_id: UUID
    kind: Kind
    title: Title | None
    participant_ids: list[UserId]
    speaker_id: UserId
    spoke_at: datetime


class ConversationStarted(Event):
    TOPIC = "conversation.started"

    conversation_id: UUID
    kind: Kind
    title: Title | None
    owner_id: UserId
    participant_ids: list[UserId]
    started_at: datetime | None = None


class ParticipantsAdded(Event):
    TOPIC = "conversation.participants-added"

    conversation_id: UUID
    user_ids: list[UserId]
    joined_at: datetime | None = None


class ParticipantRemoved(Event):
    TOPIC = "conversation.participant-removed"

    conversation_id: UUID
    user_id: UserId


class OwnerChanged(Event):
    TOPIC = "conversation.owner-changed"

    conversation_id: UUID
    owner_id: UserId


class ConversationRenamed(Event):
    TOPIC = "conversation.renamed"

    conversation_id: UUID
    title: Title


ConversationCommand = StartConversation | AddParticipants | RemoveParticipant | RenameConversation | AdmitSpeaker
ConversationEvent = ConversationStarted | ParticipantsAdded | ParticipantRemoved | OwnerChanged | ConversationRenamed


@dataclass(frozen=True, slots=True)
class Conversation:
    """`people` are those who take part, in the order they joined; `started` is how it began."""

    started: ConversationStarted
    title: str | None
    owner_id: str | None
    people: dict[str, None] = field(hash=False)

    @property
    def kind(self) -> Kind:
        return self.started.kind


def evolve(state: Conversation | None, event: ConversationEvent) -> Conversation:
    if isinstance(event, ConversationStarted):
        return Conversation(event, event.title, event.owner_id, dict.fromkeys(event.participant_ids))
    assert state is not None, "a conversation's first event is ConversationStarted"
    match event:
        case ParticipantsAdded():
            return replace(state, people=state.people | dict.fromkeys(event.user_ids))
        case ParticipantRemoved():
            people = {user_id: None for user_id in state.people if user_id != event.user_id}
            return replace(state, people=people, owner_id=state.owner_id if people else None)
        case OwnerChanged():
            return replace(state, owner_id=event.owner_id)
        case ConversationRenamed():
            return replace(state, title=event.title)
        case _:
            assert_never(event)


def decide(command: ConversationCommand, state: Conversation | None) -> list[ConversationEvent]:
    match command:
        case StartConversation():
            return _start(command, state)
        case AddParticipants():
            return _add(command, taking_part(command.actor, state))
        case RemoveParticipant():
            return _remove(command, taking_part(command.actor, state))
        case RenameConversation():
            return _rename(command, taking_part(command.actor, state))
        case AdmitSpeaker():
            return _admit(command, state)
        case _:
            assert_never(command)


def _start(command: StartConversation, state: Conversation | None) -> list[ConversationEvent]:
    assert command.actor is not None, "a user starts a conversation"
    people = starters(command)
    if state is None:
        return [
            ConversationStarted(
                actor=command.actor,
                conversation_id=started_id(command),
                kind=command.kind,
                title=command.title,
                owner_id=command.actor,
                participant_ids=people,
            )
        ]
    if command.kind == "direct" or _same_start(command, people, state.started):
        return []
    raise Rejected("conflict", "conversation_id: in use by another conversation")


def _same_start(command: StartConversation, people: list[str], started: ConversationStarted) -> bool:
    return (command.actor, command.kind, command.title, set(people)) == (
        started.actor,
        started.kind,
        started.title,
        set(started.participant_ids),
    )


def _add(command: AddParticipants, state: Conversation) -> list[ConversationEvent]:
    _only_groups(state, "a direct conversation keeps its two people")
    added = [user_id for user_id in dict.fromkeys(command.user_ids) if user_id not in state.people]
    if not added:
        return []
    if len(state.people) + len(added) > MAX_PARTICIPANTS:
        raise invalid("user_ids", f"at most {MAX_PARTICIPANTS} participants")
    return [ParticipantsAdded(actor=command.actor, conversation_id=command.conversation_id, user_ids=added)]


def _remove(command: RemoveParticipant, state: Conversation) -> list[ConversationEvent]:
    _only_groups(state, "a direct conversation keeps its two people")
    leaves = command.user_id == command.actor
    if not leaves and state.owner_id != command.actor:
        raise Rejected("forbidden", "only the owner removes others")
    if command.user_id not in state.people:
        raise Rejected("not_found", "user_id: takes no part in this conversation")
    removed = ParticipantRemoved(actor=command.actor, conversation_id=command.conversation_id, user_id=command.user_id)
    heir = next((user_id for user_id in state.people if user_id != command.user_id), None)
    if command.user_id != state.owner_id or heir is None:
        return [removed]
    # First the new owner, then the old one goes: whoever folds this never sees a conversation owned by nobody in it.
    return [OwnerChanged(actor=command.actor, conversation_id=command.conversation_id, owner_id=heir), removed]


def _rename(command: RenameConversation, state: Conversation) -> list[ConversationEvent]:
    _only_groups(state, "a direct conversation keeps its name")
    if command.title == state.title:
        return []
    return [ConversationRenamed(actor=command.actor, conversation_id=command.conversation_id, title=command.title)]


def _admit(command: AdmitSpeaker, state: Conversation | None) -> list[ConversationEvent]:
    if state is None:
        return [
            ConversationStarted(
                actor=None,
                conversation_id=command.conversation_id,
                kind=command.kind,
                title=command.title,
                owner_id=command.speaker_id,
                participant_ids=command.participant_ids,
                started_at=command.spoke_at,
            )
        ]
    if command.speaker_id in state.people:
        return []
    added = ParticipantsAdded(
        actor=None,
        conversation_id=command.conversation_id,
        user_ids=[command.speaker_id],
        joined_at=command.spoke_at,
    )
    if state.owner_id is not None:
        return [added]
    return [added, OwnerChanged(actor=None, conversation_id=command.conversation_id, owner_id=command.speaker_id)]


def _only_groups(state: Conversation, problem: str) -> None:
    if state.kind == "direct":
        raise Rejected("forbidden", problem)


def starters(command: StartConversation) -> list[str]:
    """Who is there from the start: whoever starts it first, each once. Refuses what is neither pair nor group."""
    assert command.actor is not None, "a user starts a conversation"
    people = list(dict.fromkeys([command.actor, *command.participant_ids]))
    if command.kind == "direct" and len(people) != 2:
        raise invalid("participant_ids", "a direct conversation is with exactly one other person")
    if command.kind == "direct" and command.title is not None:
        raise invalid("title", "a direct conversation has none")
    if len(people) < 2:
        raise invalid("participant_ids", "a conversation needs someone else")
    if len(people) > MAX_PARTICIPANTS:
        raise invalid("participant_ids", f"at most {MAX_PARTICIPANTS} participants")
    return people


def started_id(command: StartConversation) -> UUID:
    """The id under which a conversation starts: a pair's is the server's, whatever id was offered."""
    return direct_id(*starters(command)) if command.kind == "direct" else command.conversation_id


def taking_part(actor: str | None, state: Conversation | None) -> Conversation:
    """The conversation, for whoever takes part in it; to everybody else it does not exist."""
    if state is None or actor not in state.people:
        raise Rejected("not_found", "no such conversation")
    return state
