"""Moments of the log: a position, or an instant, which means the last position recorded at or before it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from application.store import Store
from domain.base import Rejected, invalid

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
MAX_DIGITS = 18
"""Of a position: no log comes so far."""

MALFORMED = "must be a position, like 12, or an instant, like 2026-11-23T14:03:00Z (in a URL, + is written %2B)"


@dataclass(frozen=True, slots=True)
class Moment:
    """The last event at or before what was asked for."""

    position: int
    recorded_at: datetime


async def moment(store: Store, at: str | None) -> Moment:
    """The moment that somebody asks for, without a word the end of the log. Raises `Rejected`."""
    position = await _position(store, at)
    if not position:
        raise Rejected("not_found", "nothing has happened yet")
    found = await store.events_at([position])
    if not found:  # positions have no gaps, unless somebody has made one
        raise Rejected("not_found", f"position {position} is missing in the log")
    return Moment(position, found[0].recorded_at)


async def _position(store: Store, at: str | None) -> int:
    end = await store.end()
    if at is None:
        return end
    if not (at.isascii() and at.isdigit()):
        return await _last_at(store, at)
    position = int(at[:MAX_DIGITS])
    if len(at) > MAX_DIGITS or position > end:
        raise invalid("at", f"in the future: the log ends at position {end}")
    if not position:
        raise invalid("at", "positions begin at 1")
    return position


async def _last_at(store: Store, at: str) -> int:
    instant = _instant(at)
    position = await store.position_at(instant)
    if position is None:
        raise invalid("at", "in the future")
    if instant.microsecond % 1_000 == 0:
        # Times are told to the millisecond: who asks for one that was told means the event it was told of.
        told = await store.position_at(instant + timedelta(microseconds=999))
        position = await store.end() if told is None else told
    if not position:
        raise invalid("at", "before the first event of the log")
    return position


async def first_from(store: Store, at: str) -> int:
    """The first position at or after what somebody asks for. Raises `Rejected`."""
    if at.isascii() and at.isdigit():
        return (await moment(store, at)).position
    position = await store.position_at(_instant(at) - timedelta(microseconds=1))
    if position is None:
        raise invalid("at", "in the future")
    return position + 1


def _instant(at: str) -> datetime:
    if not _INSTANT.fullmatch(at):
        raise invalid("at", MALFORMED)
    try:
        return datetime.fromisoformat(at.upper())
    except ValueError as error:
        raise invalid("at", f"no such instant: {error}") from None
