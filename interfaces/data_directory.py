"""The data directory: whose it is, and the locks in it."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from interfaces.postgres_user import PostgresFailed


class DataDirectoryInUse(Exception):
    """Another `litspark serve` runs on this data directory."""


@contextmanager
def hold_server_lock(data_dir: str | Path) -> Iterator[None]:
    """Be the one server of a data directory, or raise DataDirectoryInUse at once."""
    with locked(home(data_dir) / "server.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
        yield


@contextmanager
def plainly() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PostgresFailed(f"{error.filename or 'PostgreSQL'}: {error.strerror or error}") from error


@plainly()
def home(data_dir: str | Path) -> Path:
    folder = Path(data_dir).resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@plainly()
def open_private(path: Path, flags: int, beside: Path) -> int:
    """Open or make a private file; root leaves it to the owner of `beside`, who must be able to open it next time."""
    file = os.open(path, flags | os.O_CREAT, 0o600)
    if os.geteuid() == 0:
        os.fchown(file, beside.stat().st_uid, beside.stat().st_gid)
    return file


def kept(path: Path, make: Callable[[], str]) -> str:
    """A secret in the data directory, for its owner's eyes only; made at first use."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        try:
            os.link(fresh, path)  # whoever comes second keeps the first one's
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()


@contextmanager
def locked(path: Path, operation: int) -> Iterator[int]:
    with open(open_private(path, os.O_RDWR, path.parent)) as file:
        try:
            fcntl.flock(file, operation)
        except BlockingIOError:
            raise DataDirectoryInUse(f"Another litspark server runs on the data directory {path.parent}.") from None
        yield file.fileno()
