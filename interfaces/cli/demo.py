"""`litspark demo`."""

from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from domain.base import UserId
from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, Misuse, complete, settings
from interfaces.cli.terminal import say

TTL = 24 * 3600.0

_user_id: TypeAdapter[str] = TypeAdapter(UserId)


def demo(
    once: Annotated[
        bool,
        typer.Option("--once", envvar="LITSPARK_ONCE", show_envvar=True, help="Fill the conversations, and stop."),
    ] = False,
    guests: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="USER",
            envvar="LITSPARK_WITH",
            show_envvar=True,
            help="Somebody to be taken into the conversations at once, by user_id; may be repeated.",
        ),
    ] = None,
    url: Annotated[
        str,
        typer.Option(metavar="URL", envvar="LITSPARK_URL", show_envvar=True, help="Where the chat is served."),
    ] = "http://127.0.0.1:8000",
    pace: Annotated[
        float,
        typer.Option(
            envvar="LITSPARK_PACE",
            show_envvar=True,
            help="How long they take for everything: 1 as long as people do, 0.1 a tenth of it.",
        ),
    ] = 1,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Let made-up people talk in a few conversations, in French and English, on a server that is running.

    They answer one another and whoever writes to them, and take in whoever signs in, until Ctrl-C. Run again, they go
    on where they were. Their tokens are signed as those of `litspark token`.

    Example, with `litspark serve --dev` running:

    \b
        litspark demo --with alice
    """
    if not url.startswith(("http://", "https://")):
        raise Misuse("--url: must begin with http:// or https://")
    if not 0.01 <= pace <= 100:
        raise Misuse("--pace: must be from 0.01 to 100")
    for guest in guests or []:
        _check(guest)
    from interfaces.auth import tokens  # here, for other commands need not wait for it
    from interfaces.demo.play import Play

    judge = tokens(settings(data_dir, database_url, dev=True))
    play = Play(url.rstrip("/"), lambda user_id, name: judge.issue(user_id, name, "", TTL), pace)
    if once:
        complete(play.fill(guests or []))
        say("The conversations are filled.")
    else:
        complete(play.run(guests or [], lambda: say(f"They are talking at {url}. Ctrl-C ends it.")))


def _check(guest: str) -> None:
    try:
        _user_id.validate_python(guest, strict=True)
    except ValidationError as failure:
        raise Misuse(f"--with: {failure.errors(include_url=False)[0]['msg']}") from None
