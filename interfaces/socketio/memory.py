"""What pushes are made of, kept from one batch to the next: rows of the read models, folded here as the log is walked.

They are the projection's own folds, of what concerns the users here. Reading them anew for each batch would cost more
than all else that a push does.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from application.store import Recorded
from domain.profile import NameTold
from domain.reading import MessagesRead
from domain.timeline import MessageSent
from projections import conversation_list, people, unread_counts
from projections.conversation_list import ConversationRow, Summary
from projections.people import PersonRow
from projections.unread_counts import PlaceRow

PLAIN = (MessageSent, MessagesRead, NameTold)
"""What is folded here. Whatever else happens to a conversation is rare, and lets what is known of it be forgotten."""

NOBODY = ""
"""The last sender of a conversation without messages; no user_id is empty."""

People = Mapping[UUID, Set[str]]
"""Users, by conversation."""


@dataclass(slots=True)
class Known:
    """A conversation; `pair` is who a direct one is between. A place is `None` for who takes no part."""

    row: ConversationRow
    pair: Sequence[str]
    places: dict[str, PlaceRow | None] = field(default_factory=dict)

    def fold(self, recorded: Recorded) -> None:
        """A row that was read from a later snapshot has the event already: its position says so."""
        if self.row.position < recorded.position:
            for _ in conversation_list.touched(recorded):
                self.row = conversation_list.evolve(self.row, recorded)
        for key in unread_counts.touched(recorded):
            place = self.places.get(key[1])
            if place and place.position < recorded.position:
                self.places[key[1]] = unread_counts.evolve(place, recorded, key, self.row.last_number)


class Memory:
    """Rows as they are at the last event walked, or at a later snapshot, where they were read only then."""

    def __init__(self, keep: int = 200_000) -> None:
        self._keep = keep
        self._conversations: dict[UUID, Known] = {}
        self._people: dict[str, PersonRow] = {}
        self._size = 0

    def forget(self) -> None:
        self._conversations, self._people, self._size = {}, {}, 0

    def fold(self, events: Iterable[Recorded]) -> None:
        for recorded in events:
            match recorded.event:
                case MessageSent(conversation_id=conversation_id) | MessagesRead(conversation_id=conversation_id):
                    if known := self._conversations.get(conversation_id):
                        known.fold(recorded)
                case NameTold(user_id=user_id):
                    person = self._people.get(user_id)
                    if person and person.position < recorded.position:
                        self._people[user_id] = people.evolve(person, recorded, user_id)
                case _:  # what is of no conversation, like the readings of auditors, touches none
                    for conversation_id in conversation_list.touched(recorded):
                        self._conversations.pop(conversation_id, None)

    def knows(self, wanted: People, named: Iterable[str]) -> bool:
        """Whether nothing has to be read to tell some people of their conversations, and what others are called."""
        for conversation_id, user_ids in wanted.items():
            known = self._conversations.get(conversation_id)
            if (
                known is None
                or not user_ids <= known.places.keys()
                or (known.row.last_sender_id or NOBODY) not in self._people
            ):
                return False
        return all(user_id in self._people for user_id in named)

    async def load(self, connection: AsyncConnection[Any], wanted: People, named: Iterable[str]) -> None:
        """Reads what is not known yet."""
        if self._size > self._keep:
            self.forget()
        if new := [one for one in wanted if one not in self._conversations]:
            pairs = await conversation_list.pairs(connection, new)
            for conversation_id, row in (await conversation_list.load(connection, None, new)).items():
                self._conversations[conversation_id] = Known(row, pairs.get(conversation_id, ()))
        await self._load_places(connection, wanted)
        await self._load_people(connection, {*named, *self._called(wanted)})

    async def _load_places(self, connection: AsyncConnection[Any], wanted: People) -> None:
        missing = [
            (conversation_id, user_id)
            for conversation_id, user_ids in wanted.items()
            for user_id in user_ids - self._conversations[conversation_id].places.keys()
        ]
        places = await unread_counts.load(connection, None, missing) if missing else {}
        for conversation_id, user_id in missing:
            place = places.get((conversation_id, user_id))
            here = place if place and place.removed_position is None else None
            self._conversations[conversation_id].places[user_id] = here
        self._size += len(missing)

    def _called(self, wanted: People) -> Iterable[str]:
        """Who is named in the summaries of some conversations."""
        for conversation_id in wanted:
            known = self._conversations[conversation_id]
            yield from known.pair
            yield known.row.last_sender_id or NOBODY

    async def _load_people(self, connection: AsyncConnection[Any], user_ids: Set[str]) -> None:
        if missing := [user_id for user_id in user_ids if user_id not in self._people]:
            self._people |= await people.everyone(connection, None, missing)
            self._size += len(missing)

    def name(self, user_id: str) -> str:
        return self._people[user_id].name or user_id

    def summaries(self, conversation_id: UUID, user_ids: Iterable[str]) -> dict[str, Summary]:
        """By who sees it; there is none for who takes no part."""
        known = self._conversations[conversation_id]
        row, found = known.row, {}
        of_all = conversation_list.shared(row, row.last_sender_id and self.name(row.last_sender_id))
        for user_id in user_ids:
            if place := known.places[user_id]:
                title = self._other_name(known, user_id) if known.pair else row.title
                position = max(row.position, place.position)
                found[user_id] = conversation_list.seen(of_all, title, place.read_number, position)
        return found

    def _other_name(self, known: Known, user_id: str) -> str:
        return next(self.name(other) for other in known.pair if other != user_id)

    def has_moved(self, read: MessagesRead, position: int) -> bool:
        """Whether a read is the last that moved its reader's place."""
        place = self._conversations[read.conversation_id].places[read.user_id]
        return place is not None and place.read_position == position
