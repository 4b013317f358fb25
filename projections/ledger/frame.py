"""An event as bytes, the same ones for whoever writes them: what all hashes of the ledger are made of."""

from struct import Struct

from application.store import Raw

_HEAD = Struct(">q16sqqII")

START = bytes(32)
"""The chain's hash before the first event. At an event, it is that of CHAINED, the hash before, and the frame."""
CHAINED = b"\x02"


def frame(raw: Raw) -> bytes:
    """Position, stream, version, time, the lengths of topic and state, then those two. docs/audit.md says each byte."""
    position, stream, version, name, state, recorded_at = raw
    topic = name.encode()
    return _HEAD.pack(position, stream, version, recorded_at, len(topic), len(state)) + topic + state
