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
    first, *others = family(data_dir)
    os.kill(first, how)
    await until(lambda: not any(map(runs, [first, *others])))


def family(data_dir: Path) -> list[int]:
    """All of its processes, the first of all first; none where it does not run."""
    with suppress(FileNotFoundError):
        if pid := postmaster(data_dir):
            return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    return []


def tell(data_dir: Path, number: signal.Signals) -> None:
    """A signal to all of them: SIGSTOP makes it hang."""
    for pid in family(data_dir):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


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
