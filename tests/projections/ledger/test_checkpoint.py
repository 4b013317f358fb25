"""What a checkpoint says, and how it is written."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from projections.ledger.checkpoint import Checkpoint, NoCheckpoint

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
