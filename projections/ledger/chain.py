"""The fold of the ledger: what each event adds to the chain and to the tree."""

from collections.abc import Iterable
from typing import NamedTuple

from application.store import Raw
from projections.ledger.frame import START, chained, frame
from projections.ledger.merkle import Tree, leaf_hash


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
        if raw.position != self.tree.size + 1:
            raise Gap(f"position {raw.position} follows {self.tree.size}: the log has been tampered with")
        framed = frame(raw)
        self.head = chained(self.head, framed)
        nodes = self.tree.add(leaf_hash(framed))
        return EntryRow(raw.position, self.head, b"".join(nodes), raw.recorded_at)

    def extend(self, events: Iterable[Raw]) -> list[EntryRow]:
        return [self.add(raw) for raw in events]
