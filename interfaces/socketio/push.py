"""What goes out by itself: each node follows the projected position, and pushes to the sockets that it holds."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool

from application.store import Recorded, Store
from domain.base import Rejected
from domain.timeline import MessageSent
from interfaces.socketio.audience import Audience, Learning, Receiver
from interfaces.socketio.lookup import Lookup
from interfaces.socketio.walk import Key, Walk
from interfaces.together import Together
from projections import conversation_list, people
from projections.people import PersonRow
from projections.position import Projected, rung

log = structlog.get_logger()

BATCH = 1_000


class Pusher:
    """Walks the log behind the projection, a batch at a time. `walked` is the position that all sockets have got.

    `drop` is called for a receiver that does not keep up: it is disconnected, never silently skipped.
    """

    def __init__(
        self,
        store: Store,
        pool: AsyncConnectionPool[Any],
        projected: Projected,
        audience: Audience,
        drop: Callable[[Receiver], None],
        *,
        max_unsent: int,
        max_batch: int,
        poll: float,
        patience: float,
    ) -> None:
        self.audience = audience
        self.walked = 0
        self.failure: str | None = None
        """Why nothing is pushed, if so. It is tried again; nothing is skipped."""
        self.observe: Callable[[int, float, float], None] = lambda events, seconds, age: None
        """Hears of each batch: how many events it had, how long it took, and how old the first of them was then."""
        self._store = store
        self._pool = pool
        self._projected = projected
        self._drop = drop
        self._max_unsent = max_unsent
        self._max_batch = max_batch
        self._poll = poll
        self._patience = patience
        self._stepped = asyncio.Event()
        self._fresh: set[Key] = set()
        self._lookup = Lookup(pool, audience)
        self._schema = ""
        self._users = Together(self._who_they_are)

    async def begin(self) -> None:
        """Begins where the read models are: whoever comes later asks for what came before.

        To be awaited before anybody is let in: they would never hear of what happened between their coming and this.
        A database that is away is waited for.
        """
        while True:
            try:
                await self._projected.look(self._pool)
            except psycopg.OperationalError as error:
                log.warning("pushes wait for the database", error=str(error))
                await asyncio.sleep(self._poll)
            else:
                self.walked = self._projected.position
                return

    async def run(self) -> None:
        """Pushes for ever."""
        while True:
            self._projected.news.clear()
            try:
                moved, self.failure = await self.step(), None
            except psycopg.OperationalError as error:
                log.warning("pushes wait for the database", error=str(error))
                await asyncio.sleep(self._poll)
            except Exception as error:
                log.exception("pushes stand still", position=self.walked)
                self.failure = f"{type(error).__name__} after position {self.walked}"
                await asyncio.sleep(self._poll)
            else:
                if moved:  # where all is in memory nothing has been waited for, and sockets have not been written to
                    await asyncio.sleep(0)
                else:
                    await rung(self._projected.news, self._poll)

    def learn(self, user_id: str) -> Learning:
        """Begins to look up what a user takes part in and is called, for a socket that is then added to the `audience`.

        No batch asks for who is not there yet: what was pushed by then is older than any snapshot that the socket can
        sync with.
        """
        learning = self.audience.learn(user_id)
        if learning.found is None:
            learning.looking = self._users.ask(user_id)
        return learning

    async def _who_they_are(self, user_ids: Sequence[str]) -> dict[str, tuple[list[UUID], PersonRow]]:
        async with self._projected.snapshot(self._pool) as (connection, _):
            conversations = await conversation_list.of_users(connection, user_ids)
            persons = await people.everyone(connection, None, user_ids)
        return {user_id: (conversations[user_id], persons[user_id]) for user_id in user_ids}

    async def caught_up(self, position: int) -> None:
        """Waits until a position has been pushed. Raises `Rejected` with `unavailable` when that takes too long."""
        try:
            async with asyncio.timeout(self._patience):
                while self.walked < position:
                    await self._stepped.wait()
        except TimeoutError:
            raise Rejected("unavailable", "the pushes have not come so far yet", retry_after=1.0) from None

    async def step(self) -> bool:
        """Pushes one batch; false where everything has been pushed."""
        target = self._projected.position
        if target <= self.walked:
            return False
        began = perf_counter()
        events = await self._events(target)
        if events:
            await self._push(events)
            age = datetime.now(UTC) - events[0].recorded_at
            self.observe(len(events), perf_counter() - began, age.total_seconds())
        self.walked = events[-1].position if events else target
        self._stepped.set()
        self._stepped = asyncio.Event()
        return True

    async def _events(self, target: int) -> Sequence[Recorded]:
        """The next events, up to the most that may be pushed to one socket at once."""
        if not self.audience or self._schema != self._projected.schema:
            self._schema = self._projected.schema
            self._lookup.forget()
        if not self.audience:
            return []
        events = await self._store.tail(self.walked, BATCH, upto=target)
        size = 0
        for count, recorded in enumerate(events, 1):
            size += 300 + (len(recorded.event.body.encode()) if isinstance(recorded.event, MessageSent) else 0)
            if size > self._max_batch:
                return events[:count]
        return events

    async def _push(self, events: Sequence[Recorded]) -> None:
        facts = await self._lookup.facts(events)
        self._fresh = {key for key in self._fresh if key[1] in self.audience.users}
        walk = Walk(self.audience, facts, self._fresh)
        for recorded in events:
            walk.pass_by(recorded)
        walk.add_summaries(self.walked, events[-1].position)
        for receiver, pushes in walk.out.items():
            if receiver.unsent > self._max_unsent:
                self._drop(receiver)
            else:
                pushes.sort(key=lambda push: push.position)
                receiver.deliver(pushes)
