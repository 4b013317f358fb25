"""`litspark audit replay`."""

from typing import Annotated, Any

import typer

from interfaces.cli.audit.asking import AtOption, ReasonOption, answered, conversation, person, watched
from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption, Misuse
from interfaces.cli.terminal import Format, note, show


def replay(
    reason: ReasonOption,
    conversation_id: Annotated[
        str | None,
        typer.Argument(
            metavar="[CONVERSATION]",
            help="The conversation's id, which `litspark audit find` looks for; without it, the list of --as.",
            show_default=False,
        ),
    ] = None,
    at: AtOption = None,
    as_user: Annotated[
        str | None,
        typer.Option("--as", metavar="USER", help="Through whose eyes: what this person saw, read and not yet read."),
    ] = None,
    form: FormatOption = Format.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Show a conversation as it was at a moment, or somebody's conversation list.

    With CONVERSATION: its title, its people and how far each had read, and its messages, as they were --at that
    moment. With --as USER also: what that person saw of it, and what of it was unread. Without CONVERSATION: the
    conversation list that USER saw, with the unread counts.

    It is folded out of the log alone, by the same rules as live. A reading of this kind is itself recorded.

    Examples:

    \b
        litspark audit replay 0190f3a2-6c1e-7d3a-9b52-3f1c8a7e5d10 --reason "complaint 411"
        litspark audit replay 0190f3a2-6c1e-7d3a-9b52-3f1c8a7e5d10 --as bob --at 2026-11-23T14:03:00Z --reason "…"
        litspark audit replay --as bob --at 4711 --reason "what did Bob see?"
    """
    user_id = None if as_user is None else person(as_user, "--as")
    if conversation_id is None:
        if user_id is None:
            raise Misuse("say which CONVERSATION, or --as whom")
        _list(user_id, reason, at, form, data_dir, database_url)
        return
    wanted = conversation(conversation_id)
    with watched() as seen:

        async def ask(desk: Any, auditor: Any) -> dict[str, Any]:
            found: dict[str, Any] = await desk.replay(auditor, wanted, at, user_id=user_id, seen=seen)
            return found

        answer = answered(data_dir, database_url, reason, ask)
    if form is Format.json:
        show([answer], form)
    else:
        _tell(answer, user_id)


def _tell(answer: dict[str, Any], user_id: str | None) -> None:
    it = answer["conversation"]
    note(f"{it['title'] or 'without a title'}: a {it['kind']} conversation of {it['participant_count']}, as it was at")
    note(f"position {answer['position']}, recorded at {answer['recorded_at']}")
    show(it["participants"], Format.table)
    show([_line(message) for message in answer["messages"]], Format.table)
    if user_id is not None:
        note(f"{user_id} had read up to {it['read_number']} of {it['last_number']}: {it['unread_count']} unread")


def _line(message: dict[str, Any]) -> dict[str, Any]:
    line = {name: message[name] for name in ("number", "sent_at", "sender_name", "body")}
    return line if "read" not in message else line | {"read": "yes" if message["read"] else "no"}


def _list(user_id: str, reason: str, at: str | None, form: Format, data_dir: Any, database_url: str | None) -> None:
    with watched() as seen:

        async def ask(desk: Any, auditor: Any) -> dict[str, Any]:
            found: dict[str, Any] = await desk.conversations(auditor, user_id, at, seen=seen)
            return found

        answer = answered(data_dir, database_url, reason, ask)
    if form is Format.json:
        show([answer], form)
        return
    note(f"What {answer['user']['name']} saw at position {answer['position']}, recorded at {answer['recorded_at']}:")
    show([_row(one) for one in answer["conversations"]], Format.table)
    note(f"{answer['total']} unread")


def _row(seen: dict[str, Any]) -> dict[str, Any]:
    last = seen["last_message"]
    return {
        "conversation_id": seen["conversation_id"],
        "title": seen["title"] or "",
        "unread": seen["unread_count"],
        "updated_at": seen["updated_at"],
        "last_message": f"{last['sender_name']}: {last['preview']}" if last else "",
    }
