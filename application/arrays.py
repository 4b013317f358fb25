"""Arrays on their way to PostgreSQL, written in its binary format: psycopg would look at each element in turn."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from struct import Struct
from typing import ClassVar
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD = Struct("!iiiii")
_NO_ELEMENT = Struct("!iii")
_LENGTH = Struct("!i")
_NUMBER = Struct("!iq")
_DAY = Struct("!ii")

_NULL = _LENGTH.pack(-1)
_UUID_LENGTH = _LENGTH.pack(16)
_BOOLEANS = {None: _NULL, False: b"\0\0\0\1\0", True: b"\0\0\0\1\1"}
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Array(bytes):
    """An array of one dimension, as PostgreSQL receives it; each type of element has a class of its own."""

    oid: ClassVar[int]
    element_oid: ClassVar[int]

    def __init_subclass__(cls) -> None:
        dumper = type(f"{cls.__name__}Dumper", (_AsItIs,), {"oid": cls.oid})
        psycopg.adapters.register_dumper(cls, dumper)


class _AsItIs(Dumper):
    format = Format.BINARY

    def dump(self, obj: Array) -> bytes:
        """Source: psycopg.adapt.Dumper."""
        return obj


class Uuids(Array):
    oid, element_oid = 2951, 2950


class Texts(Array):
    oid, element_oid = 1009, 25


class Bytes(Array):
    oid, element_oid = 1001, 17


class Numbers(Array):
    oid, element_oid = 1016, 20


class Moments(Array):
    oid, element_oid = 1185, 1184


class Days(Array):
    oid, element_oid = 1182, 1082


class Booleans(Array):
    oid, element_oid = 1000, 16


def uuids(items: Iterable[UUID | None]) -> Uuids:
    return Uuids(_array(Uuids, [_NULL if item is None else _UUID_LENGTH + item.bytes for item in items]))


def texts(items: Iterable[str | None]) -> Texts:
    return Texts(_array(Texts, [_NULL if item is None else _sized(item.encode()) for item in items]))


def byteas(items: Iterable[bytes | None]) -> Bytes:
    return Bytes(_array(Bytes, [_NULL if item is None else _sized(item) for item in items]))


def bigints(items: Iterable[int | None]) -> Numbers:
    return Numbers(_array(Numbers, [_NULL if item is None else _NUMBER.pack(8, item) for item in items]))


def timestamps(items: Iterable[datetime | None]) -> Moments:
    """Of times that have a zone."""
    return Moments(
        _array(Moments, [_NULL if item is None else _NUMBER.pack(8, (item - _EPOCH) // _MICROSECOND) for item in items])
    )


def dates(items: Iterable[date | None]) -> Days:
    first = _EPOCH.date()
    return Days(_array(Days, [_NULL if item is None else _DAY.pack(4, (item - first).days) for item in items]))


def booleans(items: Iterable[bool | None]) -> Booleans:
    return Booleans(_array(Booleans, [_BOOLEANS[item] for item in items]))


def _sized(data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + data


def _array(kind: type[Array], elements: Sequence[bytes]) -> bytes:
    """One dimension, counted from 1, in which there may be NULLs."""
    if not elements:
        return _NO_ELEMENT.pack(0, 0, kind.element_oid)
    return _HEAD.pack(1, 1, kind.element_oid, len(elements), 1) + b"".join(elements)
