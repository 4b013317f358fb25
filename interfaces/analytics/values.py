"""What a query answers, in forms that others read."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

from projections.rows import rfc3339

Row = Mapping[str, Any]


def plain(value: Any) -> Any:
    """As JSON has it: days and times as words, whatever JSON has no form for as PostgreSQL writes it."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime() if value.tzinfo:
            return rfc3339(value)
        case date():
            return value.isoformat()
        case Decimal() if value.is_finite():
            return int(value) if value == value.to_integral_value() else float(value)
        case Mapping():
            return {str(name): plain(one) for name, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case _:
            return str(value)


def comma_separated(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """CSV as of RFC 4180: a line of names, then the rows; null is an empty field."""
    written = StringIO()
    lines = csv.writer(written)
    lines.writerow(columns)
    for row in rows:
        lines.writerow([plain(row[name]) for name in columns])
    return written.getvalue()
