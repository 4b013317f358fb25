"""docs/feature.md is followed to the letter, in a copy of the project."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks

PAGE = "feature.md"


def copy(to: Path) -> None:
    """The project as git knows it, with what has been changed since."""
    kinds = ["*.py", "*.toml", "*.html", "*.css", "*.js"]
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *kinds]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            (to / name).write_bytes((ROOT / name).read_bytes())


def follow(to: Path) -> None:
    head, following = numbers()
    for block in blocks(PAGE):
        if block.language == "diff":
            given = block.text.encode()
            subprocess.run(["git", "apply", "-C1", "--recount", "-"], input=given, cwd=to, check=True)
        elif block.language == "python":
            path = to / block.title.replace("0003", following)
            path.write_text(block.text.replace("0003", following).replace("0002", head), "utf-8")


def numbers() -> tuple[str, str]:
    """The last migration's number, and the next one's."""
    last = max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    return last, f"{int(last) + 1:04}"


async def run(folder: Path, postgres_url: str, *words: str) -> str:
    """What a Python module says; it has to succeed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *words,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "LITSPARK_TEST_DATABASE_URL": postgres_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


@pytest.mark.slow
async def test_the_worked_example_works(tmp_path: Path, postgres_url: str) -> None:
    copy(tmp_path)
    follow(tmp_path)
    tests = ("tests/domain", "tests/interfaces/test_description.py", "tests/interfaces/http/test_contract.py")
    said = await run(tmp_path, postgres_url, "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert "test_description" not in said and " passed" in said
    await run(tmp_path, postgres_url, "mypy")
    await run(tmp_path, postgres_url, "ruff", "check", "--no-cache", ".")
    await run(tmp_path, postgres_url, "ruff", "format", "--no-cache", "--check", ".")
