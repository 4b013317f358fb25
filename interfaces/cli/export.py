"""`litspark export`."""

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Annotated

import typer

from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption, Misuse, complete, database, settings
from interfaces.cli.terminal import Format, progress, say, show
from interfaces.history.files import replaced
from interfaces.history.tally import Progress

STANDARD_OUTPUT = Path("-")


def export(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to; `-` is standard output. Gzipped where it ends in .gz.")
    ] = STANDARD_OUTPUT,
    form: FormatOption = Format.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Write all messages out, in the format that `import` reads.

    What was imported is given back under the keys it came with; what was sent here goes by its ids. Titles and names
    are today's. A server may run at the same time: the export ends with what was there when it began. FILE is
    replaced only once the export is complete.

    Example:

    \b
        litspark export history.jsonl.gz
    """
    if file.is_dir() or not file.parent.is_dir():
        raise Misuse(f"{file}: {'a folder' if file.is_dir() else 'no such folder'}")
    made = settings(data_dir, database_url)
    shown = _is_output(file)
    with replaced(None if shown else file) as output, database(made) as url:
        # A bar among the lines would spoil them.
        count = complete(_export(url, output, _unseen if shown and sys.stdout.isatty() else progress))
    if shown:
        say(f"{count:,} messages exported")
    else:
        show([{"messages": count}], form)


def _is_output(file: Path) -> bool:
    """Whether it is standard output, by whatever name: a result there would be among the lines."""
    return file == STANDARD_OUTPUT or (file.exists() and os.path.samestat(file.stat(), os.fstat(sys.stdout.fileno())))


async def _export(database_url: str, output: IO[bytes], seen: Progress) -> int:
    from application.store import Store  # here, for other commands need not wait for them
    from interfaces.connections import pool
    from interfaces.history.exporter import Exporter

    async with pool(database_url, "export", 1, snapshots=True) as reading:
        return await Exporter(Store(reading, reading)).run(output.write, seen)


def _unseen(_: str, __: int) -> AbstractContextManager[Callable[[int], None]]:
    return nullcontext(lambda _: None)
