"""What a batch of commands wants of the log, and what came of it for each of them."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID, uuid4

from application.chat import Command, Folded, decide, evolve, read_stream, write_stream
from application.store import Appended, Offered, Recorded
from domain.base import Rejected
from domain.reading import Place
from domain.timeline import ImportMessage, MessageSent, SendMessage, sent

MESSAGES = (SendMessage, ImportMessage)


class Done(NamedTuple):
    """The answer to a command: `position` of the event written, else what the answer reflects.

    `recorded` are the events written; a repeated message is the first one, and `repeated`.
    """

    position: int
    recorded: tuple[Recorded, ...] = ()
    repeated: bool = False


@dataclass(slots=True)
class Decided:
    """What a command has led to: a run of the plan's events, or a refusal; `message` is what a send asks for."""

    events: range
    refusal: Rejected | None = None
    message: MessageSent | None = None


class Plan:
    """What a batch wants of the log, should every stream that it was decided on still be as it was."""

    def __init__(self, states: Mapping[UUID, Folded], remembered: Set[UUID]) -> None:
        """`remembered`: which of the states were not read from the log."""
        self.states = dict(states)
        self.remembered = remembered
        self.expectations = {stream: folded.version for stream, folded in states.items()}
        self.offered: list[Offered] = []
        self.asked_ids: list[UUID] = []
        self.sends: dict[UUID, int] = {}
        self.append_id = uuid4()

    def decide(self, command: Command, place: Place) -> Decided:
        """Decides on a command, which sees those before it, and takes in its events."""
        first = len(self.offered)
        refusal = None
        offered: list[Offered] = []
        try:
            stream = read_stream(command)
            offered = decide(command, self.states[stream].state if stream else None, place)
        except Rejected as rejected:
            refusal = rejected
        message = _message(command, offered)
        if message:
            offered = self._once(message, offered)
        for one in offered:
            if one.stream in self.states:
                self.states[one.stream] = evolve(self.states[one.stream], one.event)
        self.offered.extend(offered)
        return Decided(range(first, len(self.offered)), refusal, message)

    def _once(self, message: MessageSent, offered: list[Offered]) -> list[Offered]:
        """A message_id is offered once a batch. A refused one is asked after: a repeat comes before access."""
        if message.message_id in self.sends:
            return []
        if offered:
            self.sends[message.message_id] = len(self.offered)
        else:
            self.asked_ids.append(message.message_id)
        return offered

    def hidden(self, commands: Sequence[Command], decided: Sequence[Decided]) -> list[UUID]:
        """The streams that commands were told not to exist, without a look into the log."""
        pairs = zip(commands, decided, strict=True)
        refused = [command for command, one in pairs if one.refusal and one.refusal.code == "not_found"]
        return sorted({stream for command in refused for stream in streams(command)} & self.remembered)

    def done(self, decision: Decided, appended: Appended, reached: int) -> Done:
        """What came of a command; `reached` is the last position of the batch. Raises `Rejected`."""
        if decision.message and (first := self._first_use(decision.message, appended)):
            return Done(first.position, (first,), repeated=first not in _written(decision, appended))
        if decision.refusal:
            raise decision.refusal
        recorded = _written(decision, appended)
        return Done(recorded[-1].position if recorded else reached, recorded)

    def _first_use(self, message: MessageSent, appended: Appended) -> Recorded | None:
        """The first message under a message's id: of an earlier append, or of this one."""
        if used := appended.used.get(message.message_id):
            if used.content_hash != message.content_hash():
                raise Rejected("conflict", "message_id: in use by another message")
            return Recorded(used.position, write_stream(message), used.number, used.recorded_at, message)
        if message.message_id not in self.sends:
            return None
        first = appended.recorded[self.sends[message.message_id]]
        assert first is not None, "a message_id that had not been used was written"
        assert isinstance(first.event, MessageSent), "a message_id is a message's"
        if first.event is not message and first.event.content_hash() != message.content_hash():
            raise Rejected("conflict", "message_id: in use by another message")
        return first


def streams(command: Command) -> list[UUID]:
    """The stream that a command is decided on, if there is one."""
    try:
        stream = read_stream(command)
    except Rejected:  # refused again, and answered, when it is decided on
        return []
    return [stream] if stream else []


def _written(decision: Decided, appended: Appended) -> tuple[Recorded, ...]:
    return tuple(recorded for n in decision.events if (recorded := appended.recorded[n]))


def _message(command: Command, offered: Sequence[Offered]) -> MessageSent | None:
    """The message that a command asks for, be it offered or refused."""
    if not isinstance(command, MESSAGES):
        return None
    if offered:
        assert isinstance(offered[0].event, MessageSent), "of such a command comes its message alone"
        return offered[0].event
    return sent(command)
