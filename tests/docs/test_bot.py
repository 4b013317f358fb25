"""docs/bot.md is followed to the letter, from an empty folder to a bot that answers."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks

PATIENCE = 60.0
SIGNS = ("litspark ready on", "listening")
"""What those say that go on in a terminal of their own, once they are at work, in the order of the page."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Empty but for a copy of the project, which is linked and not cloned."""
    (tmp_path / "litspark").symlink_to(ROOT)
    return tmp_path


def environment() -> dict[str, str]:
    """A port that nobody else has, and nothing else that this page does not speak of."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LITSPARK_", "VIRTUAL_ENV"))}
    return kept | {"LITSPARK_PORT": port, "LITSPARK_URL": f"http://127.0.0.1:{port}"}


@asynccontextmanager
async def terminal(folder: Path, env: dict[str, str], commands: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A shell that runs these commands, and is interrupted at the end, with all that it has started."""
    process = await asyncio.create_subprocess_exec(
        "sh",
        "-ec",
        commands,
        cwd=folder,
        env=env,
        start_new_session=True,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGINT)
        await process.communicate()


async def says(process: asyncio.subprocess.Process, sign: str) -> None:
    assert process.stdout
    said = []
    async with asyncio.timeout(PATIENCE):
        async for line in process.stdout:
            said.append(line.decode())
            if sign in said[-1]:
                return
    raise AssertionError("".join(said))


@pytest.mark.slow
async def test_who_follows_it_gets_an_answer(folder: Path) -> None:
    env, signs, path = environment(), iter(SIGNS), f'export PATH="{folder}/litspark/.venv/bin:$PATH"\n'
    printed = ""
    async with AsyncExitStack() as stack:
        for block in blocks("bot.md"):
            match block.language, block.title:
                case "python", name:
                    (folder / name).write_text(block.text, "utf-8")
                case "sh", "&":
                    running = await stack.enter_async_context(terminal(folder, env, path + block.text))
                    await says(running, next(signs))
                case "sh", "":
                    async with terminal(folder, env, path + block.text) as running:
                        said, _ = await asyncio.wait_for(running.communicate(), PATIENCE)
                        printed = said.decode()
                        assert running.returncode == 0, printed
                case "text", "":
                    assert printed.endswith(block.text), printed
                case _:
                    raise AssertionError(f"what is to be done with a block of {block.language} {block.title}?")
    assert not list(signs)
