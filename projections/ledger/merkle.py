"""A Merkle tree that only grows, hashed by RFC 6962: leaves, nodes, roots, and proofs that a leaf is in it.

A complete subtree is named by the number of leaves up to its last one, and its level: 2^level leaves. Those that end
at a leaf are completed by it, so each is made once, and whoever keeps them can prove any leaf by a few of them.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256

LEAF, NODE = b"\x00", b"\x01"
EMPTY = sha256(b"").digest()
"""The root of a tree without leaves."""

Place = tuple[int, int]
"""A complete subtree: the number of leaves up to its last one, and its level."""


def leaf_hash(data: bytes) -> bytes:
    return sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(NODE + left + right).digest()


def fold(nodes: Sequence[bytes]) -> bytes:
    """The root over complete subtrees side by side, each smaller than the one before it."""
    if not nodes:
        return EMPTY
    *others, root = nodes
    for node in reversed(others):
        root = node_hash(node, root)
    return root


class Tree:
    """A tree of `size` leaves, kept as the complete subtrees that it is made of, the largest first."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)

    def add(self, node: bytes, level: int = 0) -> list[bytes]:
        """Adds a leaf, or a complete subtree of 2^level leaves; answers it and those that it completes, upwards.

        Raises `ValueError` where no subtree of that level can begin.
        """
        place = self.size >> level
        if self.size != place << level:
            raise ValueError(f"no subtree of level {level} begins after {self.size} leaves")
        completed = [node]
        while place & 1:
            node = sha256(NODE + self.peaks.pop() + node).digest()
            completed.append(node)
            place >>= 1
        self.peaks.append(node)
        self.size += 1 << level
        return completed

    def root(self) -> bytes:
        return fold(self.peaks)


def covering(after: int, upto: int) -> Iterator[Place]:
    """The largest complete subtrees that hold the leaves after `after` and up to `upto`, in order."""
    while after < upto:
        level = (upto - after).bit_length() - 1
        if after:
            level = min(level, (after & -after).bit_length() - 1)
        after += 1 << level
        yield after, level


def siblings(number: int, size: int) -> list[list[Place]]:
    """What proves the leaf of a number, 1 to size: what stands beside its path, upwards.

    Each is the subtrees that it is made of; only the one at the right edge can be more than one.
    Source: RFC 6962, 2.1.1.
    """
    if not 1 <= number <= size:
        raise ValueError(f"there is no leaf {number} among {size}")
    after, upto, found = 0, size, []
    while upto - after > 1:
        middle = after + (1 << ((upto - after - 1).bit_length() - 1))
        beside = (middle, upto) if number <= middle else (after, middle)
        found.append(list(covering(*beside)))
        after, upto = (after, middle) if number <= middle else (middle, upto)
    return found[::-1]


def proven_root(leaf: bytes, number: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a leaf and the hashes beside its path lead to. Source: RFC 9162, 2.1.3.2.

    Raises `ValueError` where they are none of a tree of that size.
    """
    if not 1 <= number <= size:
        raise ValueError(f"there is no leaf {number} among {size}")
    place, last, root = number - 1, size - 1, leaf
    for beside in path:
        if not last:
            raise ValueError("the path is too long")
        if place & 1 or place == last:
            root = node_hash(beside, root)
            while place and not place & 1:  # the right edge: levels where there is nothing beside
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, beside)
        place, last = place >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return root
