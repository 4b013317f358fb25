"""Generations of a projection's rows, a schema each: the one that serves, the one being built, those that have served.

Generation 0 is the pattern that the others are cut by. Names come out of the tables `projections` and `generations`
and never from outside; that is why they may be written into SQL.
"""

import re
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection

log = structlog.get_logger()

LOCK = 0x72656275
"""Of two who would rebuild the same projection one holds this advisory lock, as long as its session lasts."""


@dataclass(frozen=True, slots=True)
class Generation:
    """`position`: what its rows reflect."""

    name: str
    shape: int
    number: int
    position: int

    @property
    def schema(self) -> str:
        return f"{self.name}_{self.number}"


async def serving(connection: AsyncConnection[Any], name: str, shape: int) -> Generation:
    """The generation that serves a shape; where there is none yet, the one that serves the latest of the others."""
    cursor = await connection.execute(
        """SELECT name, shape, generation, position FROM projections WHERE name = %(name)s
        ORDER BY shape = %(shape)s DESC, shape DESC LIMIT 1""",
        {"name": name, "shape": shape},
    )
    row = await cursor.fetchone()
    assert row is not None, f"the migrations made a row for {name}"
    return Generation(*row)


async def claim(connection: AsyncConnection[Any], name: str, patience: float) -> bool:
    """Whether this session is now the one, and the only one, that may rebuild a projection.

    It waits `patience` seconds: the session of somebody who was stopped may take a moment to end.
    """
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = {max(1, int(patience * 1000))}".encode())
            await connection.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", (LOCK, name))
    except psycopg.errors.LockNotAvailable:
        return False
    return True


async def begun(connection: AsyncConnection[Any], name: str, shape: int) -> Generation:
    """The generation that is being built: what a rebuild that was stopped has left, else a new and empty one.

    What was begun in another shape is of no use any more.
    """
    async with connection.transaction():
        cursor = await connection.execute(
            """SELECT name, shape, generation, position FROM generations
            WHERE name = %(name)s AND shape = %(shape)s AND retired_at IS NULL""",
            {"name": name, "shape": shape},
        )
        if row := await cursor.fetchone():
            return Generation(*row)
        await connection.execute(
            "UPDATE generations SET retired_at = clock_timestamp() WHERE name = %s AND retired_at IS NULL", (name,)
        )
        return await _begin(connection, name, shape)


async def _begin(connection: AsyncConnection[Any], name: str, shape: int) -> Generation:
    cursor = await connection.execute(
        """INSERT INTO generations (name, generation, shape, position)
        SELECT %(name)s, max(generation) + 1, %(shape)s, 0 FROM (
            SELECT name, generation FROM projections UNION ALL SELECT name, generation FROM generations
        ) AS known WHERE name = %(name)s
        RETURNING name, shape, generation, position""",
        {"name": name, "shape": shape},
    )
    row = await cursor.fetchone()
    assert row is not None, "an INSERT of one row returns it"
    made = Generation(*row)
    await connection.execute("SELECT copy_shape(%s, %s)", (f"{name}_0", made.schema))
    return made


async def move(connection: AsyncConnection[Any], building: Generation, position: int) -> None:
    """Notes how far a generation has been built."""
    await connection.execute(
        "UPDATE generations SET position = %s WHERE name = %s AND generation = %s",
        (position, building.name, building.number),
    )


async def held(connection: AsyncConnection[Any], now: Generation) -> Generation:
    """The generation that serves, which stands still until the end of the transaction."""
    cursor = await connection.execute(
        """SELECT name, shape, generation, position FROM projections
        WHERE name = %s AND shape = %s AND generation = %s FOR UPDATE""",
        (now.name, now.shape, now.number),
    )
    row = await cursor.fetchone()
    assert row is not None, "only who holds the lock of a rebuild changes the generation"
    return Generation(*row)


async def succeed(connection: AsyncConnection[Any], now: Generation, following: Generation, position: int) -> None:
    """From the end of the transaction on, `following` serves, and its rows reflect a position.

    Whoever serves another shape goes on with the rows of that.
    """
    parameters = {
        "name": now.name,
        "old": now.number,
        "new": following.number,
        "shape": following.shape,
        "position": position,
    }
    await connection.execute(
        "DELETE FROM generations WHERE name = %(name)s AND generation = %(new)s", parameters, prepare=False
    )
    await connection.execute(
        """WITH served AS (
            UPDATE projections SET generation = %(new)s, position = %(position)s
            WHERE name = %(name)s AND shape = %(shape)s RETURNING name
        ), added AS (
            INSERT INTO projections (name, shape, position, generation)
            SELECT %(name)s, %(shape)s, %(position)s, %(new)s WHERE NOT EXISTS (SELECT FROM served)
        )
        INSERT INTO generations (name, generation, shape, position, retired_at)
        SELECT name, generation, shape, position, clock_timestamp() FROM projections
        WHERE name = %(name)s AND shape = %(shape)s AND generation = %(old)s""",
        parameters,
    )
    # Projectors that found the row locked, and those who keep something of the old rows, would wait for a poll.
    await connection.execute("SELECT pg_notify('events', ''), pg_notify('projected', '')")


VIEWS = """
    SELECT v.oid::regclass::text, pg_get_viewdef(v.oid), 'WITH (' || array_to_string(v.reloptions, ', ') || ')',
        bool_and(v.relnatts = t.relnatts) AS whole
    FROM pg_class t
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid
    JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
    JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
    WHERE t.relnamespace = %s::regnamespace GROUP BY v.oid ORDER BY v.oid"""


async def show(connection: AsyncConnection[Any], now: Generation, following: Generation) -> None:
    """Lets every view that shows the rows of one generation show those of another; who may read it is as before.

    A view that shows a table whole also shows what columns its shape has gained. No table is locked, and a view only
    for the rest of the transaction. Raises `psycopg.errors.LockNotAvailable` where somebody reads it for too long.
    """
    await connection.execute("SET LOCAL search_path = ''")  # so that the definitions name every schema
    views = await (await connection.execute(VIEWS, (now.schema,))).fetchall()
    for view, definition, options, whole in views:
        table = re.fullmatch(rf'\s*SELECT [\w.,"\s]+ FROM {now.schema}\.(\w+);', definition)
        if whole and table:
            definition = f"SELECT * FROM {following.schema}.{table[1]}"
        definition = re.sub(rf"\b{now.schema}\.", f"{following.schema}.", definition)
        await connection.execute(f"CREATE OR REPLACE VIEW {view} {options or ''} AS {definition}".encode())
    await connection.execute("SET LOCAL search_path TO DEFAULT")


async def tables(connection: AsyncConnection[Any], schema: str) -> list[str]:
    cursor = await connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r' ORDER BY relname",
        (schema,),
    )
    return [table async for (table,) in cursor]


async def sweep(connection: AsyncConnection[Any], keep: float) -> list[str]:
    """Drops the schemas that have not served for `keep` seconds; what is still being read, another time. Which ones.

    The rows of an older shape serve no more once nobody has moved them for so long though the log has grown.
    """
    await connection.execute(
        """WITH left_behind AS (
            DELETE FROM projections WHERE ctid IN (
                SELECT p.ctid FROM projections p JOIN events e ON e.notification_id = p.position + 1
                WHERE p.shape < (SELECT max(shape) FROM projections q WHERE q.name = p.name)
                    AND e.recorded_at < clock_timestamp() - make_interval(secs => %(keep)s)
                FOR UPDATE OF p SKIP LOCKED
            ) RETURNING name, generation, shape, position
        )
        INSERT INTO generations (name, generation, shape, position, retired_at)
        SELECT name, generation, shape, position, clock_timestamp() FROM left_behind""",
        {"keep": keep},
    )
    cursor = await connection.execute(
        """SELECT name, shape, generation, position FROM generations
        WHERE retired_at < clock_timestamp() - make_interval(secs => %s)""",
        (keep,),
    )
    retired = [Generation(*row) async for row in cursor]
    return [one.schema for one in retired if await _drop(connection, one)]


async def _drop(connection: AsyncConnection[Any], retired: Generation) -> bool:
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '100ms'")
            cursor = await connection.execute(
                "DELETE FROM generations WHERE name = %s AND generation = %s RETURNING name",
                (retired.name, retired.number),
            )
            if await cursor.fetchone() is None:  # another process was faster
                return False
            names = ", ".join(f'{retired.schema}."{table}"' for table in await tables(connection, retired.schema))
            await connection.execute(f"DROP TABLE {names}".encode())
            await connection.execute(f"DROP SCHEMA {retired.schema}".encode())
    except psycopg.errors.LockNotAvailable:
        return False
    except psycopg.errors.DependentObjectsStillExist as error:  # somebody's own, which is not ours to drop
        log.warning("old rows are still in use", schema=retired.schema, error=str(error))
        return False
    return True
