"""Signs the ledger as it is: now and then where there is news, at the end, and when it is asked to."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from domain.base import Rejected
from interfaces.ledger.keys import SigningKey, signed_by
from interfaces.ledger.schema import place
from projections.ledger import checkpoint as checkpoints
from projections.ledger import entries
from projections.ledger.checkpoint import Checkpoint
from projections.ledger.entries import Incomplete
from projections.position import rung

log = structlog.get_logger()


class Contradiction(Exception):
    """The ledger is no longer what was signed: it must not be signed anew."""


class Signer:
    """Signs at most every `every` seconds. It never signs what contradicts what it has signed before.

    `tell` records the public key in the log, where it is new, and answers a position that lies behind that record.
    `signed` is called after each checkpoint.
    """

    def __init__(
        self,
        key: SigningKey,
        pool: AsyncConnectionPool[Any],
        tell: Callable[[str], Awaitable[int]],
        *,
        signed: Callable[[], None] = lambda: None,
        every: float = 10.0,
        poll: float = 1.0,
    ) -> None:
        self.key = key
        self.last: Checkpoint | None = None
        self.failure: str | None = None
        """Why nothing is signed, though there is news."""
        self._pool = pool
        self._tell = tell
        self._signed = signed
        self._every = every
        self._poll = poll
        self._told_at: int | None = None
        self._closed = asyncio.Event()

    def close(self) -> None:
        """Ends once what the ledger holds has been signed, or cannot be."""
        self._closed.set()

    async def run(self) -> None:
        while True:
            closing = self._closed.is_set()
            await self._try()
            if closing:
                return
            await rung(self._closed, self._every if self.last else min(self._poll, self._every))

    async def _try(self) -> None:
        try:
            await self.sign()
        except (psycopg.OperationalError, Rejected) as error:
            log.warning("ledger not signed", why=str(error))
        except (Contradiction, Incomplete) as error:
            if str(error) != self.failure:  # said once, not every time
                log.error("ledger not signed", why=str(error))  # noqa: TRY400  # where it was found says nothing
            self.failure = str(error)

    async def sign(self) -> Checkpoint | None:
        """A new checkpoint; `None` where there is no news, or not yet the record of the key.

        Raises `Contradiction`, or `Incomplete` where rows are missing.
        """
        async with self._pool.connection() as connection:
            size, _ = await place(connection)
        if not size or (self.last and self.last.size >= size):
            return None
        if self._told_at is None:
            self._told_at = await self._tell(self.key.public_key)
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SET LOCAL synchronous_commit = on")
            if not (made := await self._made(connection)):
                return None
            await checkpoints.save(connection, made)
        self.last, self.failure = made, None
        self._signed()
        return made

    async def _made(self, connection: AsyncConnection[Any]) -> Checkpoint | None:
        size, schema = await place(connection)
        before = await checkpoints.latest(connection, key_id=self.key.key_id)
        for known in filter(None, (self.last, before)):
            await self._agree(connection, schema, size, known)
        self.last = before or self.last
        if size < (self._told_at or 0) or (before and before.size >= size):
            return None
        chain = await entries.load(connection, schema, size)
        return self.key.sign(size, chain.tree.root(), chain.head)

    async def _agree(self, connection: AsyncConnection[Any], schema: str, size: int, known: Checkpoint) -> None:
        if not signed_by(known, self.key.public_key):
            raise Contradiction(f"the checkpoint of size {known.size} is forged: this node's key has not signed it")
        if known.size > size:
            raise Contradiction(f"size {known.size} was signed, and the ledger has come to {size} only")
        chain = await entries.load(connection, schema, known.size)
        if (chain.tree.root(), chain.head) != (known.root, known.chain):
            raise Contradiction(f"the ledger is no longer what was signed at size {known.size}")
