"""What a token tells, once its signature has been found good."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.base import Name, Rejected, UserId

SCOPES = ("audit", "analytics", "admin")

MAX_TIME = 1e18
"""In seconds since 1970: beyond it nobody means a time, not even in milliseconds."""

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


def identity(claims: dict[str, Any], audience: str | None, issuer: str | None) -> Identity:
    """Who it is. `audience` and `issuer` are checked where they are given. Raises `Rejected` with `invalid_token`."""
    audiences = claims.get("aud")
    if audience and audience not in (audiences if isinstance(audiences, list) else [audiences]):
        raise invalid("for another audience")
    if issuer and claims.get("iss") != issuer:
        raise invalid("of another issuer")
    if _number(claims, "nbf", 0) > time():
        raise invalid("not valid yet")
    scope = claims.get("scope")
    return Identity(
        user_id=_subject(claims),
        name=_told_name(claims),
        told_at=_moment(_number(claims, "iat", time())),
        dated="iat" in claims,
        expires_at=_number(claims, "exp", None),
        scopes=frozenset(scope.split() if isinstance(scope, str) else ()),
    )


def _subject(claims: dict[str, Any]) -> str:
    try:
        return _user_id.validate_python(claims.get("sub"), strict=True)
    except ValidationError as error:
        raise invalid("its sub is no user_id") from error


def _told_name(claims: dict[str, Any]) -> str | None:
    """The display name; one that can't be kept counts as left out."""
    try:
        return _name.validate_python(claims.get("name"), strict=True)
    except ValidationError:
        return None


def _number(claims: dict[str, Any], claim: str, default: float | None) -> float:
    value = claims.get(claim, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -MAX_TIME < value < MAX_TIME:
        raise invalid(f"its {claim} is no time")
    return float(value)


def _moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    except OverflowError as error:
        raise invalid("its iat is no time") from error


def invalid(why: str) -> Rejected:
    return Rejected("invalid_token", f"the token is not accepted: {why}")
