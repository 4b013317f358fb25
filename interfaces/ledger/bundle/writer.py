"""Writes a bundle: line by line, in memory that does not grow with it; stopped on the way, it goes on from there."""

import json
import os
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from psycopg_pool import AsyncConnectionPool

from application.store import Store
from interfaces.history.tally import Progress
from interfaces.ledger import written
from interfaces.ledger.bundle.selection import Selection
from projections.ledger import checkpoint as checkpoints
from projections.ledger import entries
from projections.ledger.checkpoint import Checkpoint
from projections.ledger.merkle import Place, covering

FORMAT = "litspark audit bundle 1"
MANIFEST, UNFINISHED = "manifest.json", "manifest.unfinished.json"
EVENTS, CHECKPOINTS = "events.jsonl", "checkpoints.jsonl"
PAGE = 1_000
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
        self._store = store
        self._pool = pool
        self._schema = schema
        self._folder = folder

    async def run(self, selection: Selection, upto: Checkpoint, progress: Progress) -> Fields:
        """The manifest. Raises `NotHere`, `OSError`, `Incomplete`."""
        if done := finished(self._folder, selection):
            return done
        upto = begun(self._folder, selection) or self._begin(selection, upto)
        with (self._folder / EVENTS).open("ab+") as file, progress("events", upto.size) as at:
            after = _whole_lines(file)
            async for lines, position in self._lines(selection, after, upto.size):
                file.write(lines)
                at(position)
        with (self._folder / CHECKPOINTS).open("wb") as file:
            async for lines in self._checkpoints(selection, upto):
                file.write(lines)
        return self._finish(selection, upto)

    def _begin(self, selection: Selection, upto: Checkpoint) -> Checkpoint:
        self._folder.mkdir(parents=True, exist_ok=True)
        if any(self._folder.iterdir()):
            raise NotHere(f"{self._folder}: holds something else than a bundle")
        _replace(self._folder / UNFINISHED, _head(selection, upto))
        return upto

    async def _lines(self, selection: Selection, after: int, upto: int) -> AsyncIterator[tuple[bytes, int]]:
        """Lines behind position `after`, by pages, and how far the log has been read for them."""
        read = after
        while read < upto and (page := await self._store.raw(read, PAGE, upto)):
            lines = []
            shown = [raw for raw in page if selection.wants(raw)]
            for raw, leaf in zip(shown, await self._nodes([(raw.position, 0) for raw in shown]), strict=True):
                lines += await self._stand_ins(after, raw.position - 1)
                lines.append(written.line(written.event(raw) | {"leaf": leaf.hex()}))
                after = raw.position
            read = page[-1].position
            yield b"".join(lines), read
        yield b"".join(await self._stand_ins(after, upto)), upto

    async def _stand_ins(self, after: int, upto: int) -> list[bytes]:
        """For the events that are not shown: the hashes of the largest subtrees that hold them."""
        places = list(covering(after, upto))
        nodes = await self._nodes(places)
        return [
            written.line({"first": last - (1 << level) + 1, "last": last, "node": node.hex()})
            for (last, level), node in zip(places, nodes, strict=True)
        ]

    async def _nodes(self, places: Sequence[Place]) -> list[bytes]:
        if not places:
            return []
        async with self._pool.connection() as connection:
            return await entries.subtrees(connection, self._schema, places)

    async def _checkpoints(self, selection: Selection, upto: Checkpoint) -> AsyncIterator[bytes]:
        """All of them where all events are shown; else only the last one can be made anew."""
        place: tuple[int, str] | None = (0, "") if selection == Selection() else None
        while place:
            async with self._pool.connection() as connection:
                page = await checkpoints.after(connection, *place)
            place = (page[-1].size, page[-1].key_id) if page and page[-1].size < upto.size else None
            yield b"".join(written.line(one.written()) for one in page if one.size < upto.size)
        yield written.line(upto.written())

    def _finish(self, selection: Selection, upto: Checkpoint) -> Fields:
        files = [described(self._folder / name) for name in (EVENTS, CHECKPOINTS)]
        manifest = _head(selection, upto) | {"files": files}
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


def _head(selection: Selection, upto: Checkpoint) -> Fields:
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
