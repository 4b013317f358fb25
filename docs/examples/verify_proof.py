"""Checks a proof by `litspark audit prove`, and needs nothing of LitSpark: verify_proof.py PROOF.json PUBLIC_KEY

PUBLIC_KEY is 64 hexadecimal digits, known from elsewhere: a proof names a key too, but anybody could write one there.
"""

import hashlib
import json
import struct
import sys
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


with open(sys.argv[1]) as file:
    proof = json.load(file)
event, checkpoint = proof["event"], proof["checkpoint"]

# 1. The event as bytes, and the hash of its leaf.
since_1970 = datetime.fromisoformat(event["recorded_at"][:-1] + "+00:00") - datetime(1970, 1, 1, tzinfo=UTC)
stream = bytes.fromhex(event["stream"].replace("-", ""))
topic, state = event["topic"].encode(), event["state"].encode()
numbers = (event["position"], stream, event["version"], since_1970 // timedelta(microseconds=1), len(topic), len(state))
node = sha256(b"\x00", struct.pack(">q16sqqII", *numbers), topic, state)

# 2. From the leaf to the root, by the hashes beside its path (RFC 9162, 2.1.3.2).
place, last = event["position"] - 1, checkpoint["size"] - 1
for beside in map(bytes.fromhex, proof["path"]):
    if place % 2 or place == last:
        node = sha256(b"\x01", beside, node)
        while place and not place % 2:
            place, last = place // 2, last // 2
    else:
        node = sha256(b"\x01", node, beside)
    place, last = place // 2, last // 2

# 3. Is that the root that was signed?
names = ("size", "root", "chain", "signed_at", "key_id")
lines = ["litspark ledger checkpoint 1", *(str(checkpoint[name]) for name in names)]
signed = "".join(f"{line}\n" for line in lines).encode()
try:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(sys.argv[2]))
    key.verify(bytes.fromhex(checkpoint["signature"]), signed)
except InvalidSignature:
    sys.exit("DOES NOT VERIFY: the checkpoint is not signed by this key")
if last or node.hex() != checkpoint["root"]:
    sys.exit("DOES NOT VERIFY: the message does not lead to what was signed")
print(f"verified: position {event['position']} of {checkpoint['size']}, signed at {checkpoint['signed_at']}")
print(event["state"])
