"""The commands in docs/operations.md, run as they stand there."""

import asyncio
import os
import re
from pathlib import Path
from typing import Any

from tests.docs.settings_table import OPERATIONS

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```sh ([\w-]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks() -> dict[str, str]:
    """The scripts by their names."""
    return dict(BLOCK.findall(OPERATIONS.read_text("utf-8")))


async def run(name: str, path: Path | None = None, **variables: Any) -> str:
    """What a script says; programs are looked for in `path` first."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LITSPARK_", "PG", "MAKE"))}
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-euc",
        blocks()[name],
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
