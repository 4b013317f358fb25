"""The keys that sign the ledger's checkpoints: each is told in the log at its first use."""

import hashlib
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from domain.base import Command, Event, stream_id

PublicKey = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
"""An Ed25519 public key: its 32 bytes, in hexadecimal."""


def stream() -> UUID:
    return stream_id("ledger", "keys")


class TellLedgerKey(Command):
    """A node is about to sign with the private half of this key."""

    public_key: PublicKey


class LedgerKeyTold(Event):
    TOPIC = "ledger.key-told"

    public_key: PublicKey


@dataclass(frozen=True, slots=True)
class LedgerKeys:
    told: frozenset[str] = frozenset()


def evolve(keys: LedgerKeys, event: LedgerKeyTold) -> LedgerKeys:
    return LedgerKeys(keys.told | {event.public_key})


def decide(command: TellLedgerKey, keys: LedgerKeys) -> list[LedgerKeyTold]:
    if command.public_key in keys.told:
        return []
    return [LedgerKeyTold(actor=command.actor, public_key=command.public_key)]


def key_id(public_key: str) -> str:
    """What checkpoints call a key: the first 8 bytes of its SHA-256, in hexadecimal."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]
