"""Parquet, by the optional extra `analytics`."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import TracebackType
from typing import IO, Any

from psycopg import Column

from interfaces.analytics.values import Row, plain


class NoParquet(Exception):
    """The extra is not installed."""


class Parquet:
    """Writes rows, batch by batch, as they come from a query with such `columns`. Raises `NoParquet`."""

    def __init__(self, output: IO[bytes], columns: Sequence[Column]) -> None:
        pyarrow, parquet = loaded()
        self._names = [column.name for column in columns]
        types = _types(pyarrow)
        self._kept = {column.name for column in columns if column.type_code in types}
        fields = [(column.name, types.get(column.type_code, pyarrow.string())) for column in columns]
        self._schema = pyarrow.schema(fields)
        self._writer = parquet.ParquetWriter(output, self._schema, compression="zstd")
        self._batch = pyarrow.RecordBatch.from_pydict

    def __enter__(self) -> "Parquet":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._writer.close()

    def write(self, rows: Sequence[Row]) -> None:
        columns = {name: [self._value(name, row[name]) for row in rows] for name in self._names}
        self._writer.write_batch(self._batch(columns, schema=self._schema))

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, Decimal):
            return float(value)
        if value is None or name in self._kept:
            return value
        told = plain(value)
        return told if isinstance(told, str) else str(told)


def loaded() -> tuple[Any, Any]:
    """pyarrow and its Parquet. Raises `NoParquet`."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise NoParquet("Parquet needs an optional extra: pip install 'litspark[analytics]'") from None
    return pyarrow, pyarrow.parquet


def _types(pyarrow: Any) -> Mapping[int, Any]:
    """By PostgreSQL's own numbers. A `numeric` is a number that Parquet's readers can add up, of 15 digits."""
    return {
        16: pyarrow.bool_(),
        20: pyarrow.int64(),
        21: pyarrow.int16(),
        23: pyarrow.int32(),
        25: pyarrow.string(),
        700: pyarrow.float32(),
        701: pyarrow.float64(),
        1043: pyarrow.string(),
        1082: pyarrow.date32(),
        1114: pyarrow.timestamp("us"),
        1184: pyarrow.timestamp("us", "UTC"),
        1700: pyarrow.float64(),
    }
