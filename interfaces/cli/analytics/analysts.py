"""What the commands for analysts have in common: who asks, and in what form the answer is written."""

import json
import sys
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from domain.base import Rejected
from interfaces.analytics.values import Row, comma_separated, plain
from interfaces.cli.options import Misuse, complete, database, settings
from interfaces.cli.terminal import Format, show

if TYPE_CHECKING:
    from psycopg import Column

    from interfaces.analytics.analyst import Analyst

T = TypeVar("T")


class TableFormat(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


TableFormatOption = Annotated[
    TableFormat,
    typer.Option(
        "--format",
        envvar="LITSPARK_FORMAT",
        show_envvar=True,
        help="How the result is written: a table to look at, CSV, a list of objects, or Parquet (to a file or a pipe).",
    ),
]


@contextmanager
def analyst(data_dir: Path, database_url: str | None) -> Iterator["Analyst"]:
    """Whoever asks, signed in as the analyst."""
    from interfaces.analytics.analyst import Analyst  # here, for other commands need not wait for it

    made = settings(data_dir, database_url)
    with ExitStack() as stack:
        yield Analyst(made, made.analytics_database_url or stack.enter_context(database(made)))


def asked(work: Coroutine[Any, Any, T]) -> T:
    """Runs it to its end. What can't be asked so, and whoever can't sign in, is misuse."""
    from interfaces.analytics.analyst import NoAnalyst

    try:
        return complete(work)
    except Rejected as refusal:
        if refusal.code == "invalid_payload":
            raise Misuse(f"--{refusal.message}") from None
        raise
    except NoAnalyst as error:
        raise Misuse(f"The analyst can't be let in: {error}.") from None


def check(form: TableFormat) -> None:
    """Raises `Misuse` where nothing could be made of an answer in that form."""
    from interfaces.analytics.parquet import NoParquet, loaded

    if form is not TableFormat.parquet:
        return
    if sys.stdout.isatty():
        raise Misuse("--format: Parquet is nothing to look at; send it to a file: > FILE")
    try:
        loaded()
    except NoParquet as error:
        raise Misuse(f"--format: {error}") from None


def put(columns: "Sequence[Column]", rows: Sequence[Row], form: TableFormat) -> None:
    """A result, on standard output."""
    names = [column.name for column in columns]
    match form:
        case TableFormat.csv:
            sys.stdout.write(comma_separated(names, rows))
        case TableFormat.parquet:
            from interfaces.analytics.parquet import Parquet

            with Parquet(sys.stdout.buffer, columns) as file:
                file.write(rows)
        case TableFormat.json:
            told = [{name: plain(row[name]) for name in names} for row in rows]
            print(json.dumps(told, ensure_ascii=False, indent=2))  # noqa: T201
        case TableFormat.table:
            show([{name: plain(row[name]) for name in names} for row in rows], Format.table)
