"""The chat's projection: the rows of its read models, folded together under one position."""

from collections import ChainMap
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from application.store import Recorded, Store
from projections import conversation_list, people, unread_counts
from projections.conversation_list import ConversationRow
from projections.people import PersonRow
from projections.position import NAME, PROJECTED, SHAPE, Projected
from projections.projector import Projector
from projections.unread_counts import Key, PlaceRow

KEPT = 100_000
"""Rows kept in memory, at the most, from one batch to the next."""


class Rows:
    """Rows of the chat's read models, by their keys."""

    def __init__(self) -> None:
        self.conversations: dict[UUID, ConversationRow] = {}
        self.places: dict[Key, PlaceRow] = {}
        self.people: dict[str, PersonRow] = {}

    def __len__(self) -> int:
        return len(self.conversations) + len(self.places) + len(self.people)

    async def load(self, connection: AsyncConnection[Any], schema: str, events: Sequence[Recorded]) -> None:
        """Adds the rows that some events are about to be folded into and that are not here yet."""
        places = {key for recorded in events for key in unread_counts.touched(recorded)}
        conversations = {key for recorded in events for key in conversation_list.touched(recorded)}
        conversations |= {conversation_id for conversation_id, _ in places}
        persons = {key for recorded in events for key in people.touched(recorded)}
        # Not by subtraction: a set less a dict's keys takes as long as the dict is large, at every single batch.
        if new_conversations := [key for key in conversations if key not in self.conversations]:
            self.conversations |= await conversation_list.load(connection, schema, new_conversations)
        if new_places := [key for key in places if key not in self.places]:
            self.places |= await unread_counts.load(connection, schema, new_places)
        if new_persons := [key for key in persons if key not in self.people]:
            self.people |= await people.load(connection, schema, new_persons)

    def fold(self, events: Iterable[Recorded]) -> "Rows":
        """The rows that events change, as they are after them; these rows here stay as they were."""
        changed = Rows()
        conversations = ChainMap(changed.conversations, self.conversations)
        places = ChainMap(changed.places, self.places)
        persons = ChainMap(changed.people, self.people)
        for recorded in events:
            for conversation_id in conversation_list.touched(recorded):
                row = conversations.get(conversation_id)
                conversations[conversation_id] = conversation_list.evolve(row, recorded)
            for key in unread_counts.touched(recorded):
                place = places.get(key)
                moved = unread_counts.evolve(place, recorded, key, conversations[key[0]].last_number)
                if moved is not place:
                    places[key] = moved
            for user_id in people.touched(recorded):
                persons[user_id] = people.evolve(persons.get(user_id), recorded, user_id)
        return changed

    async def save(self, connection: AsyncConnection[Any], schema: str) -> None:
        if self.conversations:
            await conversation_list.save(connection, schema, list(self.conversations.values()))
        if self.places:
            await unread_counts.save(connection, schema, list(self.places.values()))
        if self.people:
            await people.save(connection, schema, list(self.people.values()))

    def update(self, changed: "Rows") -> None:
        self.conversations |= changed.conversations
        self.places |= changed.places
        self.people |= changed.people


class ChatProjector(Projector[Recorded]):
    """Projects the chat, and tells `projected` how far it has come."""

    def __init__(
        self, pool: AsyncConnectionPool[Any], store: Store, projected: Projected, *, poll: float = 1.0
    ) -> None:
        super().__init__(NAME, pool, channel=PROJECTED, poll=poll, shape=SHAPE)
        self._store = store
        self._projected = projected
        self._known = Rows()
        self._changed = Rows()

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Source: Projector."""
        return await self._store.tail(after, limit)

    async def apply(self, connection: AsyncConnection[Any], schema: str, events: Sequence[Recorded]) -> None:
        """Source: Projector."""
        if len(self._known) > KEPT:
            self.forget()
        await self._known.load(connection, schema, events)
        self._changed = self._known.fold(events)
        # Not by a pipeline: it ends in a Flush, which turns idle_in_transaction_session_timeout off on the server, and
        # a process that hangs would keep the others from projecting for ever. It is no faster either.
        await self._changed.save(connection, schema)

    def committed(self, position: int) -> None:
        """From here on the rows are known as they are after the batch. Source: Projector."""
        self._known.update(self._changed)
        self._changed = Rows()
        self._projected.reached(position)

    def forget(self) -> None:
        """Source: Projector."""
        self._known, self._changed = Rows(), Rows()
