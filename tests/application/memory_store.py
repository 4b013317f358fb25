"""The log in memory: the interface of `application.store.Store`, and what its contract suite holds both to."""

import json
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import psycopg

from application.codec import encode
from application.store import Appended, Offered, Recorded, Used
from domain.timeline import MessageSent


@dataclass(frozen=True)
class Remembered:
    preceding: int
    recorded_at: datetime
    recorded: tuple[Recorded | None, ...]


class MemoryStore:
    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.events: list[Recorded] = []
        self._clock = clock
        self._versions: dict[UUID, int] = {}
        self._uses: dict[UUID, Used] = {}
        self._appends: dict[UUID, Remembered] = {}

    async def append(
        self,
        append_id: UUID,
        offered: Sequence[Offered],
        expectations: Mapping[UUID, int],
        asked_ids: Sequence[UUID] = (),
    ) -> Appended:
        done = self._appends.get(append_id)
        if done is None:
            preceding, recorded_at = len(self.events), self._now()
            failed = {stream for stream, version in expectations.items() if version != self._versions.get(stream, 0)}
            if failed:
                return Appended(preceding, recorded_at, failed=frozenset(failed))
            done = Remembered(preceding, recorded_at, self._write(offered, recorded_at))
            if offered:
                self._appends[append_id] = done
        asked = [*asked_ids, *(one.event.message_id for one in offered if isinstance(one.event, MessageSent))]
        used = {id_: self._uses[id_] for id_ in asked if id_ in self._uses}
        used = {id_: use for id_, use in used.items() if use.position <= done.preceding}
        return Appended(done.preceding, done.recorded_at, recorded=done.recorded, used=used)

    def _now(self) -> datetime:
        return max([self._clock(), *(recorded.recorded_at for recorded in self.events[-1:])])

    def _write(self, offered: Sequence[Offered], recorded_at: datetime) -> tuple[Recorded | None, ...]:
        ids = [one.event.message_id for one in offered if isinstance(one.event, MessageSent)]
        if len(ids) > len(set(ids)):
            raise psycopg.errors.UniqueViolation("a message_id twice in one append")
        return tuple(self._write_one(one, recorded_at) for one in offered)

    def _write_one(self, one: Offered, recorded_at: datetime) -> Recorded | None:
        message = one.event if isinstance(one.event, MessageSent) else None
        if message and message.message_id in self._uses:
            return None
        version = self._versions[one.stream] = self._versions.get(one.stream, 0) + 1
        recorded = Recorded(len(self.events) + 1, one.stream, version, recorded_at, one.event)
        self.events.append(recorded)
        if message:
            self._uses[message.message_id] = Used(recorded.position, version, message.content_hash(), recorded_at)
        return recorded

    async def read(self, streams: Sequence[UUID], *, to_write: bool = False) -> dict[UUID, list[Recorded]]:
        return {stream: [one for one in self.events if one.stream == stream] for stream in streams}

    async def version(self, stream: UUID) -> int:
        return self._versions.get(stream, 0)

    async def end(self) -> int:
        return len(self.events)

    async def tail(self, after: int, limit: int, upto: int | None = None) -> list[Recorded]:
        return self.events[after:upto][:limit]

    async def positions(self, streams: Sequence[UUID], upto: int, after: int = 0) -> "array[int]":
        wanted = set(streams)
        return array("q", [one.position for one in self.events[after:upto] if one.stream in wanted])

    async def last_positions(self, streams: Sequence[UUID], uptos: Sequence[int]) -> list[int]:
        found = [await self.positions([stream], upto) for stream, upto in zip(streams, uptos, strict=True)]
        return [positions[-1] for positions in found if positions]

    async def events_at(self, positions: Sequence[int]) -> list[Recorded]:
        return [self.events[position - 1] for position in sorted(positions)]

    async def naming(self, text: str, topics: Sequence[str], upto: int) -> list[Recorded]:
        word = json.dumps(text).encode()
        return [one for one in self.events[:upto] if one.event.TOPIC in topics and word in encode(one.event)]

    async def position_at(self, instant: datetime) -> int | None:
        if instant > self._now():
            return None
        return max([0, *(one.position for one in self.events if one.recorded_at <= instant)])

    written = 0

    def at_hand(self, after: int, limit: int, upto: int | None = None) -> list[Recorded]:
        """Nothing: whoever projects it reads the log, each time."""
        return []

    async def page(
        self,
        connection: object,
        stream: UUID,
        limit: int,
        *,
        upto: int,
        above: int = 0,
        below: int | None = None,
        since: int = 0,
    ) -> list[Recorded]:
        of_stream = [one for one in self.events if one.stream == stream and since < one.position <= upto]
        if below is not None:
            return [one for one in of_stream if one.version < below][-limit:]
        return [one for one in of_stream if one.version > above][:limit]
