"""`litspark audit export`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from interfaces.cli.audit.asking import ReasonOption, conversation, done, person
from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption, Misuse, settings
from interfaces.cli.terminal import Format, progress, say, show
from interfaces.ledger.keys import BadKey, signing_key


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the bundle; it is made.")],
    reason: ReasonOption,
    of: Annotated[
        str | None, typer.Option("--conversation", metavar="ID", help="Only what is of this conversation.")
    ] = None,
    user: Annotated[
        str | None,
        typer.Option("--person", metavar="USER", help="Only what this person has done, and what is about them."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="INSTANT|POSITION", help="Only what was recorded then or later."),
    ] = None,
    upto: Annotated[
        str | None,
        typer.Option("--to", metavar="INSTANT|POSITION", help="Only what was recorded then or before."),
    ] = None,
    form: FormatOption = Format.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Write a bundle: a part of the log, or all of it, as files that anybody can verify by the public key alone.

    What is not asked for stands in it by hashes, so that what is shown is proven to be what was signed. Where this
    machine has the key, everything is signed first; else the bundle ends with the last checkpoint. The export is
    recorded. Stopped on the way, the same command goes on from there; where the bundle is complete, it does nothing.

    Examples:

    \b
        litspark audit export bundle --reason "yearly audit"
        litspark audit export bundle --conversation 0190f3a2-6c1e-7d3a-9b52-3f1c8a7e5d10 --reason "complaint 411"
        litspark audit export bundle --from 2026-11-23T00:00:00Z --to 2026-11-23T23:59:59Z --reason "that day"
    """
    if folder.exists() and not folder.is_dir():
        raise Misuse(f"{folder}: no folder")
    wanted = (conversation(of) if of else None, person(user, "--person") if user else None, since, upto)
    if of and user:
        raise Misuse("--person: contradicts --conversation")
    made = settings(data_dir, database_url)
    try:
        key = signing_key(made)
    except BadKey as error:
        raise Misuse(str(error)) from None

    async def write(whole: Any, auditor: Any) -> Any:
        from interfaces.chat import projecting_pool  # here, for other commands need not wait for them
        from interfaces.ledger.bundle.export import Export, NothingSigned, selected
        from interfaces.ledger.bundle.writer import NotHere

        async with projecting_pool(made, whole.database_url, "ledger") as ledger:
            try:
                selection = await selected(whole, *wanted)
                return await Export(whole, ledger, key, folder, progress).run(auditor, selection)
            except (NotHere, NothingSigned) as error:
                return error

    manifest = done(made, reason, write)
    if isinstance(manifest, Exception):
        _refused(manifest)
    events, checkpoint = manifest["files"][0], manifest["checkpoint"]
    result = {"lines": events["lines"], "bytes": events["bytes"], "upto": checkpoint["size"]}
    show([result | {"signed_at": checkpoint["signed_at"], "key_id": checkpoint["key_id"]}], form)


def _refused(error: Exception) -> None:
    from interfaces.ledger.bundle.writer import NotHere

    if isinstance(error, NotHere):
        raise Misuse(str(error))
    say(str(error))
    raise typer.Exit(1)
