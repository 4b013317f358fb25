"""`litspark analytics report`."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from interfaces.cli.analytics.analysts import TableFormat, TableFormatOption, analyst, asked, check, put
from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, Misuse
from interfaces.cli.terminal import say

if TYPE_CHECKING:
    from psycopg import Column

    from interfaces.analytics.analyst import Analyst
    from interfaces.analytics.reports import Report


def report(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The report: `litspark analytics reports` lists them.")],
    begin: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DAY",
            envvar="LITSPARK_FROM",
            show_envvar=True,
            help="The first day, like 2026-11-23; without it, the 29 days before the last one.",
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="DAY",
            envvar="LITSPARK_TO",
            show_envvar=True,
            help="The last day; without it, the last one on which anything happened.",
        ),
    ] = None,
    by: Annotated[
        Literal["day", "week", "month"],
        typer.Option(envvar="LITSPARK_BY", show_envvar=True, help="How long a period is."),
    ] = "day",
    limit: Annotated[
        int,
        typer.Option(
            min=1, max=1000, envvar="LITSPARK_LIMIT", show_envvar=True, help="Of `conversations`: how many at the most."
        ),
    ] = 20,
    form: TableFormatOption = TableFormat.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Print a report. Days, weeks (from Monday) and months are those of UTC.

    Example:

    \b
        litspark analytics report activity --from 2026-11-01 --to 2026-11-30 --by week
    """
    from interfaces.analytics.reports import REPORTS  # here, for other commands need not wait for it

    if (found := REPORTS.get(name)) is None:
        raise Misuse(f"NAME: {name!r} is none of {', '.join(REPORTS)}")
    span = {"begin": _day("--from", begin), "end": _day("--to", end)}
    check(form)
    with analyst(data_dir, database_url) as who:
        columns, body = asked(_answer(who, found, {**span, "by": by, "limit": limit}))
    put(columns, body["rows"], form)
    say(_words(body))


async def _answer(who: "Analyst", report: "Report", asked: dict[str, Any]) -> "tuple[list[Column], dict[str, Any]]":
    from interfaces.analytics.reports import answer

    async with who.snapshot() as connection:
        return await answer(connection, report, **asked)


def _day(option: str, given: str | None) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise Misuse(f"{option}: {given!r} is no day like 2026-11-23") from None


def _words(body: dict[str, Any]) -> str:
    fresh = body["freshness"]
    at = f", recorded {fresh['reflected_at']:%Y-%m-%d %H:%M:%S} UTC" if fresh["reflected_at"] else ""
    return f"from {body['from']} to {body['to']}, as of position {fresh['position']}{at}"
