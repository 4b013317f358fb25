"""An event as bytes, the same ones for whoever writes them: what all hashes of the ledger are made of."""

from hashlib import sha256
from struct import Struct

from application.store import Raw

_HEAD = Struct(">q16sqqII")

START = bytes(32)
"""The chain's hash before the first event."""


def frame(raw: Raw) -> bytes:
    """Position, stream, version, time, the lengths of topic and state, then those two. docs/audit.md says each byte."""
    topic = raw.topic.encode()
    head = _HEAD.pack(raw.position, raw.stream, raw.version, raw.recorded_at, len(topic), len(raw.state))
    return head + topic + raw.state


def chained(previous: bytes, framed: bytes) -> bytes:
    """The chain's hash at an event, of the one before and the event's frame."""
    return sha256(b"\x02" + previous + framed).digest()
