"""`litspark serve`."""

from typing import Annotated

import typer

from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, Misuse, settings


def serve(
    host: Annotated[
        str,
        typer.Option(envvar="LITSPARK_HOST", show_envvar=True, help="The address to listen on."),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            min=0,
            max=65535,
            envvar="LITSPARK_PORT",
            show_envvar=True,
            help="The port to listen on; 0 takes a free one.",
        ),
    ] = 8000,
    dev: Annotated[
        bool,
        typer.Option(
            "--dev",
            envvar="LITSPARK_DEV",
            show_envvar=True,
            help="For trying it out: a secret of its own, and a sign-in by name that hands out tokens on this machine.",
        ),
    ] = False,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Serve the chat, over Socket.IO and HTTP, until Ctrl-C or SIGTERM.

    Says `litspark ready on http://HOST:PORT` once it takes requests. Without --database-url it starts a PostgreSQL
    of its own in the data directory.

    Example, to try it out:

    \b
        litspark serve --dev

    Example, on a server, with LITSPARK_JWT_SECRET set:

    \b
        litspark serve --host 0.0.0.0 --database-url postgresql://litspark@db/litspark
    """
    made = settings(data_dir, database_url, host=host, port=port, dev=dev)
    from interfaces import app  # here, for other commands need not wait for it
    from interfaces.keys import BadKeySet

    try:
        app.serve(made)
    except BadKeySet as error:
        raise Misuse(f"LITSPARK_JWKS_URL: {error}") from None
