"""The command line, inside the test's process or as one of its own."""

import asyncio
import gc
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from interfaces import cli

LITSPARK = Path(sys.executable).with_name("litspark")
PATIENCE = 120.0


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


def environment(**more: str) -> dict[str, str]:
    """Nothing that the developer has set, but for what a test sets itself."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LITSPARK_")} | more


@pytest.fixture
def litspark(tmp_path: Path) -> Command:
    """Runs the command as a process of its own, in a folder of its own."""

    def run(*arguments: object, **env: str) -> Outcome:
        done = subprocess.run(
            [LITSPARK, *map(str, arguments)],
            capture_output=True,
            cwd=tmp_path,
            env=environment(**env),
            timeout=60,
            check=False,
        )
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """Runs a command in this process, which is left as it was found."""
    for name in list(os.environ):
        if name.startswith("LITSPARK_"):
            monkeypatch.delenv(name)
    log, thresholds, level = structlog.get_config(), gc.get_threshold(), logging.getLogger("psycopg").level
    root = logging.getLogger()
    handlers = list(root.handlers)

    def run(*arguments: object) -> Outcome:
        code = cli._run([str(each) for each in arguments])
        return Outcome(code, *capfd.readouterr())

    yield run
    structlog.configure(**log)
    gc.set_threshold(*thresholds)
    gc.unfreeze()
    root.handlers[:] = handlers
    logging.getLogger("psycopg").setLevel(level)


async def started(*arguments: object, **env: str) -> asyncio.subprocess.Process:
    """The command as a process of its own that is not waited for."""
    return await asyncio.create_subprocess_exec(
        LITSPARK,
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(PYTHONFAULTHANDLER="1", **env),
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[str, str]:
    """What such a command has said when it is over. One that does not come to its end says where it stands."""
    aborting = asyncio.get_running_loop().call_later(PATIENCE, process.send_signal, signal.SIGABRT)
    try:
        out, err = await process.communicate()
    finally:
        aborting.cancel()
    assert process.returncode != -signal.SIGABRT, err.decode()
    return out.decode(), err.decode()


async def shell(script: str, **env: str) -> tuple[int, str]:
    """How a script ends, and what it says on standard error."""
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        script,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment(**env),
    )
    _, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, err.decode()
