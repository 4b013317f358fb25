"""What processes have cost, and what they hold, by what Linux says of them."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def spent(pid: int) -> float:
    """Seconds of processor, user and system, of a process and of those it has started; of these, also of the ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):  # ended meanwhile: its parent will say what it has cost
        return 0.0
    return sum(map(int, stat[11:15])) / TICKS + sum(spent(int(child)) for child in children)


def resident(pid: int) -> int:
    """Bytes of memory that a process has for itself or shares."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def proportional(pid: int) -> int:
    """Bytes of memory of a process and of those it has started, what they share counted once."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    own = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return own + sum(proportional(int(child)) for child in children)


def files(pid: int) -> int:
    """Files and sockets that a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))
