"""`litspark audit readings`."""

from typing import Any

from interfaces.cli.audit.asking import answered
from interfaces.cli.audit.find import LimitOption
from interfaces.cli.options import DATA_DIR, DatabaseUrl, DataDir, FormatOption
from interfaces.cli.terminal import Format, show


def readings(
    limit: LimitOption = 50,
    form: FormatOption = Format.table,
    data_dir: DataDir = DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Show what auditors have read and why, the last first, and who was refused who is none.

    It shows nothing of what they saw, so it needs no reason and leaves no record.

    Example:

    \b
        litspark audit readings --limit 10
    """

    async def ask(desk: Any, auditor: Any) -> list[dict[str, Any]]:
        found = await desk.readings(limit)
        events: list[dict[str, Any]] = found["readings"]
        return events

    found = answered(data_dir, database_url, None, ask)
    show(found if form is Format.json else [_row(one) for one in found], form)


def _row(event: dict[str, Any]) -> dict[str, Any]:
    data = event["data"]
    refused = event["type"] == "audit.refused"
    return {
        "position": str(event["position"]),
        "recorded_at": event["recorded_at"],
        "who": event["actor"] if refused else data["auditor"],
        "what": "refused" if refused else data["what"],
        "of": data["asked"] if refused else _narrowed(data),
        "reason": data.get("reason", ""),
    }


def _narrowed(data: dict[str, Any]) -> str:
    """What of it: a conversation, a person, a word; up to which position."""
    of = [data[name] for name in ("conversation_id", "user_id", "query") if name in data]
    return " ".join([*of, f"up to {data['position']}"])
