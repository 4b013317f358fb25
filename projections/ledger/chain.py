"""The fold of the ledger: what each event adds to the chain and to the tree."""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from application.store import Raw
from projections.ledger.frame import CHAINED, START, frame
from projections.ledger.merkle import LEAF, Tree


class EntryRow(NamedTuple):
    """What the ledger keeps of an event.

    `nodes`: its leaf's hash, then those of the complete subtrees that end with it, 32 bytes each. `recorded_at`: its
    time as it was, in microseconds since 1970, so that one that was changed can be told from the rest.
    """

    position: int
    chain: bytes
    nodes: bytes
    recorded_at: int


class Gap(ValueError):
    """An event that does not follow the one before it."""


class Chain:
    """The ledger after `size` events: the last hash of the chain, and the tree's own frontier. A few hundred bytes."""

    def __init__(self, head: bytes = START, tree: Tree | None = None) -> None:
        self.head = head
        self.tree = tree or Tree()

    @property
    def size(self) -> int:
        return self.tree.size

    def copy(self) -> "Chain":
        return Chain(self.head, Tree(self.tree.size, self.tree.peaks))

    def add(self, raw: Raw) -> EntryRow:
        """Raises `Gap`."""
        return self.extend([raw])[0]

    def extend(self, events: Sequence[Raw]) -> list[EntryRow]:
        """Raises `Gap`, and then none of them is added."""
        for position, raw in enumerate(events, self.tree.size + 1):
            if raw.position != position:
                raise Gap(f"position {raw.position} follows {position - 1}: the log has been tampered with")
        rows, head, add = [], self.head, self.tree.add
        for raw in events:  # the hot loop of the ledger: half a second more a million events for each call in it
            framed = frame(raw)
            head = sha256(CHAINED + head + framed).digest()
            rows.append(EntryRow(raw[0], head, b"".join(add(sha256(LEAF + framed).digest())), raw[5]))
        self.head = head
        return rows
