"""The log: the one append that writes it, and the ways to read it."""

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import namedtuple_row
from psycopg_pool import AsyncConnectionPool

from application.arrays import bigints, byteas, texts, uuids
from application.codec import decode, encode
from domain.base import Event
from domain.timeline import MessageSent


class Offered(NamedTuple):
    """An event on its way into the log. It takes the next version of its stream."""

    stream: UUID
    event: Event


class Recorded(NamedTuple):
    """An event of the log. `recorded_at` is the log's own time, in UTC."""

    position: int
    stream: UUID
    version: int
    recorded_at: datetime
    event: Event


class Raw(NamedTuple):
    """An event as it lies in the log, not decoded. `recorded_at` is in microseconds since 1970, in UTC."""

    position: int
    stream: bytes
    version: int
    topic: str
    state: bytes
    recorded_at: int


@dataclass(frozen=True, slots=True)
class Used:
    """The first use of a message_id."""

    position: int
    number: int
    content_hash: bytes
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did: nothing where streams `failed`.

    `recorded` has an entry for each event offered, `None` where its message_id is among the `used`.
    """

    preceding: int
    recorded_at: datetime
    failed: frozenset[UUID] = frozenset()
    recorded: Sequence[Recorded | None] = ()
    used: Mapping[UUID, Used] = field(default_factory=dict)


APPEND = """
SELECT * FROM append_events(
    %(append_id)b, %(streams)b, %(versions)b, %(topics)b, %(states)b, %(message_ids)b, %(content_hashes)b,
    %(expected_streams)b, %(expected_versions)b, %(asked_ids)b
)"""

# Times of record never go back, so halving finds it, in twenty steps of a million events. No index is kept for it.
POSITION_AT = """
WITH RECURSIVE search (low, high) AS (
    SELECT 0::bigint, coalesce(max(notification_id), 0) FROM events
    UNION ALL
    SELECT CASE WHEN before THEN middle ELSE low END, CASE WHEN before THEN high ELSE middle - 1 END
    FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM search WHERE low < high) halved
    JOIN LATERAL (
        SELECT e.recorded_at <= %(instant)s AS before FROM events e WHERE e.notification_id >= middle
        ORDER BY e.notification_id LIMIT 1
    ) event ON true
)
SELECT low FROM search WHERE low = high"""

COLUMNS = "notification_id, originator_id, originator_version, topic, state, recorded_at"

# A page is the versions from its first one on: they have no gaps. Told a limit instead, PostgreSQL would take a stream
# for one of the usual length, and read and sort the whole of a long one. `+ 0`: not by the position's index, either.
PAGE = f"""
WITH page AS (SELECT FIRST AS first)
SELECT {COLUMNS} FROM page JOIN events ON originator_version >= first AND originator_version < first + %(limit)b
WHERE originator_id = %(stream)b AND originator_version > %(above)b
    AND notification_id + 0 <= %(upto)b AND notification_id + 0 > %(since)b
ORDER BY originator_version"""
FIRST_ABOVE = "%(above)b + 1"
FIRST_SINCE = """greatest(%(above)b + 1, (
    SELECT originator_version FROM events WHERE originator_id = %(stream)b AND notification_id > %(since)b
    ORDER BY notification_id LIMIT 1))"""
FIRST_OF_LAST = """least(%(below)b, 1 + (
    SELECT originator_version FROM events WHERE originator_id = %(stream)b AND notification_id <= %(upto)b
    ORDER BY notification_id DESC LIMIT 1)) - %(limit)b"""

# Each by its index, whatever was known of the tables when it was planned.
USED = """
SELECT asked.message_id, first.* FROM unnest(%(message_ids)b::uuid[]) AS asked (message_id)
CROSS JOIN LATERAL (
    SELECT m.position, m.number, m.content_hash, e.recorded_at
    FROM message_ids m JOIN events e ON e.notification_id = m.position WHERE m.message_id = asked.message_id
    OFFSET 0
) first"""

RAW = """
SELECT notification_id, uuid_send(originator_id), originator_version, topic, state,
    CASE WHEN isfinite(recorded_at) THEN (extract(epoch FROM recorded_at) * 1000000)::bigint ELSE 0 END
FROM events WHERE notification_id > %(after)b AND notification_id <= coalesce(%(upto)b::bigint, 9223372036854775807)
ORDER BY notification_id LIMIT %(limit)b"""
"""A time that is none comes from tampering alone: it must not keep anybody from finding that out."""


class Store:
    """The log by async psycopg. `writing` is a pool of one: nothing that reads keeps an append waiting."""

    def __init__(self, reading: AsyncConnectionPool[Any], writing: AsyncConnectionPool[Any]) -> None:
        self.reading = reading
        self.writing = writing
        self.written = 0
        """The last position that this process wrote itself; 0 before it has written."""
        self.keeps = False
        """Whether what `tail` has read is at hand for who follows, too."""
        self._recent = Recent()

    async def append(
        self,
        append_id: UUID,
        offered: Sequence[Offered],
        expectations: Mapping[UUID, int],
        asked_ids: Sequence[UUID] = (),
    ) -> Appended:
        """Writes all of it or, where a stream is no longer at its expected version, nothing.

        `asked_ids` are message_ids to ask after. An `append_id` seen before answers what it did then.
        Raises `psycopg.OperationalError` when the database is away; then nobody knows whether it was written.
        """
        messages = [one.event if isinstance(one.event, MessageSent) else None for one in offered]
        parameters = {
            "append_id": append_id,
            "streams": uuids(one.stream for one in offered),
            "versions": bigints(None for _ in offered),
            "topics": texts(one.event.TOPIC for one in offered),
            "states": byteas(encode(one.event) for one in offered),
            "message_ids": uuids(message.message_id if message else None for message in messages),
            "content_hashes": byteas(message.content_hash() if message else None for message in messages),
            "expected_streams": uuids(expectations),
            "expected_versions": bigints(expectations.values()),
            "asked_ids": uuids(asked_ids),
        }
        async with self.writing.connection() as connection:
            cursor = connection.cursor(row_factory=namedtuple_row, binary=True)
            row = await (await cursor.execute(APPEND, parameters, prepare=True)).fetchone()
        appended = _appended(row, offered)
        self._recent.add(written := [one for one in appended.recorded if one])
        if written:
            self.written = written[-1].position
        return appended

    async def read(self, streams: Sequence[UUID], *, to_write: bool = False) -> dict[UUID, list[Recorded]]:
        """Whole streams, each from its first event; an empty list for one that holds nothing.

        `to_write`: for who is going to append, and must not wait behind all who only read.
        """
        found: dict[UUID, list[Recorded]] = {stream: [] for stream in streams}
        async with (self.writing if to_write else self.reading).connection() as connection:
            condition = "originator_id = ANY(%b) ORDER BY notification_id"
            for recorded in await _select(connection, condition, [list(streams)]):
                found[recorded.stream].append(recorded)
        return found

    async def used(self, message_ids: Sequence[UUID]) -> dict[UUID, Used]:
        """Of some message_ids those that have been used, and their first use; no append is waited for."""
        async with self.reading.connection() as connection:
            cursor = connection.cursor(binary=True)
            await cursor.execute(USED, {"message_ids": uuids(message_ids)}, prepare=True)
            return {message_id: Used(*use) for message_id, *use in await cursor.fetchall()}

    async def version(self, stream: UUID) -> int:
        """The version of a stream's last event; 0 for one that holds nothing."""
        query = "SELECT coalesce(max(originator_version), 0) FROM events WHERE originator_id = %s"
        return int((await self._row(query, [stream]))[0])

    async def end(self) -> int:
        """The log's last position; 0 when it is empty."""
        return int((await self._row("SELECT coalesce(max(notification_id), 0) FROM events", []))[0])

    async def tail(self, after: int, limit: int, upto: int | None = None) -> list[Recorded]:
        """Up to `limit` events after a position, in order; what this process wrote itself is not read again."""
        known = self.at_hand(after, limit, upto)
        if known or after == upto:
            return known
        condition = "notification_id > %b AND notification_id <= coalesce(%b::bigint, notification_id)"
        events = await self._select(f"{condition} ORDER BY notification_id LIMIT %b", [after, upto, limit])
        if self.keeps:
            self._recent.add(events)
        return events

    async def raw(self, after: int, limit: int, upto: int | None = None) -> list[Raw]:
        """Up to `limit` events after a position as they lie in the log, whoever put them there, in order."""
        parameters = {"after": after, "upto": upto, "limit": limit}
        async with self.reading.connection() as connection:
            cursor = connection.cursor(binary=True)
            await cursor.execute(RAW, parameters, prepare=True)
            return list(map(Raw._make, await cursor.fetchall()))

    def at_hand(self, after: int, limit: int, upto: int | None = None) -> list[Recorded]:
        """As much of `tail` as this process knows, without asking the database."""
        return self._recent.tail(after, limit, upto)

    async def page(
        self,
        connection: AsyncConnection[Any],
        stream: UUID,
        limit: int,
        *,
        upto: int,
        above: int = 0,
        below: int | None = None,
        since: int = 0,
    ) -> list[Recorded]:
        """Part of a stream, in order: versions above `above` or the last ones below `below`, positions after `since`.

        Nothing after position `upto`. By the caller's connection: whoever holds one must not wait for a second.
        """
        first = FIRST_OF_LAST if below is not None else FIRST_SINCE if since else FIRST_ABOVE
        parameters = {
            "stream": stream,
            "limit": limit,
            "upto": upto,
            "above": above,
            "below": below or 0,
            "since": since,
        }
        cursor = connection.cursor(binary=True)
        await cursor.execute(PAGE.replace("FIRST", first).encode(), parameters, prepare=True)
        return [_recorded(*row) for row in await cursor.fetchall()]

    async def positions(self, streams: Sequence[UUID], upto: int, after: int = 0) -> "array[int]":
        """Where the events of some streams lie in the log, ascending, after one position up to another.

        With `events_at` they are read page by page, in the log's order, and meanwhile nobody holds a snapshot: what
        lies in the log stays as it is.
        """
        query = """SELECT notification_id FROM events WHERE originator_id = ANY(%(streams)s)
            AND notification_id > %(after)s AND notification_id <= %(upto)s ORDER BY notification_id"""
        async with self.reading.connection() as connection:
            cursor = connection.cursor(binary=True)
            await cursor.execute(query, {"streams": list(streams), "after": after, "upto": upto})
            return array("q", [position for (position,) in await cursor.fetchall()])

    async def last_positions(self, streams: Sequence[UUID], uptos: Sequence[int]) -> list[int]:
        """Where the last event of each of some streams lies, at or before a position for each; none where none is."""
        query = """SELECT last.notification_id
            FROM unnest(%(streams)s::uuid[], %(uptos)s::bigint[]) AS wanted (stream, upto)
            JOIN LATERAL (
                SELECT e.notification_id FROM events e
                WHERE e.originator_id = wanted.stream AND e.notification_id <= wanted.upto
                ORDER BY e.notification_id DESC LIMIT 1
            ) last ON true"""
        async with self.reading.connection() as connection:
            cursor = await connection.execute(query, {"streams": list(streams), "uptos": list(uptos)})
            return [position for (position,) in await cursor.fetchall()]

    async def events_at(self, positions: Sequence[int]) -> list[Recorded]:
        """The events at some positions, in order."""
        return await self._select("notification_id = ANY(%b) ORDER BY notification_id", [list(positions)])

    async def naming(self, text: str, topics: Sequence[str], upto: int) -> list[Recorded]:
        """The events of some topics up to a position in which an ASCII text stands as a whole string.

        No index helps: it is a look at every row of the log, but only what is found is decoded.
        """
        condition = """topic = ANY(%b) AND notification_id <= %b AND position(%b::bytea IN state) > 0
            ORDER BY notification_id"""
        return await self._select(condition, [list(topics), upto, json.dumps(text).encode()])

    async def position_at(self, instant: datetime) -> int | None:
        """The last position recorded at or before an instant, 0 where there is none; `None`: it is yet to come."""
        async with self.reading.connection() as connection:
            now: Any = await (await connection.execute("SELECT clock_timestamp()")).fetchone()
            if instant > now[0]:
                return None
            # An append under way may have taken its time already: after its lock, what the instant holds is certain.
            await connection.execute("SELECT pg_advisory_xact_lock_shared(7811887861)")
            found: Any = await (await connection.execute(POSITION_AT, {"instant": instant})).fetchone()
            return int(found[0])

    async def _select(self, condition: str, parameters: Sequence[Any]) -> list[Recorded]:
        async with self.reading.connection() as connection:
            return await _select(connection, condition, parameters)

    async def _row(self, query: str, parameters: Sequence[Any]) -> Any:
        async with self.reading.connection() as connection:
            return await (await connection.execute(query, parameters)).fetchone()


class Recent:
    """The last events that this process appended, or keeps, so that who follows need not read them back."""

    def __init__(self, keep: int = 4_000) -> None:
        self._keep = keep
        self._events: dict[int, Recorded] = {}

    def add(self, events: Any) -> None:
        for recorded in events:
            self._events[recorded.position] = recorded
        # All at once: the first key of a dict is looked for past all that was ever deleted before it.
        for position in list(islice(self._events, max(0, len(self._events) - self._keep))):
            del self._events[position]

    def tail(self, after: int, limit: int, upto: int | None) -> list[Recorded]:
        """The run of events that follows a position directly, however short."""
        run: list[Recorded] = []
        end = after + limit if upto is None else min(after + limit, upto)
        while after + len(run) < end and (recorded := self._events.get(after + len(run) + 1)):
            run.append(recorded)
        return run


async def _select(connection: AsyncConnection[Any], condition: str, parameters: Sequence[Any]) -> list[Recorded]:
    cursor = connection.cursor(binary=True)
    await cursor.execute(f"SELECT {COLUMNS} FROM events WHERE {condition}".encode(), parameters, prepare=True)
    return [_recorded(*row) for row in await cursor.fetchall()]


def _recorded(position: int, stream: UUID, version: int, topic: str, state: bytes, recorded_at: datetime) -> Recorded:
    return Recorded(position, stream, version, recorded_at, decode(topic, state))


def _appended(row: Any, offered: Sequence[Offered]) -> Appended:
    if row.failed:
        return Appended(row.preceding, row.recorded_at, failed=frozenset(row.failed))
    recorded = [
        position and Recorded(position, one.stream, version, row.recorded_at, one.event)
        for one, position, version in zip(offered, row.positions, row.versions, strict=True)
    ]
    uses = zip(row.used_positions, row.used_numbers, row.used_hashes, row.used_at, strict=True)
    used = {message_id: Used(*use) for message_id, use in zip(row.used_ids, uses, strict=True)}
    return Appended(row.preceding, row.recorded_at, recorded=recorded, used=used)
