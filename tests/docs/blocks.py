"""The code blocks of a page of docs/, each with what its first line says it is."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Block:
    """`title` is what follows the language: a file's name, or `&` for what goes on in a terminal of its own."""

    language: str
    title: str
    text: str


def blocks(page: str) -> list[Block]:
    written = (ROOT / "docs" / page).read_text("utf-8")
    found = re.findall(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", written, re.DOTALL | re.MULTILINE)
    return [Block(*one) for one in found]
