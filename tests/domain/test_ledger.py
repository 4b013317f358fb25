"""The keys that sign the ledger."""

import hashlib

import pytest
from pydantic import ValidationError

from domain.ledger import LedgerKeyTold, TellLedgerKey, key_id
from tests.spec import given

KEY, OTHER = "1f" * 32, "2e" * 32


def tell(key: str) -> TellLedgerKey:
    return TellLedgerKey(actor=None, public_key=key)


def told(key: str) -> LedgerKeyTold:
    return LedgerKeyTold(actor=None, public_key=key)


def test_a_key_is_told_at_its_first_use() -> None:
    given().when(tell(KEY)).then(told(KEY))


def test_a_key_is_told_once() -> None:
    given(told(KEY), told(OTHER)).when(tell(KEY)).then()


def test_another_key_is_told_too() -> None:
    given(told(KEY)).when(tell(OTHER)).then(told(OTHER))


@pytest.mark.parametrize("key", ["", "1F" * 32, "1f" * 31, "1f" * 33, "zz" * 32])
def test_a_key_is_32_bytes_in_hexadecimal(key: str) -> None:
    with pytest.raises(ValidationError, match="public_key"):
        tell(key)


def test_checkpoints_call_a_key_by_its_hash() -> None:
    assert key_id(KEY) == hashlib.sha256(b"\x1f" * 32).digest()[:8].hex()
