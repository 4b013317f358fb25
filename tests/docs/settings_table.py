"""The table of settings in docs/operations.md, out of the code: `make docs` writes it."""

import re
from pathlib import Path
from typing import Any

from interfaces.settings import Settings

DOCS = Path(__file__).resolve().parents[2] / "docs"
OPERATIONS = DOCS / "operations.md"
BETWEEN = re.compile(r"(?<=<!-- settings: made by `make docs` -->\n).*(?=<!-- end of settings -->)", re.DOTALL)


def table() -> str:
    rows = ["| variable | unless set | what it is |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        rows.append(f"| `LITSPARK_{name.upper()}` | {_shown(field.default)} | {field.description} |")
    return "\n".join(rows) + "\n"


def _shown(default: Any) -> str:
    match default:
        case None | ():
            return ""
        case bool():
            return "on" if default else "off"
        case _:
            return f"`{default}`"


def current(text: str) -> str:
    """The document with the table as it should be."""
    assert len(BETWEEN.findall(text)) == 1
    return BETWEEN.sub(lambda _: table(), text)


if __name__ == "__main__":
    OPERATIONS.write_text(current(OPERATIONS.read_text("utf-8")), "utf-8")
