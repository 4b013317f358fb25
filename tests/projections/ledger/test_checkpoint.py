"""What a checkpoint says, and how it is written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from projections.ledger import checkpoint
from projections.ledger.checkpoint import Checkpoint, NoCheckpoint
from tests.database import Pools

AT = datetime(2026, 11, 23, 9, 0, 0, 123_456, tzinfo=UTC)
ONE = Checkpoint(7, b"\x01" * 32, b"\x02" * 32, AT, "ead0d68e22cb9118", b"\x03" * 64)
WRITTEN = {
    "size": 7,
    "root": "01" * 32,
    "chain": "02" * 32,
    "signed_at": "2026-11-23T09:00:00.123456Z",
    "key_id": "ead0d68e22cb9118",
    "signature": "03" * 64,
}


def test_it_is_written_in_hexadecimal_and_in_utc() -> None:
    assert ONE.written() == WRITTEN
    paris = AT.astimezone(timezone(timedelta(hours=1)))
    assert Checkpoint(7, ONE.root, ONE.chain, paris, ONE.key_id, ONE.signature).written() == WRITTEN


def test_it_is_read_as_it_was_written() -> None:
    assert Checkpoint.read(WRITTEN) == ONE


def test_what_is_signed_never_changes() -> None:
    text = "litspark ledger checkpoint 1\n7\n" + "01" * 32 + "\n" + "02" * 32 + "\n"
    assert ONE.text() == f"{text}2026-11-23T09:00:00.123456Z\nead0d68e22cb9118\n".encode()


@pytest.mark.parametrize(
    "change",
    [
        {"size": "7"},
        {"size": None},
        {"root": "0"},
        {"root": "01" * 31 + "0G"},
        {"chain": ("02" * 32).upper() + " "},
        {"signed_at": "yesterday"},
        {"signed_at": "2026-11-23T09:00:00Z"},
        {"signature": 7},
        {"more": 1},
    ],
)
def test_anything_else_is_none(change: dict[str, Any]) -> None:
    with pytest.raises(NoCheckpoint, match="no checkpoint"):
        Checkpoint.read(WRITTEN | change)


@pytest.mark.parametrize("held", [None, [], 7, {}])
def test_what_is_no_object_of_its_fields_is_none(held: Any) -> None:
    with pytest.raises(NoCheckpoint, match="no checkpoint"):
        Checkpoint.read(held)


async def test_those_that_are_kept_are_found_by_size_and_key(pools: Pools) -> None:
    three, seven, other = (replace(ONE, size=size, key_id=key) for size, key in ((3, "a"), (7, "a"), (7, "b")))
    async with pools.projecting.connection() as connection:
        assert await checkpoint.latest(connection) is None
        for one in (seven, other, three, seven):  # another node's is as good
            await checkpoint.save(connection, one)
        assert await checkpoint.after(connection, 0) == [three, seven, other]
        assert await checkpoint.after(connection, 0, limit=1) == [three]
        assert await checkpoint.after(connection, 7, "a") == [other]
        assert await checkpoint.latest(connection) == seven
        assert await checkpoint.latest(connection, key_id="b") == other
        assert await checkpoint.latest(connection, upto=6) == three
        assert await checkpoint.latest(connection, upto=6, key_id="b") is None
        assert await checkpoint.covering(connection, 4) == seven
        assert await checkpoint.covering(connection, 8) is None
