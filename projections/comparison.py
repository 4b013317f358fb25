"""Whether two generations of a projection hold the same rows, and where they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from projections.generation import tables

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different in one table. `examples`: keys, and the columns that differ, but nothing of what they hold."""

    table: str
    missing: int
    unexpected: int
    changed: int
    examples: Sequence[str]

    def __str__(self) -> str:
        counts = f"{self.missing:,} rows are missing, {self.unexpected:,} unexpected, {self.changed:,} changed"
        return f"{self.table}: {counts}; such as {'; '.join(self.examples)}"


COLUMNS = """
    SELECT a.attname, EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)
    )
    FROM pg_attribute a JOIN pg_attribute b USING (attname)
    WHERE a.attrelid = %s::regclass AND b.attrelid = %s::regclass
        AND a.attnum > 0 AND b.attnum > 0 AND NOT a.attisdropped AND NOT b.attisdropped ORDER BY a.attnum"""


async def differences(
    connection: AsyncConnection[Any], old: str, new: str, *, touched: bool = False
) -> list[Difference]:
    """Where the tables of schema `new` differ from those of `old`, in the tables and columns that both have.

    `touched`: only the rows of `new` that this transaction has written. Every table has a primary key.
    """
    both = [table for table in await tables(connection, old) if table in await tables(connection, new)]
    found = [await _difference(connection, table, old, new, touched) for table in both]
    return [difference for difference in found if difference]


async def _difference(
    connection: AsyncConnection[Any], table: str, old: str, new: str, touched: bool
) -> Difference | None:
    columns = await (await connection.execute(COLUMNS, (f'{new}."{table}"', f'{old}."{table}"'))).fetchall()
    keys = [name for name, key in columns if key]
    assert keys, f"{table} has a primary key"
    differing = _differing(f'{old}."{table}"', f'{new}."{table}"', keys, [name for name, _ in columns], touched)
    cursor = await connection.execute(
        f"""SELECT count(*) FILTER (WHERE n."{keys[0]}" IS NULL), count(*) FILTER (WHERE o."{keys[0]}" IS NULL),
            count(*) {differing}""".encode()
    )
    row = await cursor.fetchone()
    assert row is not None, "an aggregate has one row"
    missing, unexpected, both = row
    if not both:
        return None
    cursor = await connection.execute(f"SELECT to_jsonb(o), to_jsonb(n) {differing} LIMIT {EXAMPLES}".encode())
    examples = [_example(keys, before, after) async for before, after in cursor]
    return Difference(table, missing, unexpected, both - missing - unexpected, examples)


def _differing(old: str, new: str, keys: Sequence[str], columns: Sequence[str], touched: bool) -> str:
    """The FROM and WHERE of all pairs of rows of one key that are not alike; one of a pair may be missing."""
    key = ", ".join(f'"{name}"' for name in keys)
    before, after = (", ".join(f'{side}."{name}"' for name in columns) for side in "on")
    source = f"{old} o FULL JOIN {new} n USING ({key})"
    if touched:
        mine = f"SELECT * FROM {new} WHERE xmin = pg_current_xact_id()::xid"
        source = f"({mine}) n LEFT JOIN {old} o USING ({key})"
    return f"FROM {source} WHERE ROW({before}) IS DISTINCT FROM ROW({after})"


def _example(keys: Sequence[str], before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    key = ", ".join(f"{name} {(before or after or {})[name]}" for name in keys)
    if before is None or after is None:
        return f"{key} {'is unexpected' if before is None else 'is missing'}"
    return f"{key} differs in {', '.join(name for name in before if name in after and before[name] != after[name])}"
