"""What the files of a bundle hold, page by page."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from psycopg_pool import AsyncConnectionPool

from application.store import Store
from interfaces.ledger import written
from interfaces.ledger.bundle.selection import Selection
from projections.ledger import checkpoint as checkpoints
from projections.ledger import entries
from projections.ledger.checkpoint import Checkpoint
from projections.ledger.merkle import Place, covering

PAGE = 1_000


class Content:
    """Of the bundles of a log whose ledger lies in a schema."""

    def __init__(self, store: Store, pool: AsyncConnectionPool[Any], schema: str) -> None:
        self._store = store
        self._pool = pool
        self._schema = schema

    async def lines(self, selection: Selection, after: int, upto: int) -> AsyncIterator[tuple[bytes, int]]:
        """Lines behind position `after`, by pages, and how far the log has been read for them."""
        read = after
        while read < upto and (page := await self._store.raw(read, PAGE, upto)):
            lines = []
            shown = [raw for raw in page if selection.wants(raw)]
            for raw, leaf in zip(shown, await self._nodes([(raw.position, 0) for raw in shown]), strict=True):
                lines += await self._stand_ins(after, raw.position - 1)
                lines.append(written.line(written.event(raw) | {"leaf": leaf.hex()}))
                after = raw.position
            read = page[-1].position
            yield b"".join(lines), read
        yield b"".join(await self._stand_ins(after, upto)), upto

    async def _stand_ins(self, after: int, upto: int) -> list[bytes]:
        """For the events that are not shown: the hashes of the largest subtrees that hold them."""
        places = list(covering(after, upto))
        nodes = await self._nodes(places)
        return [
            written.line({"first": last - (1 << level) + 1, "last": last, "node": node.hex()})
            for (last, level), node in zip(places, nodes, strict=True)
        ]

    async def _nodes(self, places: Sequence[Place]) -> list[bytes]:
        if not places:
            return []
        async with self._pool.connection() as connection:
            return await entries.subtrees(connection, self._schema, places)

    async def checkpoints(self, selection: Selection, upto: Checkpoint) -> AsyncIterator[bytes]:
        """All of them where all events are shown; else only the last one can be made anew."""
        place: tuple[int, str] | None = (0, "") if selection == Selection() else None
        while place:
            async with self._pool.connection() as connection:
                page = await checkpoints.after(connection, *place)
            place = (page[-1].size, page[-1].key_id) if page and page[-1].size < upto.size else None
            yield b"".join(written.line(one.written()) for one in page if one.size < upto.size)
        yield written.line(upto.written())
