"""`litspark audit verify`."""

import json
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption, Misuse, complete, database, settings
from interfaces.cli.terminal import Format, progress, say, show
from interfaces.ledger.bundle.reader import NoBundle, Reader
from interfaces.ledger.keys import BadKey, public_key
from interfaces.ledger.problem import DoesNotFit
from interfaces.ledger.proof import NoProof, check
from interfaces.ledger.walk import Report
from projections.ledger.checkpoint import Checkpoint, NoCheckpoint


def verify(
    bundle: Annotated[
        Path | None,
        typer.Argument(
            metavar="BUNDLE",
            help="A folder that `audit export` wrote, or a file by `audit prove`; without one, the database.",
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PUBLIC",
            envvar="LITSPARK_PUBLIC_KEY",
            show_envvar=True,
            help="The public key that signs: 64 hexadecimal digits, or a file of them or of a PEM; repeated, several. "
            "A bundle needs it; for the database it is the one that the log tells, unless told otherwise.",
        ),
    ] = None,
    checkpoints: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            envvar="LITSPARK_CHECKPOINTS",
            show_envvar=True,
            help="Checkpoints that were kept elsewhere, as JSON Lines: they tell a log that was rewritten as a whole.",
        ),
    ] = None,
    form: FormatOption = Format.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Prove that the log was not touched, or say the first place that does not fit, and how.

    Every hash is made anew out of the events, and held against the ledger and against every checkpoint that was
    signed. It writes nothing, needs no reason, and a server may run at the same time. Exit code 0: it fits, 1: it
    does not.

    Example, of the database, with what was kept on another machine:

    \b
        litspark audit verify --key ledger.pub --checkpoints /mnt/elsewhere/checkpoints.jsonl

    Example, of a bundle, on a machine that knows nothing but the public key:

    \b
        litspark audit verify bundle --key ledger.pub
    """
    keys, outside = _keys(key or []), [one for path in checkpoints or [] for one in _checkpoints(path)]
    begun = monotonic()
    if bundle is None:
        made = settings(data_dir, database_url)
        with database(made) as url:
            report = complete(_online(url, keys, outside))
    elif bundle.is_file():
        _tell_proof(bundle, keys, form)
        return
    else:
        report = _offline(bundle, keys, outside)
    _tell(report, form, monotonic() - begun)


def _tell(report: Report, form: Format, seconds: float) -> None:
    """What has come of it, and the exit code."""
    result = report.written() | {"seconds": round(seconds, 1)}
    if form is Format.table:
        del result["problem"]  # which is told in a sentence
        result["keys"] = " ".join(report.keys)
        show([{"what": name, "value": _shown(value)} for name, value in result.items()], form)
    else:
        show([result], form)
    if report.problem:
        say(f"Does not fit. {report.problem}")
        raise typer.Exit(1)
    unsigned = report.events - (report.signed.size if report.signed else 0)
    say("It fits." + (f" The last {unsigned:,} events are not signed yet." if unsigned else ""))


def _offline(folder: Path, keys: list[str], outside: list[Checkpoint]) -> Report:
    _need(keys)
    try:
        return Reader(folder, keys, outside).run(progress)
    except NoBundle as error:
        raise Misuse(str(error)) from None


def _tell_proof(path: Path, keys: list[str], form: Format) -> None:
    _need(keys)
    try:
        proof = json.loads(path.read_bytes())
        signed = check(proof, keys)
    except (NoProof, ValueError) as error:
        raise Misuse(f"{path}: {error}") from None
    except DoesNotFit as failure:
        show([{"fits": False} | failure.problem.written()], form)
        say(f"Does not fit. {failure.problem}")
        raise typer.Exit(1) from None
    at = signed.written()["signed_at"]
    show([{"fits": True, "position": proof["event"]["position"], "of": signed.size, "signed_at": at}], form)
    say("It fits.")


def _need(keys: list[str]) -> None:
    if not keys:
        raise Misuse("--key: what comes from elsewhere is verified by the public key, as it is known from elsewhere")


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return f"{value:,}"
        case _:
            return str(value or "-")


def _keys(given: list[str]) -> list[str]:
    try:
        return [public_key(one) for one in given]
    except BadKey as error:
        raise Misuse(f"--key: {error}") from None


def _checkpoints(path: Path) -> Iterator[Checkpoint]:
    """Those of a file. A line that is none is told, and is no proof of anything."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield Checkpoint.read(json.loads(line))
                except (ValueError, NoCheckpoint) as error:
                    raise Misuse(f"--checkpoints: {path}, line {number}: {error}") from None
    except OSError as error:
        raise Misuse(f"--checkpoints: {path}: {error.strerror}") from None


async def _online(database_url: str, keys: list[str], outside: list[Checkpoint]) -> Report:
    from application.store import Store  # here, for other commands need not wait for them
    from interfaces.connections import pool
    from interfaces.ledger.verification import Verification

    async with pool(database_url, "verify", 4, snapshots=True) as reading:
        store = Store(reading, reading)
        return await Verification(store, reading, keys=keys, outside=outside).run(progress)
