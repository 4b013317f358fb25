"""`litspark audit find`."""

from typing import Annotated, Any

import typer

from interfaces.cli.audit.asking import ReasonOption, answered
from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption
from interfaces.cli.terminal import Format, show

LimitOption = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=200, help="At most so many.")]


def find(
    word: Annotated[
        str, typer.Argument(metavar="TEXT", help="Part of a title, of somebody's name or user_id; or a whole id.")
    ],
    reason: ReasonOption,
    limit: LimitOption = 50,
    form: FormatOption = Format.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Find conversations by their title or by their people, as they are now, the last changed first.

    Who has left a conversation still finds it. A search is itself recorded.

    Example:

    \b
        litspark audit find alice --reason "complaint 411"
    """

    async def ask(desk: Any, auditor: Any) -> list[dict[str, Any]]:
        found = await desk.find(auditor, word, limit)
        conversations: list[dict[str, Any]] = found["conversations"]
        return conversations

    found = answered(data_dir, database_url, reason, ask)
    show(found if form is Format.json else [_row(one) for one in found], form)


def _row(found: dict[str, Any]) -> dict[str, Any]:
    names = ", ".join(one["name"] for one in found["people"])
    more = found["participant_count"] - len(found["people"])
    return {
        "conversation_id": found["conversation_id"],
        "title": found["title"] or "",
        "people": f"{names} and {more} more" if more > 0 else names,
        "messages": found["last_number"],
        "updated_at": found["updated_at"],
    }
