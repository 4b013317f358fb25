"""`litspark token`."""

from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from domain.base import Name, UserId
from interfaces.claims import SCOPES
from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption, Misuse, settings
from interfaces.cli.terminal import Format, show

TEN_YEARS = 10 * 366 * 24 * 3600

_user_id: TypeAdapter[str] = TypeAdapter(UserId)
_name: TypeAdapter[str] = TypeAdapter(Name)


def token(
    user: Annotated[str, typer.Argument(metavar="USER", help="The user_id that the token is for.")],
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            envvar="LITSPARK_NAME",
            show_envvar=True,
            help="The display name, 1 to 120 characters; without it a name told before stays.",
        ),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCOPE",
            envvar="LITSPARK_SCOPE",
            show_envvar=True,
            help=f"What it lets its user do beyond the chat: {', '.join(SCOPES)}; several by spaces, or repeated.",
        ),
    ] = None,
    ttl: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            envvar="LITSPARK_TTL",
            show_envvar=True,
            help="For how long it is valid; an hour unless told otherwise.",
        ),
    ] = 3600,
    form: FormatOption = Format.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Print a token by which a user can sign in.

    It is signed with LITSPARK_JWT_SECRET, else with the secret that `serve --dev` keeps in the data directory (which
    is made when there is none yet).

    Example:

    \b
        litspark token alice --name "Alice Martin" --ttl 86400
    """
    from interfaces.auth import tokens  # here, for other commands need not wait for it

    made = settings(data_dir, database_url, dev=True)
    _check(_user_id, "USER", user)
    if name is not None:
        _check(_name, "--name", name)
    if not 0 < ttl <= TEN_YEARS:
        raise Misuse("--ttl: must be more than 0 seconds and at most ten years")
    scopes = _scopes(scope or [])
    signed = tokens(made).issue(user, name, " ".join(scopes), ttl)
    if form is Format.table:  # alone, so that `$(litspark token …)` is a token
        typer.echo(signed)
    else:
        show([{"token": signed, "user_id": user, "name": name, "scopes": scopes, "ttl": ttl}], form)


def _check(kind: TypeAdapter[str], what: str, value: str) -> None:
    try:
        kind.validate_python(value, strict=True)
    except ValidationError as failure:
        raise Misuse(f"{what}: {failure.errors(include_url=False)[0]['msg']}") from None


def _scopes(given: list[str]) -> list[str]:
    words = list(dict.fromkeys(word for each in given for word in each.split()))
    if unknown := [word for word in words if word not in SCOPES]:
        raise Misuse(f"--scope: {unknown[0]!r} is none of {', '.join(SCOPES)}")
    return words
