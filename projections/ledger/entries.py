"""The ledger's rows: one an event, made once and never changed."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import AsyncConnection

from projections.ledger.chain import Chain, EntryRow
from projections.ledger.merkle import Place, Tree, covering, fold, siblings

HASH = 32


class Incomplete(LookupError):
    """Rows are missing that the ledger once had."""


def node(nodes: bytes, level: int) -> bytes:
    """Of the subtrees that end with an entry, the one of a level."""
    return nodes[level * HASH : (level + 1) * HASH]


async def save(connection: AsyncConnection[Any], schema: str, rows: Sequence[EntryRow]) -> None:
    query = f"""
        INSERT INTO {schema}.entries (position, chain, nodes, recorded_at)
        SELECT * FROM unnest(%(position)b::bigint[], %(chain)b::bytea[], %(nodes)b::bytea[], %(recorded_at)b::bigint[])
    """.encode()
    arrays = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(query, dict(zip(EntryRow._fields, arrays, strict=True)), prepare=True)


async def page(connection: AsyncConnection[Any], schema: str, after: int, limit: int) -> list[EntryRow]:
    """Up to `limit` rows after a position, in order."""
    query = f"""SELECT position, chain, nodes, recorded_at FROM {schema}.entries WHERE position > %(after)b
        ORDER BY position LIMIT %(limit)b""".encode()
    cursor = connection.cursor(binary=True)
    await cursor.execute(query, {"after": after, "limit": limit}, prepare=True)
    return list(map(EntryRow._make, await cursor.fetchall()))


async def load(connection: AsyncConnection[Any], schema: str, size: int) -> Chain:
    """The ledger as it was after `size` events. Raises `Incomplete`."""
    if not size:
        return Chain()
    query = f"SELECT chain FROM {schema}.entries WHERE position = %(position)s".encode()
    row = await (await connection.execute(query, {"position": size})).fetchone()
    if row is None:
        raise Incomplete(f"the ledger has lost its row {size}")
    found = await subtrees(connection, schema, list(covering(0, size)))
    return Chain(bytes(row[0]), Tree(size, found))


async def subtrees(connection: AsyncConnection[Any], schema: str, places: Iterable[Place]) -> list[bytes]:
    """The hashes of complete subtrees, in the order asked for. Raises `Incomplete`."""
    wanted = list(places)
    query = f"SELECT position, nodes FROM {schema}.entries WHERE position = ANY(%(positions)b)".encode()
    cursor = connection.cursor(binary=True)
    await cursor.execute(query, {"positions": [position for position, _ in wanted]})
    kept = dict(await cursor.fetchall())
    hashes = [node(kept.get(position, b""), level) for position, level in wanted]
    for (position, _), found in zip(wanted, hashes, strict=True):
        if len(found) != HASH:
            raise Incomplete(f"the ledger has lost its row {position}, or a part of it")
    return hashes


async def path(connection: AsyncConnection[Any], schema: str, number: int, size: int) -> list[bytes]:
    """The hashes beside the path of an event among `size`, upwards: a few rows, in one query. Raises `Incomplete`."""
    beside = siblings(number, size)
    found = iter(await subtrees(connection, schema, [place for places in beside for place in places]))
    return [fold([next(found) for _ in places]) for places in beside]
