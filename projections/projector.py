"""The chat's projection: a batch of events, the rows of every read model and its position, in one transaction."""

import asyncio
from collections import ChainMap
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from application.store import Recorded, Store
from projections import conversation_list, people, unread_counts
from projections.conversation_list import ConversationRow
from projections.people import PersonRow
from projections.position import NAME, PROJECTED, Projected, rung
from projections.unread_counts import Key, PlaceRow

log = structlog.get_logger()

BATCH = 1_000
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


class Projector:
    """Projects the log as long as it runs. Any number of processes may: one at a time is at it, the others try again.

    `wake` is called when the log has grown; a poll every `poll` seconds is the truth.
    """

    def __init__(
        self, pool: AsyncConnectionPool[Any], store: Store, projected: Projected, *, poll: float = 1.0
    ) -> None:
        self.failure: str | None = None
        """Why the projection stands still, if it does."""
        self._pool = pool
        self._store = store
        self._projected = projected
        self._poll = poll
        self._wake = asyncio.Event()
        self._closed = asyncio.Event()
        self._known = Rows()
        self._position = 0
        self._generation = 0

    def wake(self) -> None:
        self._wake.set()

    def close(self) -> None:
        """Ends once what the log holds has been projected, or cannot be."""
        self._closed.set()
        self._wake.set()

    async def run(self) -> None:
        """Projects until `close` is called. A batch that fails is tried again, ever later; nothing is skipped."""
        failures, limit = 0, BATCH
        while True:
            closing = self._closed.is_set()  # asked before the log is read: what came in until then is still projected
            self._wake.clear()
            bell = self._wake
            try:
                moved, failures = await self.step(limit), 0
                limit = min(limit * 2, BATCH)
            except psycopg.OperationalError as error:
                log.warning("projection waits for the database", projection=NAME, error=str(error))
                moved, failures = False, failures + 1
            except Exception as error:
                if limit > 1:  # what comes before the guilty event goes through
                    limit //= 2
                    continue
                log.exception("projection stands still", projection=NAME, position=self._position)
                self.failure = f"{type(error).__name__} after position {self._position}"
                moved, failures, bell = False, failures + 1, self._closed  # no sooner because of more events
            if moved:
                continue
            if closing:
                return
            await rung(bell, min(self._poll * 2 ** min(failures, 5), 30.0))

    async def step(self, limit: int = BATCH) -> bool:
        """Projects one batch of up to `limit` events; false where there is none, or another process is at it."""
        async with self._pool.connection() as connection:
            async with connection.transaction():
                if (claimed := await _claim(connection)) is None:
                    return False
                self._at(*claimed)
                events = await self._store.tail(self._position, limit)
                changed = await self._apply(connection, events) if events else Rows()
            # Committed: from here on the rows are known as they are after the batch.
            self._known.update(changed)
            self._position = events[-1].position if events else self._position
        self.failure = None
        self._projected.reached(self._position)
        return bool(events)

    def _at(self, position: int, generation: int) -> None:
        """Keeps the rows from batch to batch, while no other process comes between."""
        if (position, generation) != (self._position, self._generation) or len(self._known) > KEPT:
            self._known = Rows()
        self._position, self._generation = position, generation

    async def _apply(self, connection: AsyncConnection[Any], events: Sequence[Recorded]) -> Rows:
        schema = f"{NAME}_{self._generation}"
        await self._known.load(connection, schema, events)
        changed = self._known.fold(events)
        # Not by a pipeline: it ends in a Flush, which turns idle_in_transaction_session_timeout off on the server, and
        # a process that hangs would keep the others from projecting for ever. It is no faster either.
        await changed.save(connection, schema)
        await connection.execute(
            "WITH moved AS (UPDATE projections SET position = %s WHERE name = %s) SELECT pg_notify(%s, '')",
            (events[-1].position, NAME, PROJECTED),
        )
        return changed


async def _claim(connection: AsyncConnection[Any]) -> tuple[int, int] | None:
    cursor = await connection.execute(
        "SELECT position, generation FROM projections WHERE name = %s FOR UPDATE SKIP LOCKED", (NAME,)
    )
    return await cursor.fetchone()
