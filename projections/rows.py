"""What the rows of all projections have in common: how they are written, and how they say the time."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import attrgetter
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args
from uuid import UUID

from application.arrays import Array, bigints, booleans, dates, texts, timestamps, uuids

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ARRAYS: Mapping[type, Callable[[Iterable[Any]], Array]] = {
    UUID: uuids,
    str: texts,
    int: bigints,
    bool: booleans,
    datetime: timestamps,
    date: dates,
}
"""How a column is sent, by the type of what it holds."""


def columns(
    row_class: "type[DataclassInstance]", rows: Collection["DataclassInstance"], table: str | None = None
) -> dict[str, Array]:
    """Rows as arrays for one statement's `unnest`: a column each, as `table.column` where a table is named."""
    before = f"{table}." if table else ""
    return {f"{before}{name}": array(map(value, rows)) for name, value, array in _columns(row_class)}


@lru_cache
def _columns(
    row_class: "type[DataclassInstance]",
) -> list[tuple[str, Callable[[Any], Any], Callable[[Iterable[Any]], Array]]]:
    """Of each column of a row: its name, how it is got, and how it is sent."""
    return [(column.name, attrgetter(column.name), ARRAYS[_held(column.type)]) for column in fields(row_class)]


def _held(annotation: Any) -> type:
    """What a column holds where it holds something."""
    held: type = next((one for one in get_args(annotation) if one is not NoneType), annotation)
    return held


def table(schema: str | None, name: str) -> str:
    """A table of a schema; without one, of the generation that the connection's snapshot serves."""
    return f"{schema}.{name}" if schema else name


def rfc3339(at: datetime) -> str:
    """In UTC, with milliseconds and `Z`."""
    return f"{at.astimezone(UTC).isoformat(timespec='milliseconds')[:23]}Z"
