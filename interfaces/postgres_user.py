"""Who PostgreSQL runs as: ourselves, but for root, whom it refuses, a user of its own."""

import os
import pwd
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

USER = "litspark"
"""The database's role and, under root, the system user."""
ANALYST = "litspark_analyst"
"""The role that analysts sign in as."""


class PostgresFailed(Exception):
    """PostgreSQL could not be started or stopped; the message says why, in PostgreSQL's words where it has some."""


def owner(cluster: Path) -> tuple[int, int]:
    """The user and group that run the cluster: ourselves, or for root whoever owns it, at first a user made for it."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    if cluster.exists() and cluster.stat().st_uid != 0:
        return cluster.stat().st_uid, cluster.stat().st_gid
    with suppress(KeyError):
        return pwd.getpwnam(USER)[2:4]
    useradd = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER]
    made = subprocess.run(useradd, capture_output=True, check=False)
    with suppress(KeyError):
        return pwd.getpwnam(USER)[2:4]
    raise PostgresFailed(f"The system user {USER} could not be made: {made.stderr.decode(errors='replace').strip()}")


def as_owner(cluster: Path, socket_dir: Path, binaries: Path) -> list[str]:
    """What must stand before a command of PostgreSQL, which refuses to be run by root."""
    if os.geteuid() != 0:
        return []
    if (setpriv := shutil.which("setpriv")) is None:
        raise PostgresFailed("Run as root, PostgreSQL needs the command setpriv (util-linux), which is not installed.")
    uid, gid = owner(cluster)
    command = [setpriv, f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
    if not (binaries_open := _may_enter(binaries / "postgres", uid, gid)):
        # PostgreSQL asks access(2) about its own binaries, which heeds capabilities with this bit only.
        command.append("--securebits=+no_setuid_fixup")
    if not (binaries_open and all(_may_enter(path.parent, uid, gid) for path in (cluster, socket_dir))):
        # Containers are not given the one that reads alone; and it doesn't run what only root may run.
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        may_read = int(status["CapEff"], 16) & int(status["CapBnd"], 16) & 1 << 2
        name = "dac_read_search" if may_read and (binaries / "postgres").stat().st_mode & 1 else "dac_override"
        command += [f"--inh-caps=+{name}", f"--ambient-caps=+{name}"]
    return command


def _may_enter(path: Path, uid: int, gid: int) -> bool:
    for found in (step.stat() for step in (path, *path.parents)):
        if not found.st_mode >> (6 if found.st_uid == uid else 3 if found.st_gid == gid else 0) & 1:
            return False
    return True
