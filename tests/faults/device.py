"""A device that stays for long: it keeps no push, but what each claims, and what is wrong at first sight."""

from collections.abc import Callable, Sequence
from typing import Any

from interfaces.client import Push
from interfaces.client.view import View
from interfaces.shapes import (
    ConversationRemoved,
    ConversationUpdated,
    Joined,
    MessagesRead,
    NewConversation,
    NewMessage,
    ParticipantsChanged,
    Synced,
)
from tests.client import Client, position
from tests.faults.history import History, digest
from tests.faults.processes import token


class Device(Client):
    """`where` says at each connect to which server. Two devices may be one user's."""

    def __init__(
        self, history: History, user: str, name: str, where: Callable[[], str], transports: Sequence[str]
    ) -> None:
        super().__init__("", token(user), transports, patience=5, longest_pause=0.5)
        self.user = user
        self.name = name
        self.tries = 0
        self.connects = 0
        self._history = history
        self._where = where
        self._last = 0
        self._numbers: dict[str, int] = {}
        self._next: dict[str, int] = {}

    async def connect(self) -> "Device":
        self.url = f"{self._where()}/?device={self.name}"
        self._last, self._numbers = 0, {}
        self.connects += 1
        await super().connect()
        return self

    async def _once(self, *asked: Any) -> Any:
        self.tries += 1
        return await super()._once(*asked)

    def drop(self) -> None:
        """Hangs up without a word, and comes back."""
        if self._line:
            self._line.end()

    @property
    def view(self) -> View:
        return self._view

    @view.setter
    def view(self, view: View) -> None:
        """There is one log: a view that is begun anew has lost something."""
        if hasattr(self, "_view"):
            self._wrong("was told that its cursor lies beyond the log")
        self._view = view

    def _wrong(self, what: str) -> None:
        self._history.accuse(f"{self.name} {what}")

    # Pushes

    def _remember(self, push: Push) -> None:
        self._history.push()
        at = position(push)
        if at < self._last:
            self._wrong(f"was pushed position {at} after {self._last}")
        self._last = at
        self._claim(push, at)

    def _claim(self, push: Push, at: int) -> None:
        claim = self._history.claim
        match push:
            case NewMessage(conversation_id=conversation_id, message=message):
                if message.number <= self._numbers.get(conversation_id, 0):
                    self._wrong(f"was pushed message {message.number} of {conversation_id} twice or late")
                self._numbers[conversation_id] = message.number
                self._history.claim_message(self.user, message)
            case ConversationUpdated() | NewConversation():
                self._history.claim_summary(self.user, push.conversation)
            case MessagesRead():
                claim(at, "read", self.user, push.conversation_id, push.user_id, push.read_number)
            case ParticipantsChanged():
                added = tuple(one.user_id for one in push.added)
                claim(at, "people", self.user, push.conversation_id, added, tuple(push.removed))
            case ConversationRemoved():
                claim(at, "removed", self.user, push.conversation_id)
            case _:
                self._wrong(f"was told {type(push).__name__}")

    # What is new, pushed or missed: each message of a conversation that is watched once, in order

    def _tell(self, pushes: Sequence[Push]) -> None:
        for push in pushes:
            if isinstance(push, NewMessage):
                self._expect(push.conversation_id, push.message.number)

    def _expect(self, conversation_id: str, number: int) -> None:
        expected = self._next.get(conversation_id)
        if number != expected:
            self._wrong(f"was told message {number} of {conversation_id} where {expected} was next")
        self._next[conversation_id] = number + 1

    def missed(self, conversation_id: str, last_number: int) -> None:
        """In the end nothing more is to come."""
        self._expect(conversation_id, last_number + 1)

    # Answers

    def _synced(self, ack: Synced) -> None:
        for summary in ack.conversations:
            self._history.claim_summary(self.user, summary)
            if not ack.has_more:
                self._history.claim(int(ack.cursor), "theirs", self.user, summary.conversation_id)
        super()._synced(ack)

    def _joined(self, ack: Joined) -> None:
        conversation_id = ack.conversation.conversation_id
        fresh = conversation_id not in self.rooms
        if not ack.has_more:
            self._history.claim(int(ack.cursor), "theirs", self.user, conversation_id)
        for message in ack.messages:
            self._history.claim(
                message.position, "content", self.user, conversation_id, message.number, digest(message)
            )
        if fresh:
            self._next[conversation_id] = ack.conversation.last_number + 1
        super()._joined(ack)
