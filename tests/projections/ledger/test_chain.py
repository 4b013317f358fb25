"""The ledger's fold: in batches of any size it is what it is one by one, and what its description says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.store import Raw
from projections.ledger.chain import Chain, EntryRow, Gap
from projections.ledger.entries import node
from projections.ledger.frame import START, frame
from projections.ledger.merkle import leaf_hash
from tests.projections.ledger import slow
from tests.projections.ledger.events import logs, raw


@given(logs)
def test_it_is_what_its_description_says(log: list[Raw]) -> None:
    chain = Chain()
    rows = chain.extend(log)
    assert [frame(event) for event in log] == [slow.frame(event) for event in log]
    assert (chain.size, chain.head) == (len(log), slow.head(log))
    assert chain.tree.root() == slow.root([slow.frame(event) for event in log])
    for number, row in enumerate(rows, 1):
        assert row.chain == slow.head(log[:number])
        assert node(row.nodes, 0) == leaf_hash(slow.frame(log[number - 1]))
        for level in range(len(row.nodes) // 32):
            assert node(row.nodes, level) == slow.root([slow.frame(e) for e in log[number - (1 << level) : number]])


@given(logs, st.lists(st.integers(1, 9)))
def test_batches_of_any_size_give_the_same(log: list[Raw], sizes: list[int]) -> None:
    whole, parts = Chain(), Chain()
    rows: list[EntryRow] = []
    rest = log
    for size in [*sizes, len(log)]:
        parts = parts.copy()  # as from one batch to the next
        rows += parts.extend(rest[:size])
        rest = rest[size:]
    assert rows == whole.extend(log)
    assert (parts.head, parts.tree.root()) == (whole.head, whole.tree.root())


def test_a_copy_goes_its_own_way() -> None:
    chain = Chain()
    chain.add(raw(1))
    other = chain.copy()
    other.add(raw(2))
    assert (chain.size, other.size) == (1, 2)
    assert chain.tree.root() != other.tree.root()


def test_it_starts_with_zeros() -> None:
    assert (Chain().head, Chain().size) == (START, 0) == (bytes(32), 0)


@pytest.mark.parametrize(
    "change", [{"stream": bytes(16)}, {"version": 3}, {"topic": "x"}, {"state": b"[]"}, {"recorded_at": 0}]
)
def test_every_part_of_an_event_counts(change: dict[str, object]) -> None:
    one, other = Chain(), Chain()
    one.add(raw(1))
    other.add(raw(1, **change))  # type: ignore[arg-type]
    assert one.head != other.head
    assert one.tree.root() != other.tree.root()


def test_what_topic_and_state_are_made_of_does_not_run_together() -> None:
    assert frame(raw(1, b"bc", topic="a")) != frame(raw(1, b"c", topic="ab"))


@pytest.mark.parametrize("position", [1, 3, -1])
def test_an_event_that_does_not_follow_is_refused(position: int) -> None:
    chain = Chain()
    chain.add(raw(1))
    with pytest.raises(Gap, match=f"position {position} follows 1"):
        chain.add(raw(position))
    assert chain.size == 1
