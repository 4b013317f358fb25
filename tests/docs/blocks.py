"""The code blocks of a page of docs/, each with what its first line says it is, and scripts run as they stand there."""

import asyncio
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Block:
    """`title` is what follows the language: a file's name, a script's, or `&` for what has a terminal of its own."""

    language: str
    title: str
    text: str


def blocks(page: str) -> list[Block]:
    written = (ROOT / "docs" / page).read_text("utf-8")
    found = re.findall(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", written, re.DOTALL | re.MULTILINE)
    return [Block(*one) for one in found]


def scripts() -> dict[str, str]:
    """Those of docs/operations.md, by their names."""
    return {block.title: block.text for block in blocks("operations.md") if block.language == "sh"}


async def run(name: str, path: Path | None = None, **variables: Any) -> str:
    """What a script says; programs are looked for in `path` first."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LITSPARK_", "PG", "MAKE"))}
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-euc",
        scripts()[name],
        env=kept
        | {key: str(value) for key, value in variables.items()}
        | {"PATH": f"{path}:{kept['PATH']}" if path else kept["PATH"]},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()
