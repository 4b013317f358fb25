"""Who is listening here: the sockets of each user, what each of them watches, and what waits while one joins."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass, field
from math import inf
from typing import Protocol
from uuid import UUID

from interfaces.socketio.frames import Frame
from projections.people import PersonRow


class Outlet(Protocol):
    """Where a receiver's frames go."""

    @property
    def unsent(self) -> int:
        """Bytes that the client has not taken yet."""

    def put(self, frames: list[Frame]) -> None:
        """Sends frames, in order, in one write."""


@dataclass(frozen=True, slots=True)
class Push:
    """A frame for a receiver, at its event's position; `room` where only who watches that conversation gets it."""

    position: int
    frame: Frame
    room: UUID | None = None


@dataclass(slots=True)
class Hold:
    """What is kept back while a receiver's join or sync is being answered; `room` is the conversation being joined.

    All of it is kept back, not the room's alone: else what comes after the answer would be older than what came before.
    `watched`: the room was watched before; a join that is refused leaves it so.
    """

    room: UUID | None
    watched: bool = False
    pushes: list[Push] = field(default_factory=list)
    removals: list[int] = field(default_factory=list)
    size: int = 0

    def take_until(self, snapshot: int) -> list[Push]:
        """What goes out before the answer; of the room, the answer holds it already."""
        due = [push for push in self.pushes if push.position <= snapshot]
        self.pushes = [push for push in self.pushes if push.position > snapshot]
        return [push for push in due if self.room is None or push.room != self.room]

    def take_rest(self, snapshot: int, *, watch: bool) -> list[Push]:
        """What goes out after the answer; of the room, only what lies before a removal."""
        end = self.ends(snapshot)
        return [
            push
            for push in self.pushes
            if self.room is None or push.room != self.room or (watch and push.position < end)
        ]

    def ends(self, snapshot: int) -> float:
        """The position of the removal that ends the watch; one that the snapshot reflects does nothing to it."""
        return min((position for position in self.removals if position > snapshot), default=inf)


class Receiver:
    """One socket of a user."""

    def __init__(self, user_id: str, outlet: Outlet) -> None:
        self.user_id = user_id
        self.outlet = outlet
        self.watching: set[UUID] = set()
        self.hold: Hold | None = None

    @property
    def unsent(self) -> int:
        return self.outlet.unsent + (self.hold.size if self.hold else 0)

    def deliver(self, pushes: list[Push]) -> None:
        if self.hold:
            self.hold.pushes.extend(pushes)
            self.hold.size += sum(push.frame.size for push in pushes)
        else:
            self.outlet.put([push.frame for push in pushes])


@dataclass(slots=True)
class Learning:
    """What a user takes part in and is called, for a socket that is about to be let in, once it has been looked up.

    `since` is what happened meanwhile: where the user came, or went. It ends with `Audience.add` or `forget`.
    """

    user_id: str
    person: PersonRow
    found: Collection[UUID] | None = None
    looking: "asyncio.Future[tuple[list[UUID], PersonRow]] | None" = None
    since: list[tuple[bool, UUID]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the user is called, as of the last event that has been pushed."""
        return self.person.name or self.user_id

    async def end(self) -> None:
        """Waits until it has been found. Raises `psycopg.OperationalError`, or `Rejected` with `unavailable`."""
        if self.looking:
            self.found, person = await asyncio.shield(self.looking)  # others may have asked for the same
            self.tell(person)

    def tell(self, person: PersonRow) -> None:
        self.person = _later(self.person, person)


class Audience:
    """The receivers of this node. `rooms` has those who watch a conversation or are about to."""

    def __init__(self) -> None:
        self.users: dict[str, set[Receiver]] = {}
        self.rooms: defaultdict[UUID, set[Receiver]] = defaultdict(set)
        self._members: defaultdict[UUID, set[str]] = defaultdict(set)
        self._conversations: dict[str, set[UUID]] = {}
        self._people: dict[str, PersonRow] = {}
        self._learning: dict[str, list[Learning]] = {}

    def __bool__(self) -> bool:
        """Whether anybody is here, or about to be."""
        return bool(self.users or self._learning)

    def learn(self, user_id: str) -> Learning:
        """Takes down from here on where a user comes and goes. What is known already need not be looked up."""
        known = self._conversations.get(user_id)
        person = self._people.get(user_id) or PersonRow(user_id, None, 0)
        learning = Learning(user_id, person, None if known is None else list(known))
        self._learning.setdefault(user_id, []).append(learning)
        return learning

    def forget(self, learning: Learning) -> None:
        """Nobody comes of it."""
        others = [one for one in self._learning[learning.user_id] if one is not learning]
        if others:
            self._learning[learning.user_id] = others
        else:
            del self._learning[learning.user_id]

    def add(self, receiver: Receiver, learning: Learning) -> None:
        """Lets a socket in, of whose user it is known what it takes part in."""
        assert learning.found is not None, "looked up before"
        self.forget(learning)
        user_id = receiver.user_id
        self.users.setdefault(user_id, set()).add(receiver)
        self._people[user_id] = _later(self._people.get(user_id, learning.person), learning.person)
        if user_id in self._conversations:
            return
        self._conversations[user_id] = known = set(learning.found)
        for came, conversation_id in learning.since:
            if came:
                known.add(conversation_id)
            else:
                known.discard(conversation_id)
        for conversation_id in known:
            self._members[conversation_id].add(user_id)

    def discard(self, receiver: Receiver) -> None:
        for room in list(receiver.watching):
            self.unwatch(receiver, room)
        if receiver.hold and receiver.hold.room:
            self._leave(receiver, receiver.hold.room)
        receivers = self.users.get(receiver.user_id, set())
        receivers.discard(receiver)
        if not receivers and self.users.pop(receiver.user_id, None) is not None:
            del self._people[receiver.user_id]
            for conversation_id in self._conversations.pop(receiver.user_id, ()):
                self._without(conversation_id, receiver.user_id)

    def told(self, person: PersonRow) -> None:
        """Somebody is called otherwise."""
        for learning in self._learning.get(person.user_id, ()):
            learning.tell(person)
        if known := self._people.get(person.user_id):
            self._people[person.user_id] = _later(known, person)

    def members(self, conversation_id: UUID) -> Set[str]:
        """The users here who take part in a conversation."""
        return self._members.get(conversation_id, frozenset())

    def came(self, conversation_id: UUID, user_ids: Sequence[str]) -> None:
        for user_id in user_ids:
            self._take_down(user_id, True, conversation_id)
            if user_id in self.users:
                self._members[conversation_id].add(user_id)
                self._conversations[user_id].add(conversation_id)

    def went(self, conversation_id: UUID, user_id: str) -> None:
        self._take_down(user_id, False, conversation_id)
        if conversation_id in self._conversations.get(user_id, ()):
            self._conversations[user_id].discard(conversation_id)
            self._without(conversation_id, user_id)

    def _take_down(self, user_id: str, came: bool, conversation_id: UUID) -> None:
        for learning in self._learning.get(user_id, ()):
            learning.since.append((came, conversation_id))

    def _without(self, conversation_id: UUID, user_id: str) -> None:
        self._members[conversation_id].discard(user_id)
        if not self._members[conversation_id]:
            del self._members[conversation_id]

    def end_watches(self, conversation_id: UUID, user_id: str, position: int) -> None:
        """Somebody was removed at a position: nothing of the room after it."""
        for receiver in self.users.get(user_id, ()):
            self.unwatch(receiver, conversation_id)
            if receiver.hold and receiver.hold.room == conversation_id:
                receiver.hold.removals.append(position)

    def hold(self, receiver: Receiver, room: UUID | None = None) -> Hold:
        """Keeps back what is pushed to a receiver; a watch of the `room` being joined begins anew."""
        assert receiver.hold is None, "one socket's joins and syncs are answered one after the other"
        receiver.hold = Hold(room, room in receiver.watching)
        if room:
            receiver.watching.discard(room)
            self.rooms[room].add(receiver)
        return receiver.hold

    def flush(self, receiver: Receiver, snapshot: int) -> None:
        """Lets out what an answer of that snapshot has to come after."""
        assert receiver.hold is not None, "flushed while it is held"
        if pushes := receiver.hold.take_until(snapshot):
            receiver.outlet.put([push.frame for push in pushes])

    def release(self, receiver: Receiver, snapshot: int, *, watch: bool) -> None:
        """Lets out what was kept back; the receiver watches from here on, unless it was removed meanwhile."""
        hold, receiver.hold = receiver.hold, None
        assert hold is not None, "released once"
        if receiver not in self.users.get(receiver.user_id, ()):
            return
        if hold.room and watch and hold.ends(snapshot) == inf:
            receiver.watching.add(hold.room)
        elif hold.room:
            self._leave(receiver, hold.room)
        if pushes := hold.take_rest(snapshot, watch=watch):
            receiver.deliver(pushes)

    def unwatch(self, receiver: Receiver, room: UUID) -> None:
        if room in receiver.watching:
            receiver.watching.discard(room)
            self._leave(receiver, room)

    def _leave(self, receiver: Receiver, room: UUID) -> None:
        self.rooms[room].discard(receiver)
        if not self.rooms[room]:
            del self.rooms[room]


def _later(one: PersonRow, other: PersonRow) -> PersonRow:
    """What was looked up may be newer than an event that passes by."""
    return other if other.position > one.position else one
