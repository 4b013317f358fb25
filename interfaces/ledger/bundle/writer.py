"""Writes a bundle: line by line, in memory that does not grow with it; stopped on the way, it goes on from there."""

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from psycopg_pool import AsyncConnectionPool

from application.store import Store
from interfaces.history.tally import Progress
from interfaces.ledger import written
from interfaces.ledger.bundle.content import Content
from interfaces.ledger.bundle.selection import Selection
from projections.ledger.checkpoint import Checkpoint

FORMAT = "litspark audit bundle 1"
MANIFEST, UNFINISHED = "manifest.json", "manifest.unfinished.json"
EVENTS, CHECKPOINTS = "events.jsonl", "checkpoints.jsonl"
BLOCK = 1024 * 1024

Fields = dict[str, Any]


class NotHere(Exception):
    """The folder can't take this bundle: it holds something else."""


class Writer:
    """Writes into a folder what a selection shows of the first `upto.size` events.

    Where the folder holds an unfinished bundle of the same selection, it goes on with that one, and ends where that
    was to end.
    """

    def __init__(self, store: Store, pool: AsyncConnectionPool[Any], schema: str, folder: Path) -> None:
        self._content = Content(store, pool, schema)
        self._folder = folder

    async def run(self, selection: Selection, upto: Checkpoint, progress: Progress) -> Fields:
        """The manifest. Raises `NotHere`, `OSError`, `Incomplete`."""
        if done := finished(self._folder, selection):
            return done
        upto = begun(self._folder, selection) or self._begin(selection, upto)
        with (self._folder / EVENTS).open("ab+") as file, progress("events", upto.size) as at:
            after = _whole_lines(file)
            async for lines, position in self._content.lines(selection, after, upto.size):
                file.write(lines)
                at(position)
        with (self._folder / CHECKPOINTS).open("wb") as file:
            async for lines in self._content.checkpoints(selection, upto):
                file.write(lines)
        return self._finish(selection, upto)

    def _begin(self, selection: Selection, upto: Checkpoint) -> Checkpoint:
        self._folder.mkdir(parents=True, exist_ok=True)
        if any(self._folder.iterdir()):
            raise NotHere(f"{self._folder}: holds something else than a bundle")
        _replace(self._folder / UNFINISHED, head(selection, upto))
        return upto

    def _finish(self, selection: Selection, upto: Checkpoint) -> Fields:
        files = [described(self._folder / name) for name in (EVENTS, CHECKPOINTS)]
        manifest = head(selection, upto) | {"files": files}
        _replace(self._folder / MANIFEST, manifest)
        (self._folder / UNFINISHED).unlink()
        return manifest


def finished(folder: Path, selection: Selection) -> Fields | None:
    """The manifest of a bundle that is complete. Raises `NotHere` where it is of something else."""
    return _held(folder / MANIFEST, selection)


def begun(folder: Path, selection: Selection) -> Checkpoint | None:
    """Up to where the unfinished bundle is to go. Raises `NotHere` where it is of something else."""
    held = _held(folder / UNFINISHED, selection)
    return Checkpoint.read(held["checkpoint"]) if held else None


def _held(path: Path, selection: Selection) -> Fields | None:
    try:
        held: Fields = json.loads(path.read_bytes())
        same = (held["format"], held["selection"]) == (FORMAT, selection.written())
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise NotHere(f"{path}: damaged") from error
    if not same:
        raise NotHere(f"{path.parent}: holds a bundle of something else")
    return held


def head(selection: Selection, upto: Checkpoint) -> Fields:
    """Of a manifest: what the bundle is to hold."""
    return {"format": FORMAT, "selection": selection.written(), "checkpoint": upto.written()}


def _whole_lines(file: IO[bytes]) -> int:
    """Leaves whole lines alone, and answers the position that they have come to."""
    end = file.seek(0, os.SEEK_END)
    last, whole = b"", 0
    file.seek(max(0, end - BLOCK))
    at = file.tell()
    for each in file:
        if each.endswith(b"\n"):
            last, whole = each, at + len(each)
        at += len(each)
    file.truncate(whole)
    file.seek(whole)
    if not last:
        return 0
    fields = written.read_line(last)
    return int(fields["last"] if "last" in fields else fields["position"])


def described(path: Path) -> Fields:
    digest, size, lines = sha256(), 0, 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
            lines += block.count(b"\n")
        os.fsync(file.fileno())
    return {"name": path.name, "lines": lines, "bytes": size, "sha256": digest.hexdigest()}


def _replace(path: Path, fields: Fields) -> None:
    """Written beside and renamed: it is there whole, or not at all."""
    beside = path.with_name(f".{path.name}")
    with beside.open("wb") as file:
        file.write(json.dumps(fields, indent=2).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
