"""A verifier's own ledger: made anew from the events alone, and held against what was signed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from application.codec import decode
from application.store import Raw
from domain.ledger import LedgerKeyTold, key_id
from interfaces.ledger.keys import signed_by
from interfaces.ledger.problem import DoesNotFit, Problem
from projections.ledger.chain import Chain, EntryRow, Gap
from projections.ledger.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification has come to. `signed` is the last checkpoint that fits: what is behind it is not proven yet.

    Of `events`, so many were `shown`, the others stood in by hashes. `recorded` is up to where the ledger had come,
    `keys` are those that signed.
    """

    events: int
    shown: int
    recorded: int
    root: str
    chain: str | None
    checkpoints: int
    signed: Checkpoint | None
    keys: list[str]
    problem: Problem | None = None

    @property
    def fits(self) -> bool:
        return self.problem is None

    def written(self) -> dict[str, Any]:
        return {
            "fits": self.fits,
            "events": self.events,
            "shown": self.shown,
            "recorded": self.recorded,
            "signed": self.signed.size if self.signed else 0,
            "signed_at": self.signed.written()["signed_at"] if self.signed else None,
            "checkpoints": self.checkpoints,
            "keys": self.keys,
            "root": self.root,
            "chain": self.chain,
            "problem": self.problem.written() if self.problem else None,
        }


class Walk:
    """Takes in events in order, and checkpoints at their sizes. With `keys`, no others are trusted, in hexadecimal."""

    def __init__(self, keys: Collection[str] = ()) -> None:
        self.chain = Chain()
        self.shown = 0
        self.signed: Checkpoint | None = None
        self.signers: dict[str, str] = {}
        self.checked = 0
        self._trusted = {key_id(key): key for key in keys}
        self._told: dict[str, str] = {}
        self._before = 0
        self._whole = True  # else the chain can't be known

    @property
    def size(self) -> int:
        return self.chain.tree.size

    def add(self, raw: Raw) -> EntryRow:
        """What the ledger has to hold of an event. Raises `Gap`."""
        return self.chain.add(raw)

    def fits(self, *events: Raw, recorded: bool = True) -> None:
        """They were added, and are what the ledger holds, where the ledger has `recorded` them yet."""
        before = self._before
        for raw in events:
            if raw.recorded_at < before:
                why = "its time of record lies before that of the one before it, which no append does"
                raise DoesNotFit(raw.position, "rewritten" if recorded else "inserted", "event", why)
            before = raw.recorded_at
            if raw.topic == LedgerKeyTold.TOPIC:
                self._learn(raw)
        self._before = before
        self.shown += len(events)

    def take(self, events: Sequence[Raw], rows: Sequence[EntryRow]) -> bool:
        """Adds events if the ledger holds just these rows of them; else it adds none of them."""
        chain = self.chain.copy()
        try:
            if chain.extend(events) != rows:
                return False
        except Gap:
            return False
        self.chain = chain
        self.fits(*events)
        return True

    def graft(self, node: bytes, level: int) -> None:
        """2^level events that are not shown. Raises `ValueError` where so many can't begin."""
        self.chain.tree.add(node, level)
        self._whole = False

    def check(self, checkpoint: Checkpoint, *, outside: bool = False) -> None:
        """A checkpoint of this very size."""
        self.judge(checkpoint, outside=outside)
        chain_fits = not self._whole or checkpoint.chain == self.chain.head
        if checkpoint.root != self.chain.tree.root() or not chain_fits:
            first = self.signed.size + 1 if self.signed else 1
            raise DoesNotFit(
                first,
                "rewritten",
                "log",
                f"it is not what was signed at {_at(checkpoint)}: something in positions {first} to {self.size} "
                f"has been changed, and all that follows was made to fit{_source(outside)}",
            )
        self.checked += 1
        self.signed = checkpoint
        self.signers[checkpoint.key_id] = self._told[checkpoint.key_id]

    def judge(self, checkpoint: Checkpoint, *, outside: bool = False) -> None:
        if why := self.distrusts(checkpoint):
            raise DoesNotFit(checkpoint.size, "forged", "checkpoint", f"{why}{_source(outside)}")

    def distrusts(self, checkpoint: Checkpoint) -> str | None:
        """Why it was not signed by a key that is trusted and that the log tells, if so."""
        if self._trusted and checkpoint.key_id not in self._trusted:
            return f"it is signed by the key {checkpoint.key_id}, which is not the one given"
        reached = checkpoint.size <= self.size
        public = self._told.get(checkpoint.key_id) or (None if reached else self._trusted.get(checkpoint.key_id))
        if not public:
            return f"it is signed by the key {checkpoint.key_id}, which the log does not tell"
        return None if signed_by(checkpoint, public) else f"the key {checkpoint.key_id} has not signed it"

    def ended(self, checkpoint: Checkpoint, *, outside: bool = False) -> None:
        """A checkpoint of a size that was not reached."""
        self.judge(checkpoint, outside=outside)
        why = f"it ends here, and {checkpoint.size} events were signed at {_at(checkpoint)}{_source(outside)}"
        raise DoesNotFit(self.size, "truncated", "log", why)

    def report(self, recorded: int, problem: Problem | None = None) -> Report:
        head = self.chain.head.hex() if self._whole else None
        root, keys = self.chain.tree.root().hex(), sorted(self.signers.values())
        return Report(self.size, self.shown, recorded, root, head, self.checked, self.signed, keys, problem)

    def _learn(self, raw: Raw) -> None:
        try:
            event = decode(raw.topic, raw.state)
        except ValueError as error:
            raise DoesNotFit(raw.position, "rewritten", "event", "it tells a key, and holds none") from error
        assert isinstance(event, LedgerKeyTold)
        self._told[key_id(event.public_key)] = event.public_key


def _at(checkpoint: Checkpoint) -> str:
    return str(checkpoint.written()["signed_at"])


def _source(outside: bool) -> str:
    return " (a checkpoint from outside)" if outside else ""
