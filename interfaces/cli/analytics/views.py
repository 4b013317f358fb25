"""`litspark analytics views`."""

from typing import TYPE_CHECKING, Any

from interfaces.cli.analytics.analysts import TableFormat, TableFormatOption, analyst, asked, check, put
from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir

if TYPE_CHECKING:
    from psycopg import Column

    from interfaces.analytics.analyst import Analyst

VIEWS = """
    SELECT c.relname AS view, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
        coalesce(col_description(c.oid, a.attnum), '') AS words
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'analytics'::regnamespace AND c.relkind = 'v' AND a.attnum > 0
    ORDER BY c.relname, a.attnum"""


def views(
    form: TableFormatOption = TableFormat.table, data_dir: DataDir = DATA_DIR, database_url: DatabaseUrl = None
) -> None:
    """List the views of the schema analytics, and say what their columns are.

    Example:

    \b
        litspark analytics views
    """
    check(form)
    with analyst(data_dir, database_url) as who:
        columns, rows = asked(_listed(who))
    put(columns, rows, form)


async def _listed(who: "Analyst") -> "tuple[list[Column], list[dict[str, Any]]]":
    async with who.snapshot() as connection:
        cursor = await connection.execute(VIEWS)
        return list(cursor.description or ()), await cursor.fetchall()
