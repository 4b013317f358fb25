"""The keys of the ledger: the private one that signs checkpoints, and public ones that judge them."""

import base64
import binascii
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_der_public_key,
)

from domain.ledger import key_id
from interfaces.data_directory import kept
from interfaces.settings import Settings
from projections.ledger.checkpoint import Checkpoint

HEX_DIGITS = 64
MAX_KEY = 16 * 1024


class BadKey(ValueError):
    """What was given is no key for the ledger."""


class SigningKey:
    """A private Ed25519 key. `public_key` is the other half, in hexadecimal."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public_key = private.public_key().public_bytes_raw().hex()
        self.key_id = key_id(self.public_key)

    @classmethod
    def parse(cls, text: str) -> "SigningKey":
        """Of PKCS#8, as PEM or its base64 alone. Raises `BadKey`, which says nothing of what was given."""
        try:
            private = load_der_private_key(_bare(text), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise BadKey(
                "no private key of Ed25519 in PKCS#8, as `openssl genpkey -algorithm ed25519` makes one"
            ) from None
        if not isinstance(private, Ed25519PrivateKey):
            raise BadKey("a private key, but none of Ed25519")
        return cls(private)

    def sign(self, size: int, root: bytes, chain: bytes) -> Checkpoint:
        checkpoint = Checkpoint(size, root, chain, datetime.now(UTC), self.key_id)
        return replace(checkpoint, signature=self._private.sign(checkpoint.text()))


def made() -> str:
    """A fresh private key, as PEM."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def signing_key(settings: Settings) -> SigningKey | None:
    """The key that the settings name, else the one in the data directory, made at first use. Raises `BadKey`.

    `None` where the database is elsewhere: each of its nodes would sign with a key of its own.
    """
    if settings.ledger_key:
        return SigningKey.parse(settings.ledger_key.get_secret_value())
    if settings.database_url:
        return None
    path = settings.data_dir / "ledger-key"
    try:
        return SigningKey.parse(kept(path, made))
    except BadKey as error:
        raise BadKey(f"{path}: {error}") from None


def public_key(given: str) -> str:
    """A public key in hexadecimal, given so, or as a file that holds it so or as PEM. Raises `BadKey`."""
    text = given
    if not _is_hex(text):
        try:
            text = Path(given).read_text("ascii")[:MAX_KEY].strip()
        except (OSError, ValueError):
            raise BadKey(
                f"{given}: neither a public key of {HEX_DIGITS} hexadecimal digits nor a file of one"
            ) from None
    if _is_hex(text):
        return text.lower()
    try:
        public = load_der_public_key(_bare(text))
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey(f"{given}: no public key") from None
    if not isinstance(public, Ed25519PublicKey):
        raise BadKey(f"{given}: a public key, but none of Ed25519")
    return public.public_bytes_raw().hex()


def signed_by(checkpoint: Checkpoint, public: str) -> bool:
    """Whether the signature is by the private half of a key."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(checkpoint.signature, checkpoint.text())
    except InvalidSignature:
        return False
    return checkpoint.key_id == key_id(public)


def _is_hex(text: str) -> bool:
    return len(text) == HEX_DIGITS and all(digit in "0123456789abcdefABCDEF" for digit in text)


def _bare(text: str) -> bytes:
    """What a PEM holds between its first and its last line, or base64 alone."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if lines and lines[0].startswith("-----BEGIN "):
        lines = lines[1:-1]
    try:
        return base64.b64decode("".join(lines), validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
