"""What the rows of all projections have in common: how they are written, and how they say the time."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def columns(
    row_class: "type[DataclassInstance]", rows: Iterable["DataclassInstance"], table: str | None = None
) -> dict[str, list[Any]]:
    """Rows as arrays for one statement's `unnest`: a column each, as `table.column` where a table is named."""
    kept = list(rows)
    before = f"{table}." if table else ""
    return {f"{before}{column.name}": [getattr(row, column.name) for row in kept] for column in fields(row_class)}


def table(schema: str | None, name: str) -> str:
    """A table of a schema; without one, of the generation that the connection's snapshot serves."""
    return f"{schema}.{name}" if schema else name


def rfc3339(at: datetime) -> str:
    """In UTC, with milliseconds and `Z`."""
    return f"{at.astimezone(UTC).isoformat(timespec='milliseconds')[:23]}Z"
