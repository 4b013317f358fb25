"""`litspark audit checkpoint`."""

from typing import Any

import typer

from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption, Misuse, complete, database, settings
from interfaces.cli.terminal import Format, progress, say, show
from interfaces.ledger.keys import BadKey, SigningKey, signing_key
from interfaces.settings import Settings


def checkpoint(
    form: FormatOption = Format.table, data_dir: DataDir = DATA_DIR, database_url: DatabaseUrl = None
) -> None:
    """Bring the ledger up to the log's end and sign it, now.

    A server does so by itself every ten seconds. The key is that of LITSPARK_LEDGER_KEY, else, where LitSpark keeps
    its own PostgreSQL, the one in the data directory, which is made when there is none yet. Where there is nothing
    new, the last checkpoint is shown. The public key in the result is what others verify by.

    Example:

    \b
        litspark audit checkpoint --format json
    """
    made = settings(data_dir, database_url)
    try:
        key = signing_key(made)
    except BadKey as error:
        raise Misuse(str(error)) from None
    if key is None:
        raise Misuse("no key to sign with: set LITSPARK_LEDGER_KEY")
    with database(made) as url:
        signed = complete(_sign(made, url, key))
    if signed is None:
        say("nothing to sign: the log is empty")
        raise typer.Exit(1)
    show([signed], form)


async def _sign(made: Settings, url: str, key: SigningKey) -> dict[str, Any] | None:
    from interfaces.chat import chat, projecting_pool  # here, for other commands need not wait for it
    from interfaces.ledger.notary import signed_now

    async with chat(made, url) as whole, projecting_pool(made, url, "ledger") as pool:
        signed = await signed_now(whole, pool, key, progress)
    return signed.written() | {"public_key": key.public_key} if signed else None
