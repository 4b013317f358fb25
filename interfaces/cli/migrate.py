"""`litspark migrate`."""

from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption, database, settings
from interfaces.cli.terminal import Format, say, show


def migrate(form: FormatOption = Format.table, data_dir: DataDir = DATA_DIR, database_url: DatabaseUrl = None) -> None:
    """Bring a database to the shape that this version needs.

    `serve`, `import` and `export` do so by themselves; this is for whoever wants to do it at an hour of their own.
    It is safe at any time, and does nothing where there is nothing to do.

    Example:

    \b
        litspark migrate --database-url postgresql://litspark@db/litspark
    """
    applied: list[str] = []
    lacking: list[str] = []
    with database(settings(data_dir, database_url), applied.append, lacking.append):
        show([{"applied": revision} for revision in applied], form)
        if not applied:
            say("nothing to do: the database has its shape")
        if lacking:
            say("Analysts need somebody with more rights to run this, and then `litspark migrate` again:")
        for statement in lacking:
            say(f"    {statement}")
