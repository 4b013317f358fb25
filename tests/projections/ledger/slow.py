"""The ledger in its most obvious form, by the words of docs/audit.md and of RFC 6962 alone: slow, and plainly right."""

from collections.abc import Sequence
from hashlib import sha256

from application.store import Raw


def frame(raw: Raw) -> bytes:
    topic = raw.topic.encode()
    return b"".join(
        [
            raw.position.to_bytes(8, "big"),
            raw.stream,
            raw.version.to_bytes(8, "big"),
            raw.recorded_at.to_bytes(8, "big", signed=True),
            len(topic).to_bytes(4, "big"),
            len(raw.state).to_bytes(4, "big"),
            topic,
            raw.state,
        ]
    )


def head(events: Sequence[Raw]) -> bytes:
    """The chain's last hash."""
    value = bytes(32)
    for raw in events:
        value = sha256(b"\x02" + value + frame(raw)).digest()
    return value


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH. Source: RFC 6962, 2.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    half = split(len(leaves))
    return sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:])).digest()


def path(number: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH; `number` counts from 0. Source: RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    half = split(len(leaves))
    if number < half:
        return [*path(number, leaves[:half]), root(leaves[half:])]
    return [*path(number - half, leaves[half:]), root(leaves[:half])]


def split(size: int) -> int:
    """The largest power of two that is less."""
    half = 1
    while half * 2 < size:
        half *= 2
    return half
