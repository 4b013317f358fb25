"""What the rows of all projections have in common: how they are written, and how they say the time."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def columns(row_class: "type[DataclassInstance]", rows: Iterable["DataclassInstance"]) -> dict[str, list[Any]]:
    """Rows as arrays, a column each, for one statement's `unnest`."""
    kept = list(rows)
    return {column.name: [getattr(row, column.name) for row in kept] for column in fields(row_class)}


def rfc3339(at: datetime) -> str:
    """In UTC, with milliseconds and `Z`."""
    return f"{at.astimezone(UTC).isoformat(timespec='milliseconds')[:23]}Z"
