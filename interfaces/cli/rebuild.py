"""`litspark rebuild`."""

import os
from time import monotonic
from typing import Annotated, Any

import typer

from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption, Misuse, complete, database, settings
from interfaces.cli.terminal import Format, progress, say, show
from interfaces.settings import Settings
from interfaces.yielding import LATER


def rebuild(
    projections: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PROJECTION]...", help="Whose rows; all that can be, where none is named."),
    ] = None,
    accept_differences: Annotated[
        bool,
        typer.Option(
            "--accept-differences",
            envvar="LITSPARK_ACCEPT_DIFFERENCES",
            show_envvar=True,
            help="Let the new rows serve though they are not those that served.",
        ),
    ] = False,
    form: FormatOption = Format.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Make the rows of a projection anew from the log, while everything goes on.

    The new rows are built beside those that serve, catch up with them, and are compared with them, row by row. Then
    they take over in an instant that nobody notices. Where any differ, what differs is told, the old ones go on
    serving, and the exit code is 1: should the new ones be right, --accept-differences lets them serve.

    It can be stopped at any time; run again, it goes on from there.

    Example:

    \b
        litspark rebuild chat
    """
    from interfaces.rebuilding import EVIDENCE, REBUILDABLE  # here, for other commands need not wait for it
    from projections.rebuild import BeingRebuilt, Differs

    for name in projections or ():
        if name not in REBUILDABLE:
            raise Misuse(EVIDENCE.get(name, f"{name}: no such projection; there is {', '.join(REBUILDABLE)}"))
    made = settings(data_dir, database_url)
    os.nice(LATER)  # those who are being served come first
    rebuilt: list[dict[str, Any]] = []
    try:
        with database(made) as url:
            for name in dict.fromkeys(projections or REBUILDABLE):
                rebuilt += [complete(_rebuild(made, url, name, accept_differences))]
    except BeingRebuilt as busy:
        say(str(busy))
        raise typer.Exit(1) from None
    except Differs as failure:
        for difference in failure.differences:
            say(str(difference))
        say("The old rows go on serving. If the new ones are right: litspark rebuild --accept-differences")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        say("The old rows go on serving. Running the same rebuild again goes on from here.")
        raise
    finally:
        show(rebuilt, form)


async def _rebuild(made: Settings, url: str, name: str, accept: bool) -> dict[str, Any]:
    from interfaces.rebuilding import rebuilding

    began = monotonic()
    async with rebuilding(made, url, name) as rebuild:
        first, last = await rebuild.begin()
        with progress(f"{name}: events projected", last - first) as at:
            done = await rebuild.run(lambda position: at(position - first), accept=accept)
    for difference in done.differences:
        say(f"accepted: {difference}")
    seconds = monotonic() - began
    return {
        "projection": name,
        "generation": done.generation.number,
        "events": done.events,
        "seconds": round(seconds, 1),
        "events_a_second": round(done.events / seconds),
        "differences": len(done.differences),
    }
