"""The tree: roots and paths as in RFC 6962, made from what a tree that only grows keeps."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.ledger import merkle
from projections.ledger.merkle import EMPTY, Tree, covering, fold, leaf_hash, proven_root, siblings
from tests.projections.ledger import slow

# Source: the test vectors of Certificate Transparency's own implementation (merkle_tree_test).
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIXTH_OF_EIGHT = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]

sizes = st.integers(1, 70)


def grown(size: int, data: list[bytes] | None = None) -> tuple[Tree, dict[tuple[int, int], bytes]]:
    """A tree, and every complete subtree in it."""
    tree, kept = Tree(), {}
    for number, leaf in enumerate((data or leaves(size))[:size], 1):
        for level, node in enumerate(tree.add(leaf_hash(leaf))):
            kept[number, level] = node
    return tree, kept


def leaves(size: int) -> list[bytes]:
    return [b"%d" % number for number in range(size)]


def path(number: int, size: int, kept: dict[tuple[int, int], bytes]) -> list[bytes]:
    return [fold([kept[place] for place in beside]) for beside in siblings(number, size)]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_vectors(size: int) -> None:
    assert grown(size, LEAVES)[0].root().hex() == ROOTS[size]
    assert (size == 0) == (ROOTS[size] == EMPTY.hex())


def test_a_path_is_that_of_the_vectors() -> None:
    _, kept = grown(8, LEAVES)
    assert [node.hex() for node in path(6, 8, kept)] == SIXTH_OF_EIGHT


@given(sizes, st.data())
def test_any_leaf_is_proven_by_what_the_tree_keeps(size: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, size))
    tree, kept = grown(size)
    beside = path(number, size, kept)
    assert tree.root() == slow.root(leaves(size))
    assert beside == slow.path(number - 1, leaves(size))
    assert proven_root(leaf_hash(leaves(size)[number - 1]), number, size, beside) == tree.root()


@given(sizes, st.data())
def test_nothing_else_is_proven(size: int, data: st.DataObject) -> None:
    number, other = data.draw(st.integers(1, size)), data.draw(st.integers(1, size))
    tree, kept = grown(size)
    beside = path(number, size, kept)
    leaf = leaf_hash(leaves(size)[number - 1])
    assert proven_root(leaf_hash(b"other"), number, size, beside) != tree.root()
    if other != number:
        with suppress(ValueError):
            assert proven_root(leaf, other, size, beside) != tree.root()
    with pytest.raises(ValueError, match="too long"):
        proven_root(leaf, number, size, [*beside, leaf])
    if beside:
        with pytest.raises(ValueError, match="too short"):
            proven_root(leaf, number, size, beside[:-1])


@pytest.mark.parametrize(("number", "size"), [(0, 5), (6, 5), (1, 0)])
def test_a_leaf_that_there_is_not_has_no_path(number: int, size: int) -> None:
    with pytest.raises(ValueError, match=f"no leaf {number} among {size}"):
        siblings(number, size)
    with pytest.raises(ValueError, match=f"no leaf {number} among {size}"):
        proven_root(b"", number, size, [])


@given(sizes, st.data())
def test_subtrees_stand_in_for_their_leaves(size: int, data: st.DataObject) -> None:
    after = data.draw(st.integers(0, size))
    upto = data.draw(st.integers(after, size))
    whole, kept = grown(size)
    tree = Tree()
    for leaf in leaves(size)[:after]:
        tree.add(leaf_hash(leaf))
    for place in covering(after, upto):
        tree.add(kept[place], place[1])
    assert tree.size == upto
    for leaf in leaves(size)[upto:]:
        tree.add(leaf_hash(leaf))
    assert (tree.size, tree.root()) == (size, whole.root())


@given(sizes)
def test_a_tree_is_what_it_keeps_of_its_edge(size: int) -> None:
    tree, kept = grown(size)
    again = Tree(size, [kept[place] for place in covering(0, size)])
    assert again.peaks == tree.peaks
    assert again.add(b"x") == tree.add(b"x")


def test_a_subtree_begins_only_where_one_can() -> None:
    tree, _ = grown(3)
    with pytest.raises(ValueError, match="no subtree of level 1 begins after 3 leaves"):
        tree.add(merkle.EMPTY, 1)
