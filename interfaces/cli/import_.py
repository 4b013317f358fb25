"""`litspark import`."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from domain.base import Rejected
from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption, Misuse, complete, database, settings
from interfaces.cli.terminal import Format, progress, say, show
from interfaces.history.files import lines, raw_lines
from interfaces.history.survey import Survey, survey
from interfaces.history.tally import SHOWN, Tally
from interfaces.settings import Settings

if TYPE_CHECKING:
    from interfaces.history.beside import Beside

PATIENCE = 15
"""So many times as long as a request does, an import waits for a database that is away."""


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The history: JSON Lines, plain or gzipped.")],
    skip_bad: Annotated[
        bool,
        typer.Option(
            "--skip-bad",
            envvar="LITSPARK_SKIP_BAD",
            show_envvar=True,
            help="Leave bad lines out, tell of them and go on, instead of stopping at the first one.",
        ),
    ] = False,
    form: FormatOption = Format.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Bring in conversations from elsewhere.

    FILE holds one message a line, like this one (on one line):

    \b
        {"conversation": "room 7", "title": "Lunch", "message": "room 7/1",
         "sender": "alice", "sent_at": "2026-11-23T09:00:00.000Z", "body": "Bonjour"}

    `conversation` and `message` are keys of your own, `title` may be null. A line may also have `sender_name`, and
    `kind`: "group", or "direct" for a conversation of exactly two. Messages are numbered in the order of the file;
    at the end everybody has read them.

    Importing a file again, or a longer version of it, adds only what is new. A server may run at the same time.
    An import stops at the first bad line, keeps what came before it, and ends with exit code 1; with --skip-bad it
    tells of the bad lines, goes on, and ends with 0.

    Example:

    \b
        litspark import history.jsonl.gz
    """
    if not file.is_file():
        raise Misuse(f"{file}: {'no regular file' if file.exists() else 'no such file'}")
    made = settings(data_dir, database_url)
    tally = Tally(skip_bad)
    with _told(tally, form):
        found = _survey(file)
        with database(made) as url:
            _bring_in(made, url, file, found, tally)
    if tally.stopped:
        raise typer.Exit(1)


@contextmanager
def _told(tally: Tally, form: Format) -> Iterator[None]:
    """However it ends: what came of it so far."""
    begun = monotonic()
    try:
        yield
    except KeyboardInterrupt:
        tally.fail("Stopped. Running the same import again goes on from here.")
    finally:
        _tell(tally, monotonic() - begun, form)


def _survey(file: Path) -> Survey:
    with progress("bytes read", file.stat().st_size) as at:
        return survey(lambda: raw_lines(file, at))


def _bring_in(made: Settings, url: str, file: Path, found: Survey, tally: Tally) -> None:
    from interfaces.history.beside import beside  # here, for it takes half a second that others need not wait for

    with beside(made, url) as projecting:
        complete(_append(made, url, file, found, tally, projecting))


async def _append(made: Settings, url: str, file: Path, found: Survey, tally: Tally, projecting: "Beside") -> None:
    from interfaces.chat import chat
    from interfaces.history.importer import BATCH, Importer

    async with chat(made, url, projects=False, batch=BATCH) as whole:
        importer = Importer(whole, found, tally, patience=PATIENCE * made.patience)
        try:
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(projecting.watch())
                await importer.run(lines(file), progress)
                watching.cancel()
                await asyncio.wait([watching])
                await projecting.finish(whole.projected.position, progress)
        except* Rejected as refused:
            for refusal in refused.exceptions:
                tally.fail(f"{refusal}. What was imported stays; running the same import again goes on from there.")


def _tell(tally: Tally, seconds: float, form: Format) -> None:
    for problem in tally.problems:
        say(problem)
    if tally.bad > SHOWN:
        say(f"{tally.bad:,} bad lines in all")
    result = {"lines": tally.lines, "added": tally.added, "known": tally.known, "bad": tally.bad}
    show([result | {"seconds": round(seconds, 1), "lines_a_second": round(tally.lines / seconds)}], form)
