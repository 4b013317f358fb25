"""A test's own PostgreSQL, ended the hard way and started again."""

import os
import signal
from contextlib import ExitStack, suppress
from pathlib import Path

from interfaces.embedded_postgres import running
from tests.faults.processes import until

BIN = os.environ.get("POSTGRES_BIN")


def postmaster(data_dir: Path) -> int | None:
    """The process that is the PostgreSQL of a data directory, if it runs."""
    with suppress(FileNotFoundError, ProcessLookupError):
        pid = int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
        if os.fsencode(data_dir) in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    return None


async def crash(data_dir: Path, how: signal.Signals = signal.SIGQUIT) -> None:
    """Ends it, and returns when every one of its processes is gone. SIGQUIT is `pg_ctl stop -m immediate`."""
    pid = postmaster(data_dir)
    assert pid
    family = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    os.kill(pid, how)
    await until(lambda: not any(map(runs, family)))


def runs(pid: int) -> bool:
    """A process that has ended, and that nobody has asked after yet, has no words any more."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    return False


def opened(data_dir: Path) -> ExitStack:
    """PostgreSQL, started again."""
    stack = ExitStack()
    stack.enter_context(running(data_dir, BIN))
    return stack
