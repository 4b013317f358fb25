"""Signs the whole log on demand: brings the ledger up to its end first."""

import asyncio
from typing import TYPE_CHECKING, Any

from psycopg_pool import AsyncConnectionPool

from domain.ledger import TellLedgerKey
from interfaces.history.tally import Progress
from interfaces.ledger.keys import SigningKey
from interfaces.ledger.schema import place
from interfaces.ledger.signer import Signer
from projections.ledger import checkpoint as checkpoints
from projections.ledger.checkpoint import Checkpoint
from projections.ledger.projector import LedgerProjector
from projections.position import rung

if TYPE_CHECKING:
    from interfaces.chat import Chat

PAUSE = 0.05


async def signed_now(
    whole: "Chat", pool: AsyncConnectionPool[Any], key: SigningKey, progress: Progress
) -> Checkpoint | None:
    """A checkpoint that covers all that was there when it was asked for; `None` where that is nothing.

    Raises `Contradiction` or `Incomplete` where the ledger must not be signed, `Gap` where the log has one.
    """

    async def tell(public_key: str) -> int:
        return (await whole.writer.handle(TellLedgerKey(actor=None, public_key=public_key))).position

    if not await whole.store.end():
        return None
    end = await tell(key.public_key)
    await _caught_up(LedgerProjector(pool, whole.store, whole.projected), pool, end, progress)
    if made := await Signer(key, pool, tell).sign():
        return made
    async with pool.connection() as connection:
        return await checkpoints.latest(connection, key_id=key.key_id)


async def _caught_up(projector: LedgerProjector, pool: AsyncConnectionPool[Any], end: int, progress: Progress) -> None:
    with progress("events chained", end) as at:
        while (position := await _position(pool)) < end:
            at(position)
            if not await projector.step():  # the chat is not there yet, or a server is at it
                await rung(asyncio.Event(), PAUSE)


async def _position(pool: AsyncConnectionPool[Any]) -> int:
    async with pool.connection() as connection:
        return (await place(connection))[0]
