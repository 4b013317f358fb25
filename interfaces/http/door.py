"""What the HTTP door needs of the chat behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg_pool import AsyncConnectionPool

from interfaces.audit.desk import AuditDesk
from interfaces.audit.record import Refusals
from interfaces.audit.verifying import Verifying
from interfaces.auth import Judge
from interfaces.desk import Desk
from interfaces.http.metrics import Metrics
from interfaces.ledger.bundle.download import Download
from interfaces.ledger.keeper import Keeper
from interfaces.rates import Rate
from interfaces.settings import Settings
from projections.projector import Projector


@dataclass(frozen=True, slots=True)
class Door:
    """`commands` is by user, `failures` (of tokens) by network address. `projectors` are those that run here, by name;
    `keeper` keeps the ledger, where this process does. `audit` answers auditors, `refusals` records who asked and is
    none, `verifying` has verified the log, `download` gives out bundles. `pushes` tells why nothing is pushed, if so.

    `pool` reads snapshots, for what the desk does not tell: how far the projections are behind the log.
    """

    settings: Settings
    tokens: Judge
    desk: Desk
    audit: AuditDesk
    refusals: Refusals
    verifying: Verifying
    download: Download
    commands: Rate
    failures: Rate
    pool: AsyncConnectionPool[Any]
    projectors: Mapping[str, Projector[Any]]
    keeper: Keeper | None
    pushes: Callable[[], str | None]
    metrics: Metrics
