"""Which keys are taken out of a key set, and which tokens they let in."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from pydantic import SecretStr
from structlog.testing import capture_logs

from domain.base import Rejected
from interfaces.auth import Judge, Tokens, check_keys
from interfaces.key_source import KeySource
from interfaces.keys import MAX_KEY_SET, MAX_TOKEN, BadKeySet, KeySet, UnknownKey, on_disk
from interfaces.settings import Settings
from tests.provider import KINDS, make, published, sign

RSA, EC, ED = make("RS256", "rsa"), make("ES256", "ec"), make("Ed25519", "ed")
ALL = KeySet.parse(published(RSA, EC, ED))
PUBLIC = RSA.as_dict()


def read(*described: Any) -> KeySet:
    return KeySet.parse(json.dumps({"keys": described}).encode())


@pytest.mark.parametrize("algorithm", KINDS)
@pytest.mark.parametrize("told", [None, "itself", "EdDSA", "Ed25519"])
def test_each_algorithm_of_the_protocol_is_let_in(algorithm: str, told: str | None) -> None:
    if told in ("EdDSA", "Ed25519") and algorithm not in ("EdDSA", "Ed25519"):
        told = algorithm
    more = {} if told is None else {"alg": algorithm if told == "itself" else told}
    key = make(algorithm, use="sig", key_ops=["verify"])
    keys = read(key.as_dict() | more)
    signer = type(key).import_key({**key.as_dict(private=True), "key_ops": ["sign"]})
    assert keys.claims(sign(signer, algorithm, name="Alice"))["name"] == "Alice"


def forged_by(secret: bytes, **header: Any) -> str:
    """A token that is signed with what everybody knows, as RFC 7515 has it: the library would refuse to."""
    signed = unsigned(alg="HS256", **header).removesuffix(".")
    return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"


def encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).rstrip(b"=").decode()


def unsigned(**header: Any) -> str:
    parts = [json.dumps({"kid": "rsa", **header}), json.dumps({"sub": "alice", "exp": time() + 60})]
    return ".".join(encoded(part.encode()) for part in parts) + "."


STRANGER = make("RS256", "rsa")
REFUSED: dict[str, Callable[[], str]] = {
    "alg none": lambda: unsigned(alg="none"),
    "no alg": lambda: unsigned(),
    "alg of no text": lambda: unsigned(alg=["RS256"]),
    "a kid of no text": lambda: unsigned(alg="RS256", kid={"a": 1}),
    "the public key as a secret": lambda: forged_by(RSA.as_pem(private=False), kid="rsa"),  # type: ignore[union-attr]
    "the public key's JSON as a secret": lambda: forged_by(json.dumps(PUBLIC).encode(), kid="rsa"),
    "RS512": lambda: jwt.encode({"alg": "RS512", "kid": "rsa"}, {"sub": "alice"}, RSA, algorithms=["RS512"]),
    "PS256": lambda: jwt.encode({"alg": "PS256", "kid": "rsa"}, {"sub": "alice"}, RSA, algorithms=["PS256"]),
    "another's key under a known name": lambda: sign(STRANGER, "RS256"),
    "the name of a key of another kind": lambda: sign(EC, "ES256", {"kid": "rsa"}),
    "a key that the token brings along": lambda: sign(STRANGER, "RS256", {"jwk": STRANGER.as_dict()}),
    "a header that must be understood": lambda: unsigned(alg="RS256", crit=["x"], x=1),
    "claims that are not encoded": lambda: unsigned(alg="RS256", crit=["b64"], b64=False),
}


@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED.keys())
async def test_a_forged_token_is_refused(token: Callable[[], str]) -> None:
    await refused(ALL, token(), "invalid_token")


async def refused(keys: Any, token: str, code: str) -> None:
    class AtHand:
        claims = keys.claims

        async def refresh(self) -> bool:
            return True

    with pytest.raises(Rejected) as refusal:
        await Judge(AtHand()).judge(token)  # type: ignore[arg-type]
    assert refusal.value.code == code


async def test_a_token_of_a_secret_is_none_of_a_key_sets_and_the_other_way_round() -> None:
    await refused(ALL, Tokens("a secret of at least thirty-two bytes").issue("alice", None, "", 60), "invalid_token")
    with pytest.raises(Rejected, match="not signed"):
        await Tokens("a secret of at least thirty-two bytes").judge(sign(RSA, "RS256"))


@pytest.mark.parametrize(
    ("claims", "good"),
    [
        ({"aud": "chat", "iss": "us"}, True),
        ({"aud": ["mail", "chat"], "iss": "us"}, True),
        ({"aud": "mail", "iss": "us"}, False),
        ({"aud": ["mail"], "iss": "us"}, False),
        ({"aud": {"chat": 1}, "iss": "us"}, False),
        ({"iss": "us"}, False),
        ({"aud": "chat", "iss": "them"}, False),
        ({"aud": "chat"}, False),
    ],
)
async def test_a_token_of_others_is_for_this_audience_and_of_that_issuer(claims: dict[str, Any], good: bool) -> None:
    source = KeySource(partial(at_once, published(RSA)), 3600, 60)
    judging = Judge(source, "chat", "us").judge(sign(RSA, "RS256", **claims))
    if good:
        assert (await judging).user_id == "alice"
    else:
        with pytest.raises(Rejected, match=r"audience|issuer"):
            await judging


async def at_once(text: bytes) -> bytes:
    return text


async def test_a_huge_token_is_refused() -> None:
    assert ALL.claims(sign(RSA, "RS256", name="x" * 10_000))["sub"] == "alice"
    await refused(ALL, sign(RSA, "RS256", name="x" * MAX_TOKEN), "invalid_token")


def test_what_a_header_says_beyond_what_is_understood_is_ignored() -> None:
    header = {"nonce": "x" * 600, "org": 5, "x5t": "abc", "typ": "at+jwt", "jku": "https://evil.example/keys"}
    assert ALL.claims(sign(RSA, "RS256", header))["sub"] == "alice"


def test_a_token_that_names_no_key_is_judged_by_all_of_them() -> None:
    assert ALL.claims(sign(EC, "ES256", {"kid": ...}))["sub"] == "alice"
    with pytest.raises(UnknownKey):
        ALL.claims(sign(make("ES256", None), "ES256"))


def test_a_name_that_no_key_has_may_be_that_of_a_newer_one() -> None:
    with pytest.raises(UnknownKey):
        ALL.claims(sign(make("RS256", "next"), "RS256"))


def test_keys_of_one_name_are_told_apart_by_what_they_sign() -> None:
    one, other, third = make("RS256"), make("RS256"), make("ES256")
    keys = KeySet.parse(published(one, other, third))
    for key, algorithm in ((one, "RS256"), (other, "RS256"), (third, "ES256")):
        assert keys.claims(sign(key, algorithm))["sub"] == "alice"


def test_a_key_without_a_name_goes_by_its_thumbprint() -> None:
    key = make("ES256", None)
    keys = KeySet.parse(published(key))
    assert keys.claims(sign(key, "ES256", {"kid": key.thumbprint()}))["sub"] == "alice"


UNUSABLE: dict[str, Any] = {
    "for encryption": make("RS256", use="enc").as_dict(),
    "for other operations": {**PUBLIC, "key_ops": ["encrypt"]},
    "for another algorithm": {**PUBLIC, "alg": "RS512"},
    "of another curve": ECKey.generate_key("P-384").as_dict(),
    "of Ed448": OKPKey.generate_key("Ed448").as_dict(),
    "of X25519": OKPKey.generate_key("X25519").as_dict(),
    "of an unknown curve": {"kty": "EC", "crv": "P-1", "x": "AA", "y": "AA"},
    "of an unknown kind": {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
    "of no kind": {"kid": "x"},
    "of a kind that is no text": {"kty": ["RSA"]},
    "without its numbers": {"kty": "RSA", "kid": "x"},
    "with numbers that are none": {"kty": "RSA", "n": "!", "e": "AQAB"},
    "not on its curve": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
    "too weak": {"kty": "RSA", "n": "u" * 170 + "w", "e": "AQAB"},
}


@pytest.mark.parametrize("described", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_key_that_is_of_no_use_is_ignored(described: Any) -> None:
    assert read(described, PUBLIC).kids == ["rsa"]
    with pytest.raises(BadKeySet, match="no key in it is for RS256, ES256 or EdDSA"):
        read(described)


SECRET = {"for encryption": {"use": "enc"}, "of another curve": {"crv": "P-1"}, "of an unknown kind": {"kty": "AKP"}}


@pytest.mark.parametrize("kind", KINDS)
def test_a_private_key_is_refused_and_not_repeated(kind: str) -> None:
    private = make(kind).as_dict(private=True)
    with pytest.raises(BadKeySet, match="key 2 in it is private") as refusal:
        read(PUBLIC, private)
    assert str(private["d"]) not in str(refusal.value)


@pytest.mark.parametrize("more", SECRET.values(), ids=SECRET.keys())
def test_a_private_key_is_refused_also_where_the_key_would_be_ignored(more: dict[str, Any]) -> None:
    with pytest.raises(BadKeySet, match="private"):
        read(PUBLIC, {**make("ES256").as_dict(private=True), **more})


def test_a_secret_is_refused() -> None:
    with pytest.raises(BadKeySet, match="private or secret"):
        read({"kty": "oct", "k": "c2VjcmV0", "kid": "x"})


BROKEN = {
    b"": "JSON",
    b"keys": "JSON",
    b"\xff": "JSON",
    b"[" * 100_000: "JSON",
    b"[]": "no key set",
    b"{}": "no key set",
}
BROKEN |= {b'{"keys": 5}': "no key set", b'{"keys": [5]}': "no key set", b'{"keys": []}': "empty"}


@pytest.mark.parametrize(("text", "said"), BROKEN.items())
def test_what_is_no_key_set_is_refused(text: bytes, said: str) -> None:
    with pytest.raises(BadKeySet, match=said):
        KeySet.parse(text)


members = some.sampled_from([*PUBLIC, *EC.as_dict(), "use", "alg", "key_ops", "x5c"])
words = some.text("abAB01-_=é\0", max_size=8)
plain = some.none() | some.booleans() | some.integers() | words | some.sampled_from(["RSA", "EC", "OKP", "sig"])
json_values = plain | some.lists(plain, max_size=2) | some.dictionaries(words, plain, max_size=2)


@settings(max_examples=200, deadline=None)
@given(some.dictionaries(members, json_values, max_size=4), some.sampled_from([RSA, EC, ED]))
def test_whatever_describes_a_key_it_is_read_or_ignored(changes: dict[str, Any], key: Key) -> None:
    assert read({**key.as_dict(), **changes}, {**PUBLIC, "kid": "good"}).kids[-1] == "good"


def test_a_file_is_read_whole_but_not_endlessly(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(published(RSA))
    assert KeySet.parse(on_disk(path)).kids == ["rsa"]
    path.write_bytes(b" " * (MAX_KEY_SET + 1))
    for bad in (path, tmp_path, tmp_path / "none", Path("/dev/zero")):
        with pytest.raises(BadKeySet):
            on_disk(bad)


def test_an_rsa_key_may_be_long() -> None:
    key = RSAKey.generate_key(4096, parameters={"kid": "long"})
    assert KeySet.parse(published(key)).claims(sign(key, "RS256"))["sub"] == "alice"


async def test_a_short_secret_is_taken_and_warned_of() -> None:
    with capture_logs() as entries:
        await check_keys(Settings(jwt_secret=SecretStr("short")))
        await check_keys(Settings(jwt_secret=SecretStr("x" * 32)))
    assert [entry["event"] for entry in entries] == ["weak secret"]
    tokens = Tokens("short")
    assert (await tokens.judge(tokens.issue("alice", None, "", 60))).user_id == "alice"
