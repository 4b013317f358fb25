"""`litspark audit explain`."""

from typing import Annotated, Any

import typer

from interfaces.cli.audit.asking import (
    AtOption,
    ConversationArgument,
    ReasonOption,
    answered,
    conversation,
    person,
    watched,
)
from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption
from interfaces.cli.terminal import Format, note, show

WHY = {"joined": "joined: nothing before it is unread", "sent": "own message", "read": "marked as read"}


def explain(
    conversation_id: ConversationArgument,
    user: Annotated[str, typer.Argument(metavar="USER", help="Whose badge is doubted: a user_id.")],
    reason: ReasonOption,
    at: AtOption = None,
    form: FormatOption = Format.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Show why somebody had so many unread messages: the arithmetic, and the events behind it.

    Unread is the number of the last message less the reader's place. That place is the greatest of three: the last
    message when they joined, their own last message, and the last number they marked as read. The events of all
    three are shown, with the one that decides, and then every message that was unread.

    Example:

    \b
        litspark audit explain 0190f3a2-6c1e-7d3a-9b52-3f1c8a7e5d10 bob --reason "badge shows 3"
    """
    wanted, user_id = conversation(conversation_id), person(user)
    with watched() as seen:

        async def ask(desk: Any, auditor: Any) -> dict[str, Any]:
            found: dict[str, Any] = await desk.explain(auditor, wanted, user_id, at, seen=seen)
            return found

        answer = answered(data_dir, database_url, reason, ask)
    if form is Format.json:
        show([answer], form)
        return
    note(f"{user_id} at position {answer['position']}, recorded at {answer['recorded_at']}:")
    note(f"last number - place = {answer['arithmetic']} unread")
    show([_behind(one) for one in answer["place"]], Format.table)
    show([_unread(one) for one in answer["unread"]], Format.table)


def _behind(one: dict[str, Any]) -> dict[str, Any]:
    event = one["event"]
    return {
        "place": one["number"],
        "because": WHY[one["why"]],
        "decides": "yes" if one["decides"] else "",
        **{name: str(event[name]) for name in ("position", "recorded_at", "type")},
    }


def _unread(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "unread": event["version"],
        **{name: str(event[name]) for name in ("position", "recorded_at")},
        **{name: event["data"][name] for name in ("sender_id", "body")},
    }
