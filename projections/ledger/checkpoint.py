"""A checkpoint: what the ledger was at a size, signed, so that it can't become something else unnoticed."""

from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

Fields = dict[str, Any]


class NoCheckpoint(ValueError):
    """What was to be a checkpoint is none."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`size`: how many events; `root` of the tree and `chain`, the last hash, 32 bytes each; `signature` by Ed25519."""

    size: int
    root: bytes
    chain: bytes
    signed_at: datetime
    key_id: str
    signature: bytes = b""

    def text(self) -> bytes:
        """What is signed."""
        written = self.written()
        lines = ["litspark ledger checkpoint 1", *(str(written[name]) for name in SIGNED)]
        return "".join(f"{line}\n" for line in lines).encode()

    def written(self) -> Fields:
        """As files and answers hold it: bytes in hexadecimal, the time in UTC with microseconds."""
        at = self.signed_at.astimezone(UTC).isoformat(timespec="microseconds")
        written = {name: value.hex() if isinstance(value, bytes) else value for name, value in asdict(self).items()}
        return written | {"signed_at": f"{at[:26]}Z"}

    @classmethod
    def read(cls, written: Any) -> "Checkpoint":
        """The inverse of `written`. Raises `NoCheckpoint`."""
        try:
            checkpoint = cls(
                int(written["size"]),
                bytes.fromhex(written["root"]),
                bytes.fromhex(written["chain"]),
                datetime.fromisoformat(written["signed_at"]),
                str(written["key_id"]),
                bytes.fromhex(written["signature"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise NoCheckpoint(f"no checkpoint: {type(error).__name__} {error}") from error
        if checkpoint.written() != written:
            raise NoCheckpoint("no checkpoint: not as one is written")
        return checkpoint


SIGNED = ("size", "root", "chain", "signed_at", "key_id")
COLUMNS = ", ".join(field.name for field in fields(Checkpoint))


async def save(connection: AsyncConnection[Any], checkpoint: Checkpoint) -> None:
    """Another node's of the same size and key is as good."""
    query = f"""INSERT INTO checkpoints ({COLUMNS}) VALUES
        (%(size)s, %(root)s, %(chain)s, %(signed_at)s, %(key_id)s, %(signature)s) ON CONFLICT DO NOTHING"""
    await connection.execute(query.encode(), asdict(checkpoint))


async def after(connection: AsyncConnection[Any], size: int, key_id: str = "", limit: int = 1_000) -> list[Checkpoint]:
    """Those behind one of a size and a key, in their order."""
    condition = "(size, key_id) > (%(size)s, %(key_id)s) ORDER BY size, key_id LIMIT %(limit)s"
    return await _select(connection, condition, {"size": size, "key_id": key_id, "limit": limit})


async def latest(
    connection: AsyncConnection[Any], *, upto: int | None = None, key_id: str | None = None
) -> Checkpoint | None:
    """The largest, of no more than `upto` events, by one key or by whichever."""
    condition = """size <= coalesce(%(upto)s::bigint, size) AND key_id = coalesce(%(key_id)s::text, key_id)
        ORDER BY size DESC, key_id LIMIT 1"""
    found = await _select(connection, condition, {"upto": upto, "key_id": key_id})
    return found[0] if found else None


async def covering(connection: AsyncConnection[Any], position: int) -> Checkpoint | None:
    """The smallest that covers a position."""
    found = await _select(connection, "size >= %(position)s ORDER BY size, key_id LIMIT 1", {"position": position})
    return found[0] if found else None


async def _select(connection: AsyncConnection[Any], condition: str, parameters: Fields) -> list[Checkpoint]:
    cursor = connection.cursor(row_factory=class_row(Checkpoint))
    await cursor.execute(f"SELECT {COLUMNS} FROM checkpoints WHERE {condition}".encode(), parameters)
    return await cursor.fetchall()
