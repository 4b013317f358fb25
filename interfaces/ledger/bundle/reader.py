"""Verifies a bundle by nothing but the public key: every hash anew, and the first place that does not fit."""

import json
from collections.abc import Callable, Collection, Iterator
from heapq import merge
from pathlib import Path
from typing import Any

from application.store import Raw
from interfaces.history.tally import Progress
from interfaces.ledger import written
from interfaces.ledger.bundle.selection import Selection
from interfaces.ledger.bundle.writer import CHECKPOINTS, EVENTS, FORMAT, MANIFEST, UNFINISHED, described
from interfaces.ledger.problem import DoesNotFit, Kind
from interfaces.ledger.walk import Report, Walk
from interfaces.ledger.written import NotWritten
from projections.ledger.checkpoint import Checkpoint, NoCheckpoint
from projections.ledger.frame import frame
from projections.ledger.merkle import leaf_hash

Fields = dict[str, Any]


class NoBundle(Exception):
    """The folder holds no bundle."""


class Reader:
    """Of the bundle in a folder. `keys` are in hexadecimal: no others are trusted. `outside` as for the log."""

    def __init__(self, folder: Path, keys: Collection[str], outside: Collection[Checkpoint] = ()) -> None:
        self._folder = folder
        self._outside = sorted(outside, key=lambda one: one.size)
        self._versions: dict[bytes, int] = {}
        self.walk = Walk(keys)

    def run(self, progress: Progress) -> Report:
        """What has come of it. Raises `NoBundle`, `OSError`."""
        if not (self._folder / MANIFEST).exists():
            raise NoBundle(f"{self._folder}: {self._why_none()}")
        upto, problem = 0, None
        try:
            manifest = self._manifest()
            upto = int(manifest["checkpoint"]["size"])
            with progress("events verified", upto) as at:
                self._verify(manifest, upto, at)
        except DoesNotFit as failure:
            problem = failure.problem
        return self.walk.report(upto, problem)

    def _why_none(self) -> str:
        if (self._folder / UNFINISHED).exists():
            return "the bundle is not finished; `audit export` goes on with it"
        return "no bundle" if self._folder.exists() else "no such folder"

    def _manifest(self) -> Fields:
        try:
            manifest: Fields = json.loads((self._folder / MANIFEST).read_bytes())
            self._all = manifest["selection"] == Selection().written()
            self._whole_streams = manifest["selection"]["user_id"] is None and manifest["selection"]["first"] == 1
            known = manifest["format"] == FORMAT and int(manifest["checkpoint"]["size"]) > 0 and manifest["files"]
        except (ValueError, KeyError, TypeError) as error:
            raise DoesNotFit(0, "changed", "bundle", f"{MANIFEST} can't be read: {type(error).__name__}") from error
        if not known:
            raise DoesNotFit(0, "changed", "bundle", f"{MANIFEST} is of a format that is not known here")
        return manifest

    def _verify(self, manifest: Fields, upto: int, at: Callable[[int], None]) -> None:
        due = merge(
            ((one, False) for one in self._checkpoints(upto)),
            ((one, True) for one in self._outside if one.size <= upto),
            key=lambda each: each[0].size,
        )
        due_next = next(due, None)
        for fields in self._lines(upto):
            self._take(fields)
            while due_next and due_next[0].size <= self.walk.size:
                if due_next[0].size == self.walk.size:  # else it lies within what is not shown
                    self.walk.check(due_next[0], outside=due_next[1])
                due_next = next(due, None)
            at(self.walk.size)
        if self.walk.size < upto:
            why = f"{EVENTS} ends here, and is to go to position {upto}"
            raise DoesNotFit(self.walk.size + 1, "truncated", "bundle", why)
        if not self.walk.signed or self.walk.signed.written() != manifest["checkpoint"]:
            why = f"{CHECKPOINTS} does not hold the checkpoint of {upto} events that it ends with"
            raise DoesNotFit(upto, "missing", "checkpoint", why)
        for file in manifest["files"]:
            self._compare(file, upto)

    def _checkpoints(self, upto: int) -> Iterator[Checkpoint]:
        last = 0
        for number, raw in enumerate(self._read(CHECKPOINTS), 1):
            try:
                checkpoint = Checkpoint.read(written.read_line(raw))
            except (NotWritten, NoCheckpoint) as error:
                why = f"{CHECKPOINTS}, line {number}: {error}"
                raise DoesNotFit(last, "truncated" if _cut(raw) else "changed", "checkpoint", why) from error
            if checkpoint.size < last:
                raise DoesNotFit(checkpoint.size, "reordered", "checkpoint", f"it stands behind that of {last}")
            if checkpoint.size > upto:
                self.walk.judge(checkpoint)
                raise DoesNotFit(checkpoint.size, "inserted", "checkpoint", f"the bundle is to end at {upto}")
            last = checkpoint.size
            yield checkpoint

    def _lines(self, upto: int) -> Iterator[Fields]:
        for number, raw in enumerate(self._read(EVENTS), 1):
            try:
                fields = written.read_line(raw)
                first = fields["first"] if "first" in fields else fields["position"]
            except (NotWritten, KeyError) as error:
                kind: Kind = "truncated" if _cut(raw) else "changed"
                raise DoesNotFit(self.walk.size + 1, kind, "bundle", f"{EVENTS}, line {number}: {error}") from error
            if first != self.walk.size + 1:
                raise self._out_of_place(first, number)
            if self.walk.size >= upto:
                raise DoesNotFit(first, "inserted", "event", f"the bundle is to end at position {upto}")
            yield fields

    def _read(self, name: str) -> Iterator[bytes]:
        try:
            with (self._folder / name).open("rb") as file:
                yield from file
        except FileNotFoundError:
            raise DoesNotFit(self.walk.size + 1, "missing", "bundle", f"{name} is not there") from None

    def _out_of_place(self, first: Any, number: int) -> DoesNotFit:
        """A line that does not follow the one before it."""
        expected = self.walk.size + 1
        if not isinstance(first, int) or first < expected:
            why = f"{EVENTS}, line {number}: position {first} is there already"
            return DoesNotFit(expected, "inserted", "event", why)
        for later, raw in enumerate(self._read(EVENTS), 1):
            if later > number and raw.startswith((b'{"position":%d,' % expected, b'{"first":%d,' % expected)):
                return DoesNotFit(expected, "reordered", "event", f"{EVENTS}: it stands in line {later}, not {number}")
        return DoesNotFit(expected, "missing", "event", f"{EVENTS}, line {number}: the next one is of position {first}")

    def _take(self, fields: Fields) -> None:
        position = self.walk.size + 1
        try:
            if "first" in fields:
                self._hidden(fields)
            else:
                self._shown(dict(fields), position)
        except (NotWritten, KeyError, TypeError, ValueError) as error:
            raise DoesNotFit(position, "changed", "event", f"{EVENTS}: {error}") from error

    def _hidden(self, fields: Fields) -> None:
        first, last, node = fields["first"], fields["last"], bytes.fromhex(fields["node"])
        size = last - first + 1
        if self._all:
            raise DoesNotFit(first, "missing", "event", "a bundle of all events does not show it")
        if size < 1 or size & (size - 1) or len(node) != 32:
            raise NotWritten("no hash of events that are not shown")
        self.walk.graft(node, size.bit_length() - 1)

    def _shown(self, fields: Fields, position: int) -> None:
        leaf = fields.pop("leaf")
        raw = written.read_event(fields)
        if leaf_hash(frame(raw)).hex() != leaf:
            raise DoesNotFit(position, "changed", "event", "it is not what the ledger holds of it")
        self.walk.add(raw)
        self.walk.fits(raw)
        self._follows(raw)

    def _follows(self, raw: Raw) -> None:
        """Versions have no gaps, where whole streams are shown."""
        before = self._versions.get(raw.stream, 0)
        if raw.version <= before or (self._whole_streams and raw.version != before + 1):
            why = f"its version in its stream is {raw.version}, and that before it {before}"
            raise DoesNotFit(raw.position, "rewritten", "event", why)
        self._versions[raw.stream] = raw.version

    def _compare(self, file: Fields, upto: int) -> None:
        if described(self._folder / Path(str(file["name"])).name) != file:
            raise DoesNotFit(upto, "changed", "bundle", f"{file['name']} is not what {MANIFEST} says of it")


def _cut(line: bytes) -> bool:
    return not line.endswith(b"\n")
