"""An export: what an auditor asks for, recorded, signed, and written as a bundle."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from psycopg_pool import AsyncConnectionPool

from domain.base import Rejected
from interfaces.audit.moments import first_from, moment
from interfaces.audit.record import Auditor, record
from interfaces.history.tally import Progress
from interfaces.ledger.bundle.selection import Selection
from interfaces.ledger.bundle.writer import Fields, Writer, begun, finished
from interfaces.ledger.keys import SigningKey
from interfaces.ledger.notary import signed_now
from interfaces.ledger.schema import ledger_schema
from projections import history
from projections.ledger import checkpoint as checkpoints
from projections.ledger.checkpoint import Checkpoint

if TYPE_CHECKING:
    from interfaces.chat import Chat

log = structlog.get_logger()


class NothingSigned(Exception):
    """No checkpoint covers what is to be exported: nobody could verify it."""


async def selected(
    whole: "Chat", conversation_id: UUID | None, user_id: str | None, since: str | None, upto: str | None
) -> Selection:
    """What somebody asks for. Raises `Rejected` where there is no such thing."""
    store = whole.store
    first = await first_from(store, since) if since else 1
    last = (await moment(store, upto)).position if upto else None
    if last and first > last:
        raise Rejected("invalid_payload", f"position {first}, from which on it is asked for, lies behind {last}")
    end = last or await store.end()
    if conversation_id and not await history.people_of(store, conversation_id, end):
        raise Rejected("not_found", f"no such conversation at position {end}")
    if user_id:
        async with whole.pool.connection() as connection:
            found = await connection.execute("SELECT FROM people WHERE user_id = %s", (user_id,))
            if not found.rowcount:
                raise Rejected("not_found", f"nobody has heard of {user_id}")
    return Selection(first, last, conversation_id, user_id)


async def recorded(whole: "Chat", auditor: Auditor, selection: Selection) -> None:
    """Records the export. Raises `Rejected`: then nothing must be written."""
    await record(
        whole.writer,
        auditor,
        "export",
        selection.last or await whole.store.end(),
        conversation_id=selection.conversation_id,
        user_id=selection.user_id,
        after=selection.first - 1,
    )


class Export:
    """Into a folder. `key` signs what has been recorded by then; without it, the bundle ends where others have signed.

    `ledger` is a connection to bring the ledger up by.
    """

    def __init__(
        self, whole: "Chat", ledger: AsyncConnectionPool[Any], key: SigningKey | None, folder: Path, progress: Progress
    ) -> None:
        self._whole = whole
        self._ledger = ledger
        self._key = key
        self._folder = folder
        self._progress = progress

    async def run(self, auditor: Auditor, selection: Selection) -> Fields:
        """The manifest. What has been finished is not written again, nor recorded.

        Raises `Rejected`, `NotHere`, `NothingSigned`, `OSError`, and what signing raises.
        """
        if done := finished(self._folder, selection):
            return done
        unfinished = begun(self._folder, selection)
        await recorded(self._whole, auditor, selection)
        upto = unfinished or await self._signed(selection)
        writer = Writer(self._whole.store, self._whole.pool, await ledger_schema(self._whole.pool), self._folder)
        return await writer.run(selection, upto, self._progress)

    async def _signed(self, selection: Selection) -> Checkpoint:
        if self._key:
            await signed_now(self._whole, self._ledger, self._key, self._progress)
        async with self._whole.pool.connection() as connection:
            upto = await checkpoints.latest(connection)
        if upto is None or upto.size < selection.first:
            raise NothingSigned("what is to be exported is not signed yet; `litspark audit checkpoint` signs it")
        if selection.last and selection.last > upto.size:
            log.warning("the bundle ends before what was asked for", signed_position=upto.size)
        return upto
