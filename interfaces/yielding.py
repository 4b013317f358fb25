"""Who leaves the processor to the chat: sessions of PostgreSQL, and whatever else runs beside it, on Linux."""

import asyncio
import ctypes
import errno
import os
import platform
from contextlib import suppress
from pathlib import Path
from struct import Struct

import psycopg

LAST = 19
"""For who has time: what all others leave, and a hundredth."""

LATER = 10
"""For what need not be at once: a tenth of what those get who are in a hurry, where together they want too much."""

SLICE = 0.01
"""Seconds that it may go on for before others have their turn: more than anybody else's few milliseconds, so that who
wakes up interrupts it at once, and not at the next tick of the clock. Source: man 2 sched_setattr; since Linux 6.12."""

CALLS = {"x86_64": 314, "aarch64": 274}
"""The number of sched_setattr, which the C library does not know everywhere, by machine."""

ATTRIBUTES = Struct("=IIQiIQQQ")
"""Size, policy, flags, nice, priority, runtime, deadline, period."""

TRIES = 20
"""How often, a tenth of a second apart, Linux is asked to weigh a session less."""


async def step_back(info: psycopg.ConnectionInfo, nice: int) -> None:
    """Where PostgreSQL is reached by a Unix socket, and so runs here: makes a session as nice as is said.

    Of somebody else's PostgreSQL nobody may say that, and elsewhere than on Linux it is not known whose a number is.
    """
    if info.host.startswith("/"):
        with suppress(PermissionError, FileNotFoundError, ProcessLookupError):  # the last two: it has just ended
            if _is_session(info.backend_pid, info.user):
                await be_nice(info.backend_pid, nice)


def _is_session(pid: int, user: str) -> bool:
    words = Path(f"/proc/{pid}/cmdline").read_bytes()
    return b"postgres" in words and user.encode() in words


async def be_nice(pid: int, nice: int) -> None:
    """For a process that is a session of its own. Raises `PermissionError` where it is somebody else's."""
    _weigh(pid, nice)
    if nice == LAST:  # and a processor that has nothing else to do counts as free
        os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
    for _ in range(TRIES):
        if _group_weighed(pid, nice):
            break
        await asyncio.sleep(0.1)


def _weigh(pid: int, nice: int) -> None:
    """Nice and slice."""
    if call := CALLS.get(platform.machine()):
        attributes = ATTRIBUTES.pack(ATTRIBUTES.size, os.SCHED_OTHER, 0, nice, 0, int(SLICE * 1e9), 0, 0)
        library = ctypes.CDLL(None, use_errno=True)
        if library.syscall(ctypes.c_long(call), pid, attributes, 0) == 0:
            return
        if (error := ctypes.get_errno()) != errno.ENOSYS:
            raise OSError(error, os.strerror(error))
    os.setpriority(os.PRIO_PROCESS, pid, nice)


def _group_weighed(pid: int, nice: int) -> bool:
    """Linux may weigh whole sessions against each other first, and each process of PostgreSQL is one by itself.

    Then `nice` alone says what a process gets of what its own session gets: all of it. Source: man 7 sched.
    False where it has to be tried again, for ten such changes a second are allowed.
    """
    if (autogroup := Path(f"/proc/{pid}/autogroup")).exists():
        try:
            autogroup.write_text(str(nice))
        except BlockingIOError:
            return False
    return True
