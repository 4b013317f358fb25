"""Who is there: tokens judged, and made."""

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import TypeAdapter, ValidationError

from domain.base import Name, Rejected, UserId
from interfaces.settings import Settings

ALGORITHM = "HS256"
MAX_TOKEN = 16 * 1024
MAX_TIME = 1e18
"""In seconds since 1970: beyond it nobody means a time, not even in milliseconds."""
SCOPES = ("audit", "analytics", "admin")

_user_id: TypeAdapter[str] = TypeAdapter(UserId)
_name: TypeAdapter[str] = TypeAdapter(Name)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a token tells: its user, the name if it has one, when it was issued and when it ends (UTC).

    One that is not `dated` counts as issued when it came.
    """

    user_id: str
    name: str | None
    told_at: datetime
    dated: bool
    expires_at: float
    scopes: frozenset[str]

    def check_fresh(self) -> None:
        """Raises `Rejected` with `token_expired` once the token has ended; there is no leeway."""
        if time() >= self.expires_at:
            raise Rejected("token_expired", "the token has expired")


class Tokens:
    """Judges the tokens of one key. `audience` and `issuer` are checked where they are given."""

    def __init__(self, secret: str, audience: str | None = None, issuer: str | None = None) -> None:
        self._key = OctKey.import_key(secret)
        self._audience = audience
        self._issuer = issuer

    def judge(self, token: object) -> Identity:
        """The identity behind a token. Raises `Rejected` with `invalid_token` or `token_expired`."""
        if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN:
            raise _invalid("a token is a string")
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise _invalid("not signed by a key that is known here") from error
        identity = self._identity(claims)
        identity.check_fresh()
        return identity

    def _identity(self, claims: dict[str, Any]) -> Identity:
        audience = claims.get("aud")
        if self._audience and self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise _invalid("for another audience")
        if self._issuer and claims.get("iss") != self._issuer:
            raise _invalid("of another issuer")
        if _number(claims, "nbf", 0) > time():
            raise _invalid("not valid yet")
        scope = claims.get("scope")
        return Identity(
            user_id=_subject(claims),
            name=_told_name(claims),
            told_at=_moment(_number(claims, "iat", time())),
            dated="iat" in claims,
            expires_at=_number(claims, "exp", None),
            scopes=frozenset(scope.split() if isinstance(scope, str) else ()),
        )

    def issue(self, user_id: str, name: str | None, scope: str, ttl: float) -> str:
        """A token for a user, valid for `ttl` seconds from now."""
        now = time()
        claims: dict[str, Any] = {"sub": user_id, "iat": now, "exp": now + ttl}
        claims |= {"name": name} if name else {}
        claims |= {"scope": scope} if scope else {}
        claims |= {"aud": self._audience} if self._audience else {}
        claims |= {"iss": self._issuer} if self._issuer else {}
        return jwt.encode({"alg": ALGORITHM}, claims, self._key)


def _subject(claims: dict[str, Any]) -> str:
    try:
        return _user_id.validate_python(claims.get("sub"), strict=True)
    except ValidationError as error:
        raise _invalid("its sub is no user_id") from error


def _told_name(claims: dict[str, Any]) -> str | None:
    """The display name; one that can't be kept counts as left out."""
    try:
        return _name.validate_python(claims.get("name"), strict=True)
    except ValidationError:
        return None


def _number(claims: dict[str, Any], claim: str, default: float | None) -> float:
    value = claims.get(claim, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -MAX_TIME < value < MAX_TIME:
        raise _invalid(f"its {claim} is no time")
    return float(value)


def _moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    except OverflowError as error:
        raise _invalid("its iat is no time") from error


def _invalid(why: str) -> Rejected:
    return Rejected("invalid_token", f"the token is not accepted: {why}")


def tokens(settings: Settings) -> Tokens:
    """The judge that the settings ask for. Raises `NoKey` where they name no key, and it is not `--dev`."""
    if settings.jwt_secret:
        secret = settings.jwt_secret.get_secret_value()
    elif settings.dev:
        secret = dev_secret(settings.data_dir)
    else:
        raise NoKey("no key to judge tokens by: set LITSPARK_JWT_SECRET, or serve with --dev")
    return Tokens(secret, settings.jwt_audience, settings.jwt_issuer)


class NoKey(Exception):
    """No key is configured."""


def dev_secret(data_dir: Path) -> str:
    """The secret that `serve --dev` keeps in the data directory, for its owner's eyes only; made at first use."""
    path = data_dir / "secret"
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"secret.{os.getpid()}")
    if not path.exists():
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)  # whoever comes second keeps the first one's
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()
