"""Which projections can be rebuilt, what a rebuild runs on, and who clears up behind it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from application.store import Store
from interfaces.connections import RECONNECT, pool
from interfaces.settings import Settings
from projections import generation
from projections.analytics import projector as analytics
from projections.chat import ChatProjector
from projections.position import NAME, Projected
from projections.projector import Projector
from projections.rebuild import BeingRebuilt, Rebuild

log = structlog.get_logger()

REBUILDABLE: dict[str, Callable[[AsyncConnectionPool[Any], Store], Projector[Any]]] = {
    NAME: lambda building, store: ChatProjector(building, store, Projected()),
    analytics.NAME: lambda building, store: analytics.AnalyticsProjector(building, store, None),
}
"""By name, in the order in which they come after one another."""

EVIDENCE = {"ledger": "the ledger is evidence, and is not made anew: `litspark audit verify` recomputes it"}
"""What has rows of its own and must not be rebuilt: a log that was tampered with would be made to fit again."""


@asynccontextmanager
async def rebuilding(settings: Settings, database_url: str, name: str) -> AsyncIterator[Rebuild]:
    """The rebuild of one projection, on connections of its own. One lost connection ends it; it can be run again."""
    async with (
        pool(database_url, "rebuild read", 1, snapshots=True, patience=settings.patience) as reading,
        # A crash takes back what was built and how far it was, together.
        pool(database_url, "rebuild", 1, "synchronous_commit=off", patience=settings.patience) as building,
        building.connection() as connection,
    ):
        await generation.sweep(connection, settings.keep_replaced)
        projector = REBUILDABLE[name](building, Store(reading, reading))
        yield Rebuild(projector, connection, patience=settings.patience)


async def see_to_rows(settings: Settings, database_url: str) -> None:
    """Makes rows in the shapes of this code where there are none; who was faster is waited for.

    So is a database that goes meanwhile. Raises `psycopg.OperationalError` where it does not come back in time.
    """
    patience = max(settings.patience, settings.start_patience)  # nobody is waiting for an answer yet
    give_up = monotonic() + patience
    async with pool(database_url, "shapes", 1, patience=patience) as looking:
        for name in REBUILDABLE:
            await _see_to(settings, database_url, looking, name, give_up)


async def _see_to(
    settings: Settings, database_url: str, looking: AsyncConnectionPool[Any], name: str, give_up: float
) -> None:
    """The same for one projection, until a moment by `monotonic`."""
    shape = REBUILDABLE[name](looking, Store(looking, looking)).shape
    while True:
        try:
            while not await _served(looking, name, shape):
                log.info("rows get another shape", projection=name, shape=shape)
                await _make(settings, database_url, name)
        except psycopg.OperationalError as error:
            if monotonic() >= give_up:
                raise
            log.warning("rows wait for the database", projection=name, error=str(error))
            await asyncio.sleep(RECONNECT)
        else:
            return


async def _served(looking: AsyncConnectionPool[Any], name: str, shape: int) -> bool:
    async with looking.connection() as connection:
        return (await generation.serving(connection, name, shape)).shape == shape


async def _make(settings: Settings, database_url: str, name: str) -> None:
    try:
        async with rebuilding(settings, database_url, name) as rebuild:
            await rebuild.begin()
            await rebuild.run(lambda position: log.info("rebuilding", projection=name, position=position), accept=True)
    except BeingRebuilt:
        await asyncio.sleep(settings.poll)


async def sweep(settings: Settings, database_url: str) -> None:
    """Drops what has been replaced for long enough, now and then, for ever: any server may, and one is enough."""
    while True:
        await asyncio.sleep(settings.keep_replaced / 2)
        try:
            async with await AsyncConnection.connect(
                database_url, autocommit=True, client_encoding="UTF8", application_name="litspark sweep"
            ) as connection:
                for schema in await generation.sweep(connection, settings.keep_replaced):
                    log.info("replaced rows dropped", schema=schema)
        except psycopg.OperationalError as error:
            log.warning("replaced rows not dropped", error=str(error))
