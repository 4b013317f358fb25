"""A cluster's server, by what it says of itself in the cluster."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from interfaces.postgres_user import USER

SOCKET_NAME = ".s.PGSQL.5432"
LOCK_FILES = ("postmaster.pid", f"{SOCKET_NAME}.lock")


@dataclass(frozen=True)
class Postmaster:
    """What `postmaster.pid` tells of a cluster's server, be it alive or long gone."""

    cluster: Path
    pid: int
    port: str
    socket_dir: str
    status: str

    @classmethod
    def of(cls, cluster: Path) -> "Postmaster | None":
        with suppress(FileNotFoundError):
            pid, at, _, port, socket_dir, _, _, status, *_ = (
                (cluster / "postmaster.pid").read_text(errors="surrogateescape") + "\n" * 8
            ).split("\n")
            # A copied cluster has the file of the original, whose server must not be taken for this one's.
            if pid.isdecimal():
                return cls(cluster, int(pid), port, socket_dir if at == str(cluster) else "", status.strip())
        return None

    def is_here(self) -> bool:
        """Whether the process is that server: a number may be another program's by now, and a zombie has no words."""
        return any(_is_of(words, self.cluster) for words in _commands(self.pid))

    def answers(self) -> bool:
        """Whether its socket does: this finds the server of another container on the same volume, too."""
        return _answers(self.socket_dir)

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={quote(self.socket_dir, safe='')}&port={self.port}"

    def accepts(self) -> bool:
        """Whether the database `litspark` can be used; it is made when missing."""
        with (
            suppress(psycopg.OperationalError),
            psycopg.connect(
                self.url("postgres"), autocommit=True, connect_timeout=10, client_encoding="UTF8"
            ) as connection,
        ):
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [USER]).rowcount:
                connection.execute(f"CREATE DATABASE {USER}")
            return True
        return False


def clear(cluster: Path, socket_dir: Path) -> None:
    """Remove lock files that name no process, as a crash or a full disk leaves them: PostgreSQL would not start.

    Those that name one it judges itself. For who holds the startup lock, or it might be a file that is being written.
    """
    nameless = [file for file in map(Path.joinpath, (cluster, socket_dir), LOCK_FILES) if _is_nameless(file)]
    if nameless and not (_answers(str(socket_dir)) or any(_is_of(words, cluster) for words in _commands())):
        for file in nameless:
            file.unlink()


def _is_nameless(file: Path) -> bool:
    with suppress(FileNotFoundError):
        number = file.read_bytes().partition(b"\n")[0].strip().removeprefix(b"-")
        return not number.isdigit() or int(number) == 0
    return False


def _answers(socket_dir: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
        client.settimeout(1)
        client.connect(f"{socket_dir}/{SOCKET_NAME}")
        return True
    return False


def _is_of(words: bytes, cluster: Path) -> bool:
    """Whether a command is the server of a cluster: its children are called otherwise."""
    folder = os.fsencode(cluster)
    return b"\0-D\0" + folder + b"\0" in words or b" -D " + folder + b" -c " in words


def _commands(pid: int | None = None) -> Iterator[bytes]:
    """The words of a process, or of each one: by NUL, or by spaces where there is no /proc."""
    if Path("/proc/self").exists():
        for process in Path("/proc").glob(str(pid or "[0-9]*")):
            with suppress(FileNotFoundError, ProcessLookupError):
                yield (process / "cmdline").read_bytes()
        return
    command = ["ps", "-ww", "-o", "command=", *(["-p", str(pid)] if pid else ["-ax"])]
    yield from subprocess.run(command, capture_output=True, check=False).stdout.splitlines()  # noqa: S603
