"""Keeps back what is new of a history: what the log does not hold yet, be it imported before or sent here."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from application.store import Store, Used
from domain.base import Rejected, Source
from domain.timeline import MessageSent
from interfaces.history.files import Bad
from interfaces.history.lines import Line
from interfaces.history.patience import Patience
from interfaces.history.readers import Readers
from interfaces.history.survey import Destination, Survey, destination
from interfaces.history.tally import Tally

Numbered = tuple[int, Line | Bad]


class Entry(NamedTuple):
    """A line that can be imported, by its number."""

    number: int
    line: Line
    to: Destination
    message: MessageSent

    @property
    def own_id(self) -> UUID | None:
        """The id of a message that was sent here: this log's export has it where it has no key."""
        return as_id(self.line.message)


class Sieve:
    """Remembers the conversations it has met, and the messages that are on their way into the log."""

    def __init__(self, store: Store, found: Survey, tally: Tally, readers: Readers, patience: Patience) -> None:
        self.destinations: dict[str, Destination] = {}
        self._store = store
        self._found = found
        self._tally = tally
        self._readers = readers
        self._patience = patience
        self._under_way: dict[UUID, MessageSent] = {}

    async def fresh(self, chunk: Sequence[Numbered]) -> list[Entry]:
        """What is new among some lines; none behind the one that ends the import."""
        entries = [self._entry(number, line) for number, line in chunk]
        under_way = self._under_way.copy()  # what settles while the log is asked need not be in its answer
        used = await self._used([one for one in entries if isinstance(one, Entry)])
        fresh: list[Entry] = []
        for (number, _), one in zip(chunk, entries, strict=True):
            try:
                if isinstance(one, Bad):
                    self._tally.reject(number, one.problem, last=one.last)
                elif self._is_known(one, used, under_way):
                    self._tally.known += 1
                else:
                    under_way[one.message.message_id] = self._under_way[one.message.message_id] = one.message
                    fresh.append(one)
            except Rejected as refusal:
                self._tally.reject(number, refusal.message)
            if self._tally.stopped:
                break
        return fresh

    def settled(self, one: Entry) -> None:
        """The log has been heard about it."""
        del self._under_way[one.message.message_id]

    async def _used(self, entries: Sequence[Entry]) -> Mapping[UUID, Used]:
        asked = [one.message.message_id for one in entries] + [own_id for one in entries if (own_id := one.own_id)]
        return await self._patience(lambda: self._store.used(asked))

    def _entry(self, number: int, line: Line | Bad) -> Entry | Bad:
        if isinstance(line, Bad):
            return line
        to = self.destinations.get(line.conversation)
        if to is None:
            to = self.destinations[line.conversation] = destination(line, self._found)
        if line.contradicts(to.kind):
            return Bad(f"kind: {line.kind} contradicts the conversation's first line, by which it is {to.kind}")
        if to.kind == "direct" and len(to.people) != 2:
            return Bad(f"kind: direct needs exactly two senders in the file, this conversation has {_count(to)}")
        return Entry(number, line, to, _message(line, to))

    def _is_known(self, one: Entry, used: Mapping[UUID, Used], under_way: Mapping[UUID, MessageSent]) -> bool:
        """Raises `Rejected` with `conflict` where the log, or a line before, has other content under the same key."""
        if first := used.get(one.message.message_id):
            _check(first.content_hash == one.message.content_hash())
            self._readers.reached(one.to.conversation_id, first.number)
            return True
        if before := under_way.get(one.message.message_id):
            _check(before.content_hash() == one.message.content_hash())
            return True
        return one.own_id is not None and _is_own(one, used.get(one.own_id))


def _message(line: Line, to: Destination) -> MessageSent:
    return MessageSent(
        actor=None,
        conversation_id=to.conversation_id,
        message_id=to.message_id(line.message),
        sender_id=line.sender,
        body=line.body,
        sent_at=line.sent_at,
        source=Source(conversation=line.conversation, message=line.message),
    )


def _count(to: Destination) -> str:
    return "one" if len(to.people) == 1 else "more"


def _check(same: bool) -> None:
    if not same:
        raise Rejected("conflict", "this message was imported before, with another conversation, sender or body")


def _is_own(one: Entry, first: Used | None) -> bool:
    """Whether a line is the very message that was sent here under that id."""
    if first is None:
        return False
    conversations = [one.to.conversation_id, as_id(one.line.conversation)]
    copies = [one.message.model_copy(update={"conversation_id": each}) for each in conversations if each]
    return first.content_hash in [copy.content_hash() for copy in copies]


def as_id(key: str) -> UUID | None:
    """A key that is an id, as the export writes them."""
    try:
        found = UUID(key) if len(key) == 36 else None
    except ValueError:
        return None
    return found if str(found) == key else None
