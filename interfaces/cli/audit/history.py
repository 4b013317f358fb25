"""`litspark audit history`."""

import json
import sys
from collections.abc import Callable
from typing import Any

from interfaces.cli.audit.asking import (
    AtOption,
    ConversationArgument,
    ReasonOption,
    answered,
    conversation,
    watched,
)
from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption
from interfaces.cli.terminal import Format, plain

COLUMNS = "{position:>10}  {recorded_at:24}  {actor:16}  {type:31}  {version:>7}  {data}"


def history(
    conversation_id: ConversationArgument,
    reason: ReasonOption,
    at: AtOption = None,
    form: FormatOption = Format.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Show every event of a conversation, in the order of the log.

    Who started it and took part, its titles, every message, and how far each has read: each event with its position
    in the log, its stream and version there, its type, when it was recorded, who did it, and its data. Events of an
    import have no actor. A reading of this kind is itself recorded.

    Example:

    \b
        litspark audit history 0190f3a2-6c1e-7d3a-9b52-3f1c8a7e5d10 --reason "complaint 411"
    """
    wanted = conversation(conversation_id)
    with watched(quiet=sys.stdout.isatty()) as seen:

        async def ask(desk: Any, auditor: Any) -> None:
            found = await desk.history(auditor, wanted, at, seen=seen)
            begin, line, end = _json() if form is Format.json else _table()
            begin()
            async for page in found.pages:
                for event in page:
                    line(event)
            end()

        answered(data_dir, database_url, reason, ask)


Writing = tuple[Callable[[], Any], Callable[[dict[str, Any]], Any], Callable[[], Any]]


def _json() -> Writing:
    """A list that is written as it comes, whatever its length."""
    first = True

    def line(event: dict[str, Any]) -> None:
        nonlocal first
        _write(("" if first else ",\n") + json.dumps(event, ensure_ascii=False))
        first = False

    return lambda: _write("[\n"), line, lambda: _write("\n]\n")


def _table() -> Writing:
    names = ("position", "recorded_at", "actor", "type", "version", "data")

    def line(event: dict[str, Any]) -> None:
        data = {name: value for name, value in event["data"].items() if name != "conversation_id"}
        told = {**event, "actor": event["actor"] or "", "data": plain(json.dumps(data, ensure_ascii=False))}
        _write(COLUMNS.format(**told) + "\n")

    heads = {name: name.replace("_", " ") for name in names}
    return lambda: _write(COLUMNS.format(**heads) + "\n"), line, lambda: None


def _write(text: str) -> None:
    sys.stdout.write(text)
