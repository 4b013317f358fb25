"""A proof that one message is in the log as it stands, which a stranger checks without seeing any other."""

from typing import Any
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from application.store import Store
from domain import ledger
from domain.base import Rejected
from domain.ledger import LedgerKeyTold, key_id
from interfaces.ledger import written
from interfaces.ledger.keys import signed_by
from interfaces.ledger.problem import DoesNotFit
from interfaces.ledger.written import NotWritten
from projections.ledger import checkpoint as checkpoints
from projections.ledger import entries
from projections.ledger.checkpoint import Checkpoint, NoCheckpoint
from projections.ledger.frame import frame
from projections.ledger.merkle import leaf_hash, proven_root

FORMAT = "litspark proof 1"

Fields = dict[str, Any]


class NotSigned(Exception):
    """The message is there, and no checkpoint covers it yet."""


class NoProof(Exception):
    """What was to be a proof is none."""


async def prove(store: Store, pool: AsyncConnectionPool[Any], schema: str, message_id: UUID) -> Fields:
    """The proof of a message, by a few rows of the ledger: about 20 where it has a million, read in one query.

    Raises `Rejected` with `not_found`, `NotSigned`, `DoesNotFit` where it would prove nothing, and `Incomplete`.
    """
    async with pool.connection() as connection:
        query = "SELECT position FROM message_ids WHERE message_id = %s"
        row = await (await connection.execute(query, (message_id,))).fetchone()
        if row is None:
            raise Rejected("not_found", f"no message {message_id}")
        position = int(row[0])
        signed = await checkpoints.covering(connection, position)
        if signed is None:
            raise NotSigned(f"position {position}, where the message stands, is not signed yet")
        path = await entries.path(connection, schema, position, signed.size)
    found = await store.raw(position - 1, 1, position)
    if not found:
        raise DoesNotFit(position, "missing", "event", "the message is known here, and is not in the log")
    key = await _public_key(store, signed.key_id)
    proof = {
        "format": FORMAT,
        "message_id": str(message_id),
        "event": written.event(found[0]),
        "path": [node.hex() for node in path],
        "checkpoint": signed.written(),
        "public_key": key,
    }
    check(proof, [key])
    return proof


async def _public_key(store: Store, signer: str) -> str:
    stream = ledger.stream()
    for recorded in (await store.read([stream]))[stream]:
        assert isinstance(recorded.event, LedgerKeyTold)
        if key_id(recorded.event.public_key) == signer:
            return recorded.event.public_key
    raise DoesNotFit(0, "forged", "checkpoint", f"it is signed by the key {signer}, which the log does not tell")


def check(proof: Any, keys: list[str]) -> Checkpoint:
    """The checkpoint that a message is in, by one of the public keys. Raises `NoProof`, `DoesNotFit`."""
    try:
        raw = written.read_event(proof["event"])
        signed = Checkpoint.read(proof["checkpoint"])
        path = [bytes.fromhex(node) for node in proof["path"]]
        known = proof["format"] == FORMAT
    except (KeyError, TypeError, ValueError, NotWritten, NoCheckpoint) as error:
        raise NoProof(f"no proof: {error}") from error
    if not known:
        raise NoProof("no proof of a format that is known here")
    if not any(signed_by(signed, key) for key in keys):
        why = f"none of the public keys that are trusted has signed it, but {signed.key_id}"
        raise DoesNotFit(signed.size, "forged", "checkpoint", why)
    try:
        root = proven_root(leaf_hash(frame(raw)), raw.position, signed.size, path)
    except ValueError as error:
        raise DoesNotFit(raw.position, "changed", "event", str(error)) from error
    if root != signed.root:
        raise DoesNotFit(raw.position, "changed", "event", "it does not lead to what was signed")
    return signed
