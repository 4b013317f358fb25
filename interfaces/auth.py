"""Who is there: tokens judged, and made."""

import secrets
from pathlib import Path
from time import time
from typing import Any

import structlog
from joserfc.errors import JoseError

from application.writer import unavailable
from domain.base import Rejected
from interfaces.claims import Identity, identity, invalid
from interfaces.data_directory import kept
from interfaces.keys import MAX_TOKEN, Keys, Secret, UnknownKey
from interfaces.rates import Rate
from interfaces.settings import NoKey, Settings

log = structlog.get_logger()

SIZE = 32
"""Bytes that a secret ought to have. Source: RFC 7518, 3.2."""


class Judge:
    """Judges tokens by keys. `audience` and `issuer` are checked where they are given."""

    def __init__(self, keys: Keys, audience: str | None = None, issuer: str | None = None) -> None:
        self.keys = keys
        self._audience = audience
        self._issuer = issuer

    async def judge(self, token: object) -> Identity:
        """The identity behind a token. Raises `Rejected` with `invalid_token`, `token_expired` or `unavailable`.

        It waits for nothing but newer keys, and for those only where the token's key is not known.
        """
        if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN:
            raise invalid("a token is a string")
        try:
            claims = self._claims(token)
        except UnknownKey:
            claims = await self._claims_by_newer_keys(token)
        found = identity(claims, self._audience, self._issuer)
        found.check_fresh()
        return found

    async def _claims_by_newer_keys(self, token: str) -> dict[str, Any]:
        current = await self.keys.refresh()
        try:
            return self._claims(token)
        except UnknownKey:
            if not current:
                raise unavailable("the keys that tokens are judged by can't be read just now") from None
            raise invalid("not signed by a key that is known here") from None

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            return self.keys.claims(token)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise invalid("not signed by a key that is known here") from error

    async def let_in(self, token: object, failures: Rate, address: str) -> Identity:
        """As `judge`; a token that is refused counts against the address that it came from.

        A good token is let in from whatever address: behind one address there may be a whole office.
        """
        try:
            return await self.judge(token)
        except Rejected as refusal:
            if refusal.code != "unavailable":
                failures.spend(address)
            raise


class Tokens(Judge):
    """Judges the tokens of a secret, and makes them."""

    def __init__(self, secret: str, audience: str | None = None, issuer: str | None = None) -> None:
        self._secret = Secret(secret)
        super().__init__(self._secret, audience, issuer)

    def issue(self, user_id: str, name: str | None, scope: str, ttl: float) -> str:
        """A token for a user, valid for `ttl` seconds from now."""
        now = time()
        claims: dict[str, Any] = {"sub": user_id, "iat": now, "exp": now + ttl}
        claims |= {"name": name} if name else {}
        claims |= {"scope": scope} if scope else {}
        claims |= {"aud": self._audience} if self._audience else {}
        claims |= {"iss": self._issuer} if self._issuer else {}
        return self._secret.sign(claims)


def judge(settings: Settings) -> Judge:
    """The judge that the settings ask for. Raises `NoKey` where they name no keys, and it is not `--dev`."""
    from interfaces.key_source import key_source  # here, for commands that judge no token need not wait for it

    if source := key_source(settings):
        return Judge(source, settings.jwt_audience, settings.jwt_issuer)
    return tokens(settings)


async def check_keys(settings: Settings) -> None:
    """Raises `NoKey`, or `BadKeySet` where what is published is none; a key server may also be away just now."""
    keys = judge(settings).keys
    await keys.check()
    if isinstance(keys, Secret) and keys.size < SIZE:
        log.warning("weak secret", why=f"of fewer than {SIZE} bytes: who has one token may find it by trying")
    if not (isinstance(keys, Secret) or settings.jwt_audience):
        log.warning("any audience", why="LITSPARK_JWT_AUDIENCE is not set: tokens for others are let in, too")


def tokens(settings: Settings) -> Tokens:
    """What makes tokens here, and judges them. Raises `NoKey` where others make them."""
    if settings.keys_of_others:
        raise NoKey(f"{settings.keys_of_others}: tokens are made by whoever holds those keys, not here")
    if settings.jwt_secret:
        secret = settings.jwt_secret.get_secret_value()
    elif settings.dev:
        secret = dev_secret(settings.data_dir)
    else:
        raise NoKey(
            "no key to judge tokens by: set LITSPARK_JWT_SECRET, LITSPARK_JWKS_URL or LITSPARK_JWKS_FILE, "
            "or serve with --dev"
        )
    return Tokens(secret, settings.jwt_audience, settings.jwt_issuer)


def dev_secret(data_dir: Path) -> str:
    """The secret that `serve --dev` keeps in the data directory, for its owner's eyes only; made at first use."""
    return kept(data_dir / "secret", lambda: secrets.token_urlsafe(48))
