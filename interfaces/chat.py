"""A chat that runs, without its doors: built and joined wherever commands are taken and the log is projected."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from psycopg_pool import AsyncConnectionPool

from application.listening import APPENDED, listen
from application.store import Store
from application.writer import MAX_BATCH, Writer
from domain.ledger import TellLedgerKey
from interfaces.analytics.analyst import Analyst
from interfaces.audit.desk import AuditDesk
from interfaces.backlog import Backlog
from interfaces.connections import RECONNECT, Connections, cancelled, pool
from interfaces.desk import Desk
from interfaces.ledger.keeper import Keeper, Part
from interfaces.ledger.keys import signing_key
from interfaces.rebuilding import see_to_rows, sweep
from interfaces.settings import Settings
from interfaces.yielding import LATER
from projections.analytics.projector import AnalyticsProjector
from projections.chat import ChatProjector
from projections.ledger.projector import LedgerProjector
from projections.position import PROJECTED, Projected
from projections.projector import Projector

BY_KEYS = ("plan_cache_mode=force_generic_plan", "enable_seqscan=off")
"""For connections that ask by keys alone: each statement is planned once, for tables of any size. Planning it anew took
half of what a single message costs the database."""
IN_MEMORY = "random_page_cost=1.1"
"""For connections that answer people: what they look up is cached, and cheaper by its key than by reading a table."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A running chat without its doors: it takes commands, projects the log, and answers what is asked of it."""

    settings: Settings
    database_url: str
    store: Store
    writer: Writer
    projected: Projected
    projector: ChatProjector
    pool: AsyncConnectionPool[Any]
    desk: Desk
    audit: AuditDesk
    keeper: Keeper | None = None
    analytics: AnalyticsProjector | None = None

    @property
    def projectors(self) -> list[Projector[Any]]:
        """All that run here."""
        beside = [self.keeper and self.keeper.projector, self.analytics]
        return [self.projector, *(projector for projector in beside if projector)]


def projecting_pool(
    settings: Settings, database_url: str, name: str, *options: str, answer_within: float | None = None, nice: int = 0
) -> Connections:
    """The one connection of a projection."""
    return pool(
        database_url,
        name,
        1,
        "synchronous_commit=off",  # a crash loses rows and position together, and they are made again
        f"idle_in_transaction_session_timeout={int(settings.projector_pause * 1000)}",
        *options,
        patience=settings.patience,
        answer_within=answer_within,
        nice=nice,
    )


@asynccontextmanager
async def chat(
    settings: Settings,
    database_url: str,
    *,
    projects: bool = True,
    ledger: bool = False,
    analysed: bool = False,
    batch: int = MAX_BATCH,
) -> AsyncIterator[Chat]:
    """A chat on a migrated database, which runs until the block ends; what it has taken on is finished first.

    With `ledger` it keeps that too; `analysed`, the facts of the analytics. Where it does not project, another process
    has to. `batch`: how many commands an append takes.
    """
    await see_to_rows(settings, database_url)
    async with AsyncExitStack() as stack:
        reading = await stack.enter_async_context(
            pool(
                database_url,
                "read",
                settings.database_connections,
                IN_MEMORY,
                snapshots=True,
                patience=settings.patience,
                answer_within=settings.database_patience,
            )
        )
        writing = await stack.enter_async_context(
            pool(
                database_url,
                "write",
                1,
                "synchronous_commit=on",
                *BY_KEYS,
                patience=settings.patience,
                answer_within=settings.database_patience,
            )
        )
        projecting = await stack.enter_async_context(
            projecting_pool(settings, database_url, "project", *BY_KEYS, answer_within=settings.database_patience)
        )
        store = Store(reading, writing)
        projected = Projected(settings.patience)
        projector = ChatProjector(projecting, store, projected, poll=settings.poll)
        backlog = Backlog(projected, settings.max_wait)

        def appended(position: int, since: float) -> None:
            projector.poke()
            backlog.owe(position, since)

        writer = Writer(store, appended=appended, patience=settings.patience, batch=batch)
        desk = Desk(store, writer, reading, projected, Analyst(settings, database_url), backlog)
        audit = AuditDesk(store, writer, reading, projected)
        keeper = analytics = None
        if ledger:
            keeping = await stack.enter_async_context(projecting_pool(settings, database_url, "ledger", nice=LATER))
            keeper = _keeper(settings, keeping, store, projected, writer)
        if analysed:
            analysing = await stack.enter_async_context(projecting_pool(settings, database_url, "analyse", nice=LATER))
            analytics = _analytics(settings, analysing, store, projected)
        whole = Chat(
            settings, database_url, store, writer, projected, projector, reading, desk, audit, keeper, analytics
        )
        await stack.enter_async_context(_at_work(whole, projects, writing, projecting))
        yield whole


def _keeper(
    settings: Settings, keeping: AsyncConnectionPool[Any], store: Store, projected: Projected, writer: Writer
) -> Keeper:
    async def tell(public_key: str) -> int:
        return (await writer.handle(TellLedgerKey(actor=None, public_key=public_key))).position

    projector = LedgerProjector(keeping, store, projected, poll=settings.poll, rest=settings.ledger_rest)
    return Keeper(settings, projector, signing_key(settings), keeping, tell)


def _analytics(
    settings: Settings, analysing: AsyncConnectionPool[Any], store: Store, projected: Projected
) -> AnalyticsProjector:
    rest = settings.analytics_rest
    return AnalyticsProjector(analysing, store, projected, poll=max(settings.poll, rest), rest=rest)


@asynccontextmanager
async def _at_work(whole: Chat, projects: bool, *ours: Connections) -> AsyncIterator[None]:
    """Runs what runs beside: should any of it fail, all of it ends, loudly. What `ours` notify is known here already.

    At the end the writer finishes first, then the projector, which still sees the writer's events.
    """
    bells = {APPENDED: whole.projector.wake, PROJECTED: whole.projected.ring}

    def is_own(session: int) -> bool:
        return any(session in pool.sessions for pool in ours)

    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen(whole.database_url, bells, RECONNECT, is_own=is_own))
        following = group.create_task(whole.projected.follow(whole.pool, whole.settings.poll))
        projecting: dict[Part, asyncio.Task[None]] = {}
        if projects:
            projecting[whole.projector] = group.create_task(whole.projector.run())
        writing = group.create_task(whole.writer.run())
        sweeping = group.create_task(sweep(whole.settings, whole.database_url))
        stages: list[list[Part]] = list(whole.keeper.stages if whole.keeper else [])
        stages += [[whole.analytics]] if whole.analytics else []
        keeping = [{part: group.create_task(part.run()) for part in stage} for stage in stages]
        try:
            yield
        finally:
            await cancelled(following, listening, sweeping)
            await _finish({whole.writer: writing}, whole.settings.drain / 8)
            await _finish(projecting, whole.settings.drain / 8)
            for stage in keeping:
                await _finish(stage, whole.settings.drain / 20)


async def _finish(running: "Mapping[Part, asyncio.Task[None]]", seconds: float) -> None:
    """Lets parts end by themselves, if they can: a database that is away must not keep them for ever."""
    for part in running:
        part.close()
    if running:
        await asyncio.wait(running.values(), timeout=seconds)
        await cancelled(*running.values())
