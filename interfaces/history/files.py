"""The files that histories come in, plain or gzipped: read line by line, and written whole or not at all."""

import gzip
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from itertools import count
from pathlib import Path
from typing import IO, BinaryIO, cast

from domain.base import Rejected
from interfaces.history.lines import MAX_LINE, Line, read

GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
BLOCK = 256 * 1024
NOW_AND_THEN = 1_000


@dataclass(frozen=True, slots=True)
class Bad:
    """What stands where a line should. `last`: nothing behind it can be read either."""

    problem: str
    last: bool = False


def lines(path: Path) -> Iterator[Line | Bad | None]:
    """What each line of a file is, the first one first, and `None` a blank one."""
    return (raw if isinstance(raw, Bad) else parsed(raw) for raw in raw_lines(path))


def raw_lines(path: Path, at: Callable[[int], None] = lambda _: None) -> Iterator[bytes | Bad]:
    """Each line of a file as it stands there; `at` hears now and then how many bytes have been read."""
    with path.open("rb") as file:
        plain = _unzipped(file)
        for number in count():
            raw = _line(plain)
            if not raw:
                return
            if isinstance(raw, Bad):
                yield raw
                if raw.last:
                    return
            else:
                yield raw.removeprefix(BOM) if number == 0 else raw
            if number % NOW_AND_THEN == 0:
                at(file.tell())


def _unzipped(file: BufferedReader) -> BinaryIO:
    if file.peek(2)[:2] != GZIP:
        return file
    return cast(BinaryIO, gzip.GzipFile(fileobj=file))


def _line(plain: BinaryIO) -> bytes | Bad:
    """The next line with its end; empty behind the last one. Never more than a line's limit is held."""
    try:
        raw = plain.readline(MAX_LINE + len(b"\r\n"))
        if len(raw.rstrip(b"\r\n")) <= MAX_LINE:
            return raw
        while raw and not raw.endswith(b"\n"):
            raw = plain.readline(BLOCK)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        return Bad(f"the file is damaged or cut off here, and can't be unpacked any further ({error})", last=True)
    return Bad(f"is longer than {MAX_LINE:,} bytes")


def parsed(raw: bytes) -> Line | Bad | None:
    """What a line is; `None`: a blank one."""
    try:
        return read(raw) if raw.strip() else None
    except Rejected as refusal:
        return Bad(refusal.message if raw.endswith(b"\n") else f"{refusal.message} (the file ends in this line)")


@contextmanager
def replaced(path: Path | None) -> Iterator[IO[bytes]]:
    """A file to be written, which takes its place when it is whole; `.gz` is gzipped. `None`: standard output."""
    if path is None:
        # Not sys.stdout.buffer: where Python is told not to buffer, that may write a part and say nothing.
        with open(sys.stdout.fileno(), "wb", closefd=False) as output:
            yield output
    elif path.exists() and not path.is_file():  # a device or a pipe: there is nothing to be replaced
        with path.open("wb") as device:
            yield device
    else:
        with _whole(path.resolve()) as file, _zipped(file, path) as plain:
            yield plain


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """Written beside and renamed: whoever looks sees the old file or the new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("xb") as file:
            if path.exists():  # what only its owner might read stays so
                beside.chmod(path.stat().st_mode & 0o7777)
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


@contextmanager
def _zipped(file: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    """Without name and time, so that the same log always makes the same file."""
    if path.suffix != ".gz":
        yield file
        return
    with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        yield cast(IO[bytes], packed)
