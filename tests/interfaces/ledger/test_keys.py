"""The keys of the ledger, in whatever form they are given."""

import os
import stat
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pydantic import ValidationError

from interfaces.ledger.keys import BadKey, SigningKey, made, public_key, signed_by, signing_key
from interfaces.settings import Settings

PEM = made()
KEY = SigningKey.parse(PEM)
BARE = "".join(PEM.splitlines()[1:-1])


def other_pem(encryption: Any = NoEncryption()) -> str:  # noqa: B008
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


@pytest.mark.parametrize("text", [PEM, BARE, f"\n {BARE}\n", PEM.replace("\n", "\r\n")], ids=count())
def test_a_private_key_comes_as_pem_or_as_its_base64(text: str) -> None:
    assert SigningKey.parse(text).public_key == KEY.public_key


@pytest.mark.parametrize(
    "text",
    ["", "c2VjcmV0", "====", BARE[:-4], "é", KEY.public_key, other_pem(), other_pem(BestAvailableEncryption(b"x"))],
    ids=count(),
)
def test_anything_else_is_none_and_not_repeated(text: str) -> None:
    with pytest.raises(BadKey) as caught:
        SigningKey.parse(text)
    assert not text or text.strip() not in str(caught.value)


def test_a_setting_that_is_none_is_misuse() -> None:
    with pytest.raises(ValidationError, match="no private key of Ed25519") as caught:
        Settings(ledger_key="c2VjcmV0IQ==")
    assert "c2VjcmV0" not in str([error["msg"] for error in caught.value.errors()])


def test_what_it_signs_is_signed_by_its_public_key_alone() -> None:
    checkpoint = KEY.sign(7, b"\1" * 32, b"\2" * 32)
    assert signed_by(checkpoint, KEY.public_key)
    assert not signed_by(checkpoint, SigningKey.parse(made()).public_key)


def pem(folder: Path) -> str:
    spki = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "key.pem").write_bytes(spki)
    return str(folder / "key.pem")


def hexadecimal(folder: Path) -> str:
    (folder / "key.hex").write_text(f"{KEY.public_key}\n")
    return str(folder / "key.hex")


def of_another_kind(folder: Path) -> str:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    (folder / "key.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return str(folder / "key.pem")


def no_key(folder: Path) -> str:
    (folder / "key.pem").write_text("-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n")
    return str(folder / "key.pem")


def binary(folder: Path) -> str:
    (folder / "key").write_bytes(b"\xff" * 32)
    return str(folder / "key")


def test_a_public_key_comes_in_hexadecimal_or_in_a_file(tmp_path: Path) -> None:
    assert public_key(KEY.public_key.upper()) == public_key(hexadecimal(tmp_path)) == KEY.public_key
    assert len(public_key(pem(tmp_path))) == 64


@pytest.mark.parametrize("given", [of_another_kind, no_key, binary, lambda _: "nowhere", lambda folder: str(folder)])
def test_what_is_no_public_key_is_told(tmp_path: Path, given: Callable[[Path], str]) -> None:
    with pytest.raises(BadKey, match="key"):
        public_key(given(tmp_path))


class TestTheKeyOfANode:
    def test_is_the_one_of_the_settings(self, tmp_path: Path) -> None:
        for more in ({}, {"database_url": "postgresql://x/y"}):
            found = signing_key(Settings(ledger_key=PEM, data_dir=tmp_path, **more))
            assert found and found.public_key == KEY.public_key
        assert not list(tmp_path.iterdir())

    def test_is_made_in_the_data_directory_once_and_for_its_owner_alone(self, tmp_path: Path) -> None:
        first, second = (signing_key(Settings(data_dir=tmp_path / "data")) for _ in range(2))
        assert first and second and first.public_key == second.public_key
        path = tmp_path / "data" / "ledger-key"
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert SigningKey.parse(path.read_text()).public_key == first.public_key

    def test_is_none_where_the_database_is_elsewhere(self, tmp_path: Path) -> None:
        assert signing_key(Settings(data_dir=tmp_path, database_url="postgresql://x/y")) is None
        assert not list(tmp_path.iterdir())

    def test_that_was_spoilt_is_told_by_its_file(self, tmp_path: Path) -> None:
        (tmp_path / "ledger-key").write_text("spoilt")
        with pytest.raises(BadKey, match="ledger-key: no private key"):
            signing_key(Settings(data_dir=tmp_path))
