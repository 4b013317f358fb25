"""What a command reads, what is decided, and into which streams the events go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from application.store import Offered, Recorded
from domain import audit, conversation, ledger, profile, reading, timeline
from domain.base import Event
from domain.conversation import Conversation
from domain.ledger import LedgerKeys, LedgerKeyTold, TellLedgerKey
from domain.profile import NameTold, Profile
from domain.reading import MessagesRead, Place
from domain.timeline import MessageSent

Command = (
    conversation.ConversationCommand
    | timeline.TimelineCommand
    | reading.ReadingCommand
    | profile.ProfileCommand
    | TellLedgerKey
    | audit.AuditCommand
)
State = Conversation | Profile | LedgerKeys | None


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded stream: its state at a version."""

    version: int = 0
    state: State = None


def read_stream(command: Command) -> UUID | None:
    """The one folded stream that the decision is taken on, if any. Refuses a start that can't have one."""
    match command:  # messages first, here and below: each class that a command is not of takes its time
        case timeline.SendMessage():
            return conversation.stream(command.conversation_id)
        case timeline.ImportMessage() | audit.RecordReading() | audit.RecordRefusal():
            return None
        case conversation.StartConversation():
            return conversation.stream(conversation.started_id(command))
        case profile.TellName():
            return profile.stream(command.actor or "")
        case profile.ImportName():
            return profile.stream(command.user_id)
        case TellLedgerKey():
            return ledger.stream()
        case _:
            return conversation.stream(command.conversation_id)


def write_stream(event: Event) -> UUID:
    match event:
        case MessageSent():
            return timeline.stream(event.conversation_id)
        case MessagesRead():
            return reading.stream(event.conversation_id, event.user_id)
        case NameTold():
            return profile.stream(event.user_id)
        case LedgerKeyTold():
            return ledger.stream()
        case audit.AuditorRead() | audit.AuditorRefused():
            return audit.stream()
        case (
            conversation.ConversationStarted()
            | conversation.ParticipantsAdded()
            | conversation.ParticipantRemoved()
            | conversation.OwnerChanged()
            | conversation.ConversationRenamed()
        ):
            return conversation.stream(event.conversation_id)
        case _:
            raise TypeError(f"{type(event).__name__} has no stream")


def decide(command: Command, state: State, place: Place) -> list[Offered]:
    """The events that a command leads to. Raises `Rejected`; `place` matters to a reader's commands alone."""
    return [Offered(write_stream(event), event) for event in _decide(command, state, place)]


def _decide(command: Command, state: State, place: Place) -> Sequence[Event]:
    match command:
        case timeline.SendMessage() | timeline.ImportMessage():
            assert state is None or isinstance(state, Conversation)
            return timeline.decide(command, state)
        case profile.TellName() | profile.ImportName():
            assert state is None or isinstance(state, Profile)
            return profile.decide(command, state or Profile())
        case TellLedgerKey():
            assert state is None or isinstance(state, LedgerKeys)
            return ledger.decide(command, state or LedgerKeys())
        case audit.RecordReading() | audit.RecordRefusal():
            return audit.decide(command)
    assert state is None or isinstance(state, Conversation)
    match command:
        case reading.MarkRead() | reading.ImportReading():
            return reading.decide(command, place, state)
        case (
            conversation.StartConversation()
            | conversation.AddParticipants()
            | conversation.RemoveParticipant()
            | conversation.RenameConversation()
            | conversation.AdmitSpeaker()
        ):
            return conversation.decide(command, state)
        case _:
            assert_never(command)


def evolve(folded: Folded, event: Event) -> Folded:
    match event:
        case NameTold():
            assert folded.state is None or isinstance(folded.state, Profile)
            return Folded(folded.version + 1, profile.evolve(folded.state or Profile(), event))
        case LedgerKeyTold():
            assert folded.state is None or isinstance(folded.state, LedgerKeys)
            return Folded(folded.version + 1, ledger.evolve(folded.state or LedgerKeys(), event))
        case (
            conversation.ConversationStarted()
            | conversation.ParticipantsAdded()
            | conversation.ParticipantRemoved()
            | conversation.OwnerChanged()
            | conversation.ConversationRenamed()
        ):
            assert folded.state is None or isinstance(folded.state, Conversation)
            return Folded(folded.version + 1, conversation.evolve(folded.state, event))
        case _:
            raise TypeError(f"{type(event).__name__} is of a stream that is not folded")


def fold(history: Sequence[Recorded]) -> Folded:
    folded = Folded()
    for recorded in history:
        folded = evolve(folded, recorded.event)
    return folded
