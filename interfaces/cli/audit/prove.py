"""`litspark audit prove`."""

import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from domain.base import Rejected
from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption, Misuse, complete, database, settings
from interfaces.cli.terminal import Format, say, show
from interfaces.ledger.problem import DoesNotFit
from interfaces.ledger.proof import NotSigned
from interfaces.ledger.proof import prove as proven
from projections.ledger.entries import Incomplete


def prove(
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE_ID", help="The message's id.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="LITSPARK_OUT",
            show_envvar=True,
            help="Where to write the proof; it replaces the file. Without it, the proof is the result.",
        ),
    ] = None,
    form: FormatOption = Format.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Prove that one message is in the log, to a stranger who sees no other.

    The proof holds the message, and the hashes that lead from it to a checkpoint that was signed. docs/audit.md says
    how it is checked, docs/examples/verify_proof.py does it in 60 lines, and so does `litspark audit verify FILE`.
    It writes nothing into the log, and needs no reason.

    Example:

    \b
        litspark audit prove 0191f3a2-6c1e-7d3a-9b52-3f1c8a7e5d10 --out proof.json
    """
    wanted = _uuid(message_id)
    if out and (out.is_dir() or not out.parent.is_dir()):
        raise Misuse(f"{out}: {'a folder' if out.is_dir() else 'no such folder'}")
    made = settings(data_dir, database_url)
    with database(made) as url:
        proof = _proof(url, wanted)
    if out:
        out.write_text(json.dumps(proof, ensure_ascii=False, indent=2) + "\n", "utf-8")
    if form is Format.json:
        show([proof], form)
    elif out:
        show([_summary(proof)], form)
    else:
        typer.echo(json.dumps(proof, ensure_ascii=False, indent=2))


def _uuid(given: str) -> UUID:
    try:
        if len(given) == 36:
            return UUID(given)
    except ValueError:
        pass
    raise Misuse("MESSAGE_ID: must be a UUID of 36 characters")


def _proof(url: str, message_id: UUID) -> dict[str, Any]:
    try:
        return complete(_prove(url, message_id))
    except Rejected as refusal:
        raise Misuse(f"{refusal.code}: {refusal.message}") from None
    except NotSigned as error:
        say(f"{error}. `litspark audit checkpoint` signs what there is; a server does so by itself.")
    except (DoesNotFit, Incomplete) as error:
        say(f"Does not fit. {error}. `litspark audit verify` tells more.")
    raise typer.Exit(1)


def _summary(proof: dict[str, Any]) -> dict[str, Any]:
    event, checkpoint = proof["event"], proof["checkpoint"]
    return {
        "position": event["position"],
        "recorded_at": event["recorded_at"],
        "of": checkpoint["size"],
        "signed_at": checkpoint["signed_at"],
        "key_id": checkpoint["key_id"],
    }


async def _prove(url: str, message_id: UUID) -> dict[str, Any]:
    from application.store import Store  # here, for other commands need not wait for them
    from interfaces.connections import pool
    from interfaces.ledger.schema import ledger_schema

    async with pool(url, "prove", 1, snapshots=True) as reading:
        return await proven(Store(reading, reading), reading, await ledger_schema(reading), message_id)
