"""Pages of a list: where the next one begins, in a form that is nobody's business but ours."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from domain.base import Rejected, invalid
from interfaces.requests import Position, Query

PAGE = 50
MAX_PAGE = 200


def _digits(value: object) -> object:
    """A number as a query writes it."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    raise PydanticCustomError("number", "must be a whole number")


Digits = Annotated[int, BeforeValidator(_digits)]
Number = Annotated[
    Digits, Field(ge=0, lt=2**63), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 2**63 - 1})
]
Below = Annotated[Number, Field(ge=1), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 2**63 - 1})]


class Page(Query):
    """A page of a list, of at most `limit`; `next` is what the page before it answered."""

    limit: Annotated[
        Digits,
        Field(ge=1, le=MAX_PAGE),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE}),
    ] = PAGE
    next: str | SkipJsonSchema[None] = None
    min_position: Position = 0


def token(*parts: object) -> str:
    """A `next` that is read back by `parts`; safe in a URL."""
    return urlsafe_b64encode("\n".join(map(str, parts)).encode()).rstrip(b"=").decode()


def parts(token: str) -> list[str]:
    """What a `next` was made of. Raises `Rejected` for one that can't be ours."""
    try:
        decoded = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except ValueError:
        raise bad_next() from None
    return decoded.split("\n")


def number(part: str, least: int = 0) -> int:
    """A part that is a number of at least `least`. Raises `Rejected`."""
    if not (part.isascii() and part.isdigit() and len(part) < 19 and int(part) >= least):
        raise bad_next()
    return int(part)


def bad_next() -> Rejected:
    return invalid("next", "must be the `next` of a page")
