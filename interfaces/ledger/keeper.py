"""Keeps the ledger: projects it, signs it, and gives out what was signed."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog
from psycopg_pool import AsyncConnectionPool

from interfaces.ledger.keys import SigningKey
from interfaces.ledger.outlets import Appended, Delivery, Outlet, Posted
from interfaces.ledger.signer import Signer
from interfaces.settings import Settings
from projections.ledger.projector import LedgerProjector

log = structlog.get_logger()


class Part(Protocol):
    """Something that runs until it is closed, and then ends by itself."""

    async def run(self) -> None: ...

    def close(self) -> None: ...


class Keeper:
    """All of it on one connection. Without a key it projects and gives out, but signs nothing."""

    def __init__(
        self,
        settings: Settings,
        projector: LedgerProjector,
        key: SigningKey | None,
        pool: AsyncConnectionPool[Any],
        tell: Callable[[str], Awaitable[int]],
    ) -> None:
        self.projector = projector
        self.deliveries = [Delivery(outlet, pool, poll=settings.poll) for outlet in _outlets(settings)]
        self.signer: Signer | None = None
        if key:
            self.signer = Signer(key, pool, tell, signed=self._signed, every=settings.ledger_every, poll=settings.poll)
        else:
            log.warning("ledger not signed here", why="LITSPARK_LEDGER_KEY is not set, and the database is elsewhere")

    @property
    def stages(self) -> list[list[Part]]:
        """What is to run; at the end, each stage once the one before it has ended, with what that one has left."""
        return [[self.projector], [self.signer] if self.signer else [], [*self.deliveries]]

    def _signed(self) -> None:
        for delivery in self.deliveries:
            delivery.wake()


def _outlets(settings: Settings) -> list[Outlet]:
    outlets: list[Outlet] = []
    if settings.ledger_file:
        outlets.append(Appended(settings.ledger_file))
    if settings.ledger_url:
        outlets.append(Posted(settings.ledger_url, settings.ledger_patience))
    return outlets
