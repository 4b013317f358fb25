"""given(what happened).when(a command).then(what happens) or .refused(with a code): the domain without a database."""

from typing import Any, cast
from uuid import UUID

import pytest

from domain import audit, conversation, ledger, profile, reading, timeline
from domain.base import Command, Event, Rejected
from domain.conversation import Conversation, ConversationEvent, ConversationStarted, ParticipantsAdded
from domain.ledger import LedgerKeys, LedgerKeyTold
from domain.profile import NameTold, Profile
from domain.reading import MessagesRead, Place
from domain.timeline import MessageSent

GROUP = UUID("11111111-1111-4111-8111-111111111111")
"""The conversation that the examples are about, unless they say otherwise."""


def given(*history: Event) -> "Given":
    """What has happened, of one conversation and one profile at the most."""
    return Given(history)


class Given:
    def __init__(self, history: tuple[Event, ...]) -> None:
        self._history = history

    def when(self, command: Command) -> "When":
        return When(self._history, command)


class When:
    """A command on top of a history."""

    def __init__(self, history: tuple[Event, ...], command: Command) -> None:
        self._history = history
        self._command = command

    def then(self, *expected: Event) -> None:
        """These events happen, none more; without any: nothing happens, and it is no refusal."""
        assert self._decide() == list(expected)

    def refused(self, code: str, field: str | None = None) -> None:
        """It is refused with a code of the protocol, and because of `field`, if any."""
        with pytest.raises(Rejected) as caught:
            self._decide()
        assert caught.value.code == code
        assert [name for name, _ in caught.value.details] == ([field] if field else [])

    def _decide(self) -> list[Any]:
        command: Any = self._command
        state = conversation_after(*self._history)
        match command:
            case timeline.SendMessage() | timeline.ImportMessage():
                return list(timeline.decide(command, state))
            case reading.MarkRead():
                return list(reading.decide(command, place_after(command.actor, *self._history), state))
            case reading.ImportReading():
                return list(reading.decide(command, place_after(command.reader_id, *self._history), state))
            case ledger.TellLedgerKey():
                return list(ledger.decide(command, keys_after(*self._history)))
            case profile.TellName() | profile.ImportName():
                return list(profile.decide(command, profile_after(*self._history)))
            case audit.RecordReading() | audit.RecordRefusal():
                return list(audit.decide(command))
            case _:
                return list(conversation.decide(command, state))


def conversation_after(*history: Event) -> Conversation | None:
    state = None
    for event in history:
        if not isinstance(event, MessageSent | MessagesRead | NameTold | LedgerKeyTold):
            state = conversation.evolve(state, cast(ConversationEvent, event))
    return state


def place_after(reader_id: str | None, *history: Event) -> Place:
    """The greatest of one's last MessagesRead, one's own last message, and the last number when one was added."""
    place = Place()
    for event in history:
        match event:
            case MessageSent(sender_id=sender_id):
                number = place.last_number + 1
                place = Place(number if sender_id == reader_id else place.read_number, number)
            case MessagesRead(user_id=user_id) if user_id == reader_id:
                place = reading.evolve(place, event)
            case ConversationStarted(participant_ids=user_ids) | ParticipantsAdded(user_ids=user_ids):
                place = Place(place.last_number, place.last_number) if reader_id in user_ids else place
    return place


def profile_after(*history: Event) -> Profile:
    state = Profile()
    for event in history:
        if isinstance(event, NameTold):
            state = profile.evolve(state, event)
    return state


def keys_after(*history: Event) -> LedgerKeys:
    keys = LedgerKeys()
    for event in history:
        if isinstance(event, LedgerKeyTold):
            keys = ledger.evolve(keys, event)
    return keys
