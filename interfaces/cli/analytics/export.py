"""`litspark analytics export`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfaces.cli.analytics.analysts import analyst, asked
from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption, Misuse
from interfaces.cli.terminal import Format, say, show

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from interfaces.analytics.analyst import Analyst

BATCH = 20_000

VIEWS = "SELECT viewname FROM pg_views WHERE schemaname = 'analytics' ORDER BY viewname"


def export(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", file_okay=False, help="Where to; it is made where there is none.")
    ],
    form: FormatOption = Format.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Write every view of the schema analytics to a file of its own, VIEW.parquet, all of one moment.

    It needs the optional extra `analytics`. A file is replaced only once the new one is complete.

    Example:

    \b
        litspark analytics export figures
    """
    from interfaces.analytics.parquet import NoParquet, loaded  # here, for other commands need not wait for it

    try:
        loaded()
    except NoParquet as error:
        raise Misuse(str(error)) from None
    folder.mkdir(parents=True, exist_ok=True)
    with analyst(data_dir, database_url) as who:
        written = asked(_export(who, folder))
    show(written, form)


async def _export(who: "Analyst", folder: Path) -> list[dict[str, Any]]:
    async with who.snapshot() as connection:
        names = [row["viewname"] for row in await (await connection.execute(VIEWS)).fetchall()]
        written = []
        for name in names:
            say(f"writing {name}")
            written.append({"view": name, "rows": await _written(connection, name, folder / f"{name}.parquet")})
        return written


async def _written(connection: "AsyncConnection[dict[str, Any]]", view: str, file: Path) -> int:
    from interfaces.analytics.parquet import Parquet
    from interfaces.history.files import replaced

    count = 0
    with replaced(file) as output:
        async with connection.cursor("export") as cursor:
            cursor.itersize = BATCH
            await cursor.execute(f'SELECT * FROM analytics."{view}"'.encode())
            with Parquet(output, cursor.description or ()) as parquet:
                while rows := await cursor.fetchmany(BATCH):
                    parquet.write(rows)
                    count += len(rows)
    return count
