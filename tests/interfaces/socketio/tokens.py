"""Tokens as an identity provider would make them, and as a forger would."""

import json
from base64 import urlsafe_b64encode
from time import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey

from tests.serving import SECRET

OTHER_SECRET = "another secret, of which the server knows nothing"


def token(key: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """A token with these claims, and an `exp` in an hour; a claim that is `...` is left out."""
    chosen = {"sub": "mallory", "exp": time() + 3600} | claims
    chosen = {claim: value for claim, value in chosen.items() if value is not ...}
    return jwt.encode({"alg": algorithm}, chosen, OctKey.import_key(key), algorithms=[algorithm])


def unsigned(signature: str = "", **header: Any) -> str:
    """A token without a signature, or with one that is none."""
    claims = {"sub": "mallory", "exp": time() + 3600}
    return ".".join([_part({"alg": "none", **header}), _part(claims), signature])


def _part(of: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(of).encode()).rstrip(b"=").decode()


def tampered() -> str:
    """Somebody else's claims under a signature that was made for other ones."""
    header, _, signature = token().split(".")
    return ".".join([header, _part({"sub": "the director", "exp": time() + 3600}), signature])


BAD_TOKENS: dict[str, Any] = {
    "empty": "",
    "no token": "x",
    "dots": "..",
    "not ASCII": "é.é.é",
    "a lone surrogate": "\ud800",
    "too long": "x" * 20_000,
    "a number": 5,
    "true": True,
    "a list": ["x"],
    "an object": {"sub": "mallory"},
    "another key": token(OTHER_SECRET),
    "a bad signature": token()[:-6] + "AAAAAA",
    "no signature": token().rsplit(".", 1)[0] + ".",
    "other claims": tampered(),
    "alg none": unsigned(),
    "alg NONE": unsigned(alg="NONE"),
    "alg none with a signature": unsigned(token().rsplit(".")[2]),
    "no alg": unsigned(alg=None),
    "another algorithm": token(key=SECRET * 2, algorithm="HS512"),
    "a critical header": unsigned(alg="HS256", crit=["b64"], b64=False),
    "no sub": token(sub=...),
    "a null sub": token(sub=None),
    "a number for sub": token(sub=5),
    "an empty sub": token(sub=""),
    "a sub with a space": token(sub="al ice"),
    "a sub of two dots": token(sub=".."),
    "a sub with a line end": token(sub="alice\n"),
    "a long sub": token(sub="x" * 256),
    "no exp": token(exp=...),
    "a null exp": token(exp=None),
    "a text for exp": token(exp="tomorrow"),
    "an endless exp": token(exp=1e300),
    "true for exp": token(exp=True),
    "not valid yet": token(nbf=time() + 3600),
}
"""Each is an `invalid_token`."""
