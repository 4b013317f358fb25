"""The chat's projection: the rows of its read models, folded together under one position."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from time import perf_counter
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from application.store import Recorded, Store
from projections import conversation_list, people, unread_counts
from projections.conversation_list import ConversationRow
from projections.people import PersonRow
from projections.position import NAME, PROJECTED, SHAPE, Projected
from projections.projector import BATCH, Projector
from projections.rows import columns
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

    def missing(self, events: Sequence[Recorded]) -> tuple[list[UUID], list[Key], list[str]]:
        """The keys of the rows that some events are about to be folded into and that are not here yet."""
        places = {key for recorded in events for key in unread_counts.touched(recorded)}
        conversations = {key for recorded in events for key in conversation_list.touched(recorded)}
        conversations |= {conversation_id for conversation_id, _ in places}
        persons = {key for recorded in events for key in people.needed(recorded)}
        # Not by subtraction: a set less a dict's keys takes as long as the dict is large, at every single batch.
        return (
            [key for key in conversations if key not in self.conversations],
            [key for key in places if key not in self.places],
            [key for key in persons if key not in self.people],
        )

    async def load(self, connection: AsyncConnection[Any], schema: str, events: Sequence[Recorded]) -> None:
        """Adds what is missing, where there is such a row."""
        new_conversations, new_places, new_persons = self.missing(events)
        if new_conversations:
            self.conversations |= await conversation_list.load(connection, schema, new_conversations)
        if new_places:
            self.places |= await unread_counts.load(connection, schema, new_places)
        if new_persons:
            self.people |= await people.load(connection, schema, new_persons)

    def fold(self, events: Iterable[Recorded]) -> "Rows":
        """The rows that events change, as they are after them; these rows here stay as they were."""
        changed = Rows()
        conversations, places, persons = changed.conversations, changed.places, changed.people
        for recorded in events:
            for conversation_id in conversation_list.touched(recorded):
                row = conversations.get(conversation_id) or self.conversations.get(conversation_id)
                conversations[conversation_id] = conversation_list.evolve(row, recorded)
            for key in unread_counts.touched(recorded):
                place = places.get(key) or self.places.get(key)
                conversation = conversations.get(key[0]) or self.conversations[key[0]]
                moved = unread_counts.evolve(place, recorded, key, conversation.last_number)
                if moved is not place:
                    places[key] = moved
            for user_id in people.touched(recorded):
                person = persons.get(user_id) or self.people.get(user_id)
                persons[user_id] = people.evolve(person, recorded, user_id)
        return changed

    async def save(self, connection: AsyncConnection[Any], schema: str) -> None:
        if self.conversations:
            await conversation_list.save(connection, schema, list(self.conversations.values()))
        if self.places:
            await unread_counts.save(connection, schema, list(self.places.values()))
        if self.people:
            await people.save(connection, schema, list(self.people.values()))

    def tables(self) -> dict[str, tuple[type[Any], Collection[Any]]]:
        """The rows by their tables, as `columns` takes them; only tables of which there are rows."""
        return {
            table: (row_class, rows.values())
            for table, row_class, rows in (
                ("conversations", ConversationRow, self.conversations),
                ("participants", PlaceRow, self.places),
                ("people", PersonRow, self.people),
            )
            if rows
        }

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
        self._look = True
        self._poked = False
        self._store = store
        self._projected = projected
        self._known = Rows()
        self._changed = Rows()

    def wake(self) -> None:
        """Source: Projector."""
        self._look = True
        super().wake()

    def poke(self) -> None:
        """Wakes it for what this process has written itself: that is at hand, and the log need not be asked."""
        self._poked = True
        super().wake()

    def close(self) -> None:
        """Source: Projector."""
        self._look = True
        super().close()

    async def step(self, limit: int = BATCH) -> bool:
        """A batch of what this process wrote itself, into rows it knows, is one statement. Source: Projector.

        Then only a hint from elsewhere is a reason to look into the log before the next poll.
        """
        began = perf_counter()
        after, generation = self._place
        events = self._store.at_hand(after, limit) if after else []
        poked, self._poked = self._poked, False
        if poked and not self._look and self._store.written <= after:
            return False  # the batch before had it already
        if events and len(self._known) <= KEPT and not any(self._known.missing(events)):
            changed, position = self._known.fold(events), events[-1].position
            if await self._write(changed, position):
                self._place = position, generation
                self._changed, self.failure = changed, None
                self.committed(position)
                self.observe(len(events), perf_counter() - began)
                self._poked = True
                return True
        self._look = False
        return await super().step(limit)

    async def _write(self, changed: Rows, position: int) -> bool:
        """Writes rows and position at once, if nobody has been at it since the last batch; else nothing."""
        after, generation = self._place
        tables = changed.tables()
        rows = {name: value for table, held in tables.items() for name, value in columns(*held, table).items()}
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                _at_once(f"{NAME}_{generation}", *tables),
                {"after": after, "generation": generation, "position": position, **rows},
                prepare=True,
            )
            return bool(cursor.rowcount)

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


UPSERTS = {
    "conversations": conversation_list.upsert,
    "participants": unread_counts.upsert,
    "people": people.upsert,
}


@lru_cache
def _at_once(schema: str, *tables: str) -> bytes:
    """What a batch's transaction does to some tables, as one statement: it has one row where the batch holds."""
    writes = [f"to_{table} AS ({UPSERTS[table](schema, 'EXISTS (SELECT FROM claimed)')}), " for table in tables]
    return f"""
        WITH claimed AS (
            SELECT ctid FROM projections
            WHERE name = '{NAME}' AND shape = {SHAPE} AND position = %(after)s AND generation = %(generation)s
            FOR UPDATE SKIP LOCKED
        ), {"".join(writes)}moved AS (
            UPDATE projections p SET position = %(position)s FROM claimed WHERE p.ctid = claimed.ctid RETURNING position
        )
        SELECT pg_notify('{PROJECTED}', '') FROM moved
    """.encode()
