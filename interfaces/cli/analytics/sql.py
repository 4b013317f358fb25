"""`litspark analytics sql`."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import psycopg
import typer

from domain.base import Rejected
from interfaces.cli.analytics.analysts import TableFormat, TableFormatOption, analyst, asked, check, put
from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, Misuse
from interfaces.cli.terminal import say

if TYPE_CHECKING:
    from psycopg import Column

    from interfaces.analytics.analyst import Analyst

REFUSED = ("25", "42", "55", "0A")
"""Classes of PostgreSQL's error codes: what must not be, what is no SQL or names nothing, what can't be."""


def sql(
    query: Annotated[str, typer.Argument(metavar="SQL", help="One query; `-` reads it from standard input.")],
    limit: Annotated[
        int,
        typer.Option(
            min=1,
            max=1_000_000,
            envvar="LITSPARK_LIMIT",
            show_envvar=True,
            help="Rows, at the most; of more, it says so.",
        ),
    ] = 10_000,
    form: TableFormatOption = TableFormat.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Run a query on the views of the schema analytics, as the role that reads nothing else.

    `litspark analytics views` lists the views and says what their columns are. What takes longer than 30 s is ended;
    LITSPARK_ANALYTICS_TIMEOUT says otherwise.

    Example:

    \b
        litspark analytics sql "SELECT kind, count(*) FROM conversations GROUP BY kind"
    """
    text = sys.stdin.read() if query == "-" else query
    if not text.strip() or "\0" in text:
        raise Misuse("SQL: no query")
    check(form)
    with analyst(data_dir, database_url) as who:
        columns, rows = asked(_rows(who, text, limit + 1))
    put(columns, rows[:limit], form)
    if len(rows) > limit:
        say(f"There are more than these {limit:,} rows: --limit shows more, `litspark analytics export` all of a view.")


async def _rows(who: "Analyst", query: str, limit: int) -> "tuple[list[Column], list[dict[str, Any]]]":
    """Up to so many rows. Not by `execute`: that would take several statements, and rows without end."""
    rows: list[dict[str, Any]] = []
    try:
        async with who.connection() as connection, connection.cursor() as cursor:
            async for row in cursor.stream(query.encode()):
                rows.append(row)
                if len(rows) == limit:
                    break
            return list(cursor.description or ()), rows
    except psycopg.errors.QueryCanceled:
        raise Rejected("unavailable", f"The query takes longer than {who.seconds:g} s.") from None
    except psycopg.Error as error:
        raise _refused(error) from None


def _refused(error: psycopg.Error) -> Exception:
    code, words = error.sqlstate or "", error.diag.message_primary or str(error)
    if not code and not isinstance(error, psycopg.OperationalError):
        return Misuse("SQL: gives no rows, which is all that an analyst can ask for")
    if "multiple commands" in words:
        return Misuse("SQL: one statement at a time")
    return Misuse(f"SQL: {words}") if code.startswith(REFUSED) else error
