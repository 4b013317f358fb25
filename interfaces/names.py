"""What people are called: each of their tokens may tell it, and the latest counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg_pool import AsyncConnectionPool

from application.writer import Writer
from domain.profile import TellName
from interfaces.claims import Identity
from interfaces.ferry import Ferry
from interfaces.together import Together
from projections import people
from projections.position import Projected

GATHER = 0.02
"""Seconds in which those who connect are gathered: an append, a batch and a look for each were a quarter of what
connecting costs. Who comes alone does not wait."""
MAX_TOLD = 50_000


@dataclass(frozen=True, slots=True)
class Told:
    """The latest of a user's tokens that has told a name here; the read models know of it from `position` on."""

    told_at: datetime
    name: str
    position: int


class Names:
    """Takes in what tokens tell, and says what somebody is called. Every method that waits raises `Rejected`."""

    def __init__(self, writer: Writer, pool: AsyncConnectionPool[Any], projected: Projected) -> None:
        self._writer = writer
        self._pool = pool
        self._projected = projected
        self._told: dict[str, Told] = {}
        self._looked_up = Together(self._called)
        self._ferry = Ferry(GATHER)

    async def enter(self, identity: Identity) -> str | None:
        """As `tell`, for who connects, together with others who do."""
        await self._ferry.board()
        return await self.tell(identity)

    def told(self, user_id: str) -> int:
        """The position from which on the read models reflect what the user's tokens have told here."""
        return self._told[user_id].position if user_id in self._told else 0

    async def tell(self, identity: Identity) -> str | None:
        """Takes in what a token's user is called, unless it is known here that this token, or a later one, has told.

        Answers the name where it is news, and so what the user is called.
        """
        if identity.name is None or self._has_told(identity):
            return None
        user_id, name, told_at = identity.user_id, identity.name, identity.told_at
        done = await self._writer.handle(TellName(actor=user_id, name=name, told_at=told_at, dated=identity.dated))
        self._told[user_id] = Told(told_at, name, done.position)
        if len(self._told) > MAX_TOLD:
            del self._told[next(iter(self._told))]
        return name if done.recorded else None

    def _has_told(self, identity: Identity) -> bool:
        if (told := self._told.get(identity.user_id)) is None:
            return False
        return identity.told_at <= told.told_at if identity.dated else identity.name == told.name

    async def called(self, user: str) -> str:
        """What somebody is called; what the user's tokens have told here is known."""
        return await self._looked_up.find(user)

    async def _called(self, users: Sequence[str]) -> dict[str, str]:
        position = max(map(self.told, users))
        async with self._projected.snapshot(self._pool, position) as (connection, _):
            return {user: user for user in users} | await people.names(connection, users)
