"""A projection's rows made anew from the log, beside those that serve, which then make way for them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection, IsolationLevel

from projections import generation
from projections.comparison import Difference, differences
from projections.generation import Generation
from projections.projector import Projector

BATCH = 10_000
"""Events a transaction. A row that many of them change is written once."""
NEAR = 1_000
"""Events that may be folded while the serving rows are held."""


class BeingRebuilt(Exception):
    """Another process is at it."""


class Differs(Exception):
    """The rows made anew are not those that serve, which go on serving. What was built is kept."""

    def __init__(self, found: Sequence[Difference]) -> None:
        super().__init__("the rows made anew differ from those that serve")
        self.differences = found


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`events`: those that were folded by this run. `differences`: those that were accepted."""

    generation: Generation
    events: int
    differences: Sequence[Difference]


class Rebuild:
    """Builds the next generation of a projection on a connection of its own, and lets it succeed the serving one.

    Every batch is one transaction. Whoever stops it, however, leaves the old one serving, and what was built to the
    next run. It never goes beyond the serving position, so that the two can be compared row by row.
    """

    def __init__(
        self,
        projector: Projector[Any],
        connection: AsyncConnection[Any],
        *,
        batch: int = BATCH,
        near: int = NEAR,
        lock_timeout: float = 0.1,
        pause: float = 0.5,
        patience: float = 2.0,
    ) -> None:
        """`lock_timeout`: seconds that readers of the views may be kept waiting; `pause`: until it is tried again.

        `patience`: how long another's rebuild that is just ending is waited for.
        """
        self._projector = projector
        self._connection = connection
        self._batch = batch
        self._near = near
        self._lock_timeout = lock_timeout
        self._pause = pause
        self._patience = patience
        self._building = Generation(projector.name, projector.shape, 0, 0)
        self._position = 0

    async def begin(self) -> tuple[int, int]:
        """Takes the projection on: how far it has been built, and how far it is to go.

        Raises `BeingRebuilt`.
        """
        name, shape = self._projector.name, self._projector.shape
        if not await generation.claim(self._connection, name, self._patience):
            raise BeingRebuilt(f"{name} is being rebuilt by another process")
        self._building = await generation.begun(self._connection, name, shape)
        self._position = self._building.position
        return self._position, (await self._serving()).position

    async def run(self, at: Callable[[int], object], *, accept: bool = False) -> Rebuilt:
        """Builds, compares, and swaps. `at` hears how far it is. Raises `Differs`, unless that is to be `accept`ed."""
        await self.fill(at)
        for table in await generation.tables(self._connection, self._building.schema):
            await self._connection.execute(f'VACUUM (ANALYZE) {self._building.schema}."{table}"'.encode())
        found = await self.compare()
        if found and not accept:
            raise Differs(found)
        while True:
            await self.fill(at)
            try:
                found += await self.swap(accept=accept)
                break
            except psycopg.errors.LockNotAvailable:
                await asyncio.sleep(self._pause)
        return Rebuilt(self._building, self._position - self._building.position, found)

    async def fill(self, at: Callable[[int], object]) -> None:
        """Folds the log, batch by batch, until the serving position is near."""
        while (serving := await self._serving()).position - self._position > self._near:
            async with self._transaction():
                await self._fold(min(self._position + self._batch, serving.position))
            at(self._position)

    async def compare(self) -> list[Difference]:
        """Folds up to the serving position of one snapshot, and compares all rows as they are in it.

        Nothing is locked, and nobody waits.
        """
        await self._connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
        try:
            async with self._transaction():
                serving = await self._serving()
                await self._fold(serving.position)
                return await differences(self._connection, serving.schema, self._building.schema)
        finally:
            await self._connection.set_isolation_level(None)

    async def swap(self, *, accept: bool) -> list[Difference]:
        """In one short transaction: the serving rows stand still, the last events are folded, the generation changes.

        The position does not: no reader sees less than before. Raises `psycopg.errors.LockNotAvailable` where somebody
        reads a view for too long, or the projection has a long batch; nothing has happened then.
        """
        async with self._transaction():
            await self._connection.execute(f"SET LOCAL lock_timeout = {int(self._lock_timeout * 1000)}".encode())
            serving = await self._serving()
            await generation.show(self._connection, serving, self._building)  # first: the chat does not wait for it
            serving = await generation.held(self._connection, serving)
            await self._fold(serving.position)
            found = await differences(self._connection, serving.schema, self._building.schema, touched=True)
            if found and not accept:
                raise Differs(found)
            await generation.succeed(self._connection, serving, self._building, self._position)
        return found

    async def _serving(self) -> Generation:
        return await generation.serving(self._connection, self._projector.name, self._projector.shape)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        """Where it fails, what was folded in it has not been."""
        before = self._position
        try:
            async with self._connection.transaction():
                yield
        except BaseException:
            self._position = before
            self._projector.forget()
            raise

    async def _fold(self, upto: int) -> None:
        """Folds the events up to a position into the rows being built."""
        while self._position < upto:
            events = await self._projector.read(self._position, min(self._batch, upto - self._position))
            assert events, "positions have no gaps"
            await self._projector.apply(self._connection, self._building.schema, events)
            self._position = events[-1].position
            self._projector.committed(self._position)
            await generation.move(self._connection, self._building, self._position)
