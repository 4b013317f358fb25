"""The keys that tokens are signed by: a secret of one's own, or the public keys that somebody else has published."""

import json
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, Self

from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError, SecurityWarning
from joserfc.jwk import Key, OctKey, import_key
from joserfc.jws import JWSRegistry

MAX_TOKEN = 16 * 1024
"""Characters."""

MAX_KEY_SET = 256 * 1024
"""Bytes."""

SECRET_PARTS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
"""Members of a key that nobody but its owner may see: RFC 7518, RFC 8037, and `priv` of post-quantum keys."""

NEWER_NAMES = {"EdDSA": "Ed25519"}
"""RFC 9864 gives each curve a name of its own; both mean the same signatures here."""


class BadKeySet(Exception):
    """What should be a key set is none. The message says why, and nothing of what the keys hold."""


class UnknownKey(Exception):
    """No key at hand fits a token; a newer key set may have one that does."""


class Keys(Protocol):
    def claims(self, token: str) -> dict[str, Any]:
        """What a token says. Raises `UnknownKey`, `JoseError`, `ValueError`, `TypeError` or `RecursionError`."""

    async def check(self) -> None:
        """Looks once whether there are keys. Raises `BadKeySet`."""

    async def refresh(self) -> bool:
        """Looks for newer keys, unless that was done only just now. Whether those at hand are the newest."""

    async def run(self) -> None:
        """Looks for newer keys now and then, for as long as there may be any."""


class Registry(JWSRegistry):
    """The algorithms that are let in, and headers as RFC 7515 wants them: what is not understood is ignored."""

    max_header_length = MAX_TOKEN

    def __init__(self, *algorithms: str) -> None:
        super().__init__(algorithms=algorithms, strict_check_header=False)
        del self.header_registry["b64"]  # RFC 7797: not for tokens

    def get_alg(self, name: str) -> Any:
        """Source: joserfc.jws.JWSRegistry."""
        return super().get_alg(NEWER_NAMES.get(name, name))


class Secret:
    """A secret that signs tokens and judges them."""

    _registry = Registry("HS256")

    def __init__(self, secret: str) -> None:
        self.size = len(secret.encode())
        """In bytes."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # of short ones; we have a word of our own for those
            self._key = OctKey.import_key(secret)

    def claims(self, token: str) -> dict[str, Any]:
        return jwt.decode(token, self._key, registry=self._registry).claims

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "HS256"}, claims, self._key)

    async def check(self) -> None:
        return

    async def refresh(self) -> bool:
        return True

    async def run(self) -> None:
        return


class KeySet:
    """Public keys, of which a token names one."""

    algorithms = ("RS256", "ES256", "Ed25519")
    _registry = Registry(*algorithms)

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = keys

    @property
    def kids(self) -> list[str | None]:
        """What the keys are called."""
        return [key.kid for key in self._keys]

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """A JWK Set out of its JSON. Keys for other uses and of other kinds are ignored. Raises `BadKeySet`."""
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            raise BadKeySet("it is no JSON") from None
        listed = document.get("keys") if isinstance(document, dict) else None
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise BadKeySet('it is no key set, which is an object with a list "keys"')
        if secrets := [number for number, one in enumerate(listed, 1) if SECRET_PARTS & one.keys()]:
            raise BadKeySet(f"key {secrets[0]} in it is private or secret: only public keys belong there")
        keys = [key for one in listed if (key := cls._usable(one))]
        if not keys:
            raise BadKeySet("no key in it is for RS256, ES256 or EdDSA" if listed else "it is empty")
        return cls(keys)

    @classmethod
    def _usable(cls, described: dict[str, Any]) -> Key | None:
        """The key, if it can check signatures that are let in."""
        try:
            if "alg" in described:
                described = {**described, "alg": NEWER_NAMES.get(described["alg"], described["alg"])}
            with warnings.catch_warnings():
                warnings.simplefilter("error", SecurityWarning)  # RSA of fewer than 2,048 bits
                key = import_key(described)
            key.ensure_kid()
            key.check_key_op("verify")
        except (JoseError, ValueError, TypeError, KeyError, SecurityWarning):
            return None
        return key if cls._registry.filter_algorithms(key, list(cls.algorithms)) else None

    def claims(self, token: str) -> dict[str, Any]:
        """By the key that the token names; by any, where it names none."""
        header = jws.extract_compact(token.encode(), registry=self._registry).headers()
        self._registry.check_header(header)
        self._registry.get_alg(header["alg"])
        kid = header.get("kid")
        named = [key for key in self._keys if kid in (None, key.kid)]
        for key in named:
            with suppress(JoseError):
                return jwt.decode(token, key, registry=self._registry).claims
        if kid is None or not named:
            raise UnknownKey
        raise BadSignatureError


def on_disk(path: Path) -> bytes:
    """What a key set's file holds. Raises `BadKeySet`."""
    if not path.is_file():
        raise BadKeySet("it is no file")
    try:
        with path.open("rb") as file:
            body = file.read(MAX_KEY_SET + 1)
    except OSError as error:
        raise BadKeySet(f"it can't be read: {error.strerror}") from None
    if len(body) > MAX_KEY_SET:
        raise BadKeySet(f"it has more than {MAX_KEY_SET} bytes")
    return body
