"""Arrays arrive as what was sent."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import psycopg
import pytest

from application.arrays import Array, bigints, booleans, byteas, dates, texts, timestamps, uuids

PARIS = timezone(timedelta(hours=1))
LAST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)

ARRAYS: list[tuple[Callable[[Iterable[Any]], Array], str, list[Any]]] = [
    (uuids, "uuid[]", [UUID(int=0), None, UUID(int=2**128 - 1)]),
    (texts, "text[]", ["", "NULL", None, '{"é", \\}', "\n"]),
    (byteas, "bytea[]", [b"", None, b"\0\xff"]),
    (bigints, "bigint[]", [0, None, -(2**63), 2**63 - 1]),
    (timestamps, "timestamptz[]", [datetime(1, 1, 1, tzinfo=UTC), None, datetime(2026, 1, 1, tzinfo=PARIS), LAST]),
    (dates, "date[]", [date.min, None, date(2026, 11, 30), date.max]),
    (booleans, "boolean[]", [True, None, False]),
]


@pytest.mark.parametrize(("array", "kind", "items"), ARRAYS, ids=[kind for _, kind, _ in ARRAYS])
@pytest.mark.parametrize("count", [None, 1, 0])
def test_an_array_arrives_as_it_was(
    database_url: str, array: Callable[[Iterable[Any]], Array], kind: str, items: list[Any], count: int | None
) -> None:
    sent = array(iter(items[:count]))
    query = f"SELECT %(sent)s, pg_typeof(%(sent)s) = '{kind}'::regtype".encode()
    with psycopg.connect(database_url, options="-c TimeZone=UTC") as connection:
        cursor = connection.cursor(binary=True)
        row = cursor.execute(query, {"sent": sent}).fetchone()
    assert row == (items[:count], True)
