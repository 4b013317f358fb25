"""What commands, events and refusals are, and the words they are made of."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from hashlib import sha1
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

LITSPARK = UUID("6c697473-7061-5b6b-8000-6d6573736167")
"""The namespace of every id that is made from a name."""

MAX_BODY = 8_000
MAX_TITLE = 120
MAX_NAME = 120
MAX_REASON = 500
MAX_PARTICIPANTS = 1_000

Code = Literal[
    "unauthenticated",
    "invalid_token",
    "token_expired",
    "forbidden",
    "not_found",
    "conflict",
    "invalid_payload",
    "too_large",
    "rate_limited",
    "unavailable",
    "internal",
]


class Rejected(Exception):
    """A command or query refused, with a code of the protocol.

    `details` is a list of `(field, problem)`; `retry_after` is in seconds.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        details: tuple[tuple[str, str], ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.details = details
        self.retry_after = retry_after


def invalid(field: str, problem: str) -> Rejected:
    """The refusal of one field's value."""
    return Rejected("invalid_payload", f"{field}: {problem}", details=((field, problem),))


@lru_cache(maxsize=50_000)
def stream_id(kind: str, *key: object) -> UUID:
    """The id of a stream: no client's UUID or `sub` can name a stream of another kind."""
    return named_id(kind, *key)


def named_id(kind: str, *key: object) -> UUID:
    """The id that is made from a kind and a key: a version 5, as `uuid5` would make it in twice the time."""
    name = "\n".join([kind, *map(str, key)]).encode()
    return UUID(bytes=sha1(LITSPARK.bytes + name, usedforsecurity=False).digest()[:16], version=5)


def named_ids(kind: str, *key: object) -> Callable[[str], UUID]:
    """Makes the ids of all keys that begin alike, out of what follows: `named_id` in less than half the time."""
    begun = sha1(LITSPARK.bytes + "\n".join([kind, *map(str, key), ""]).encode(), usedforsecurity=False)

    def named(last: str) -> UUID:
        whole = begun.copy()
        whole.update(last.encode())
        return UUID(int=int.from_bytes(whole.digest()[:16], "big") & ~_FORM | _VERSION_5)

    return named


_FORM = 0xF000_C000_0000_0000_0000
_VERSION_5 = 0x5000_8000_0000_0000_0000

_SURROGATE = re.compile("[\ud800-\udfff]")


def _storable(text: str) -> str:
    """Refuses what PostgreSQL's text can't hold, so that whatever an event holds, a row can."""
    if "\0" in text:
        raise PydanticCustomError("text", "must not contain a NUL character")
    if not text.isascii() and _SURROGATE.search(text):
        raise PydanticCustomError("text", "must not contain a lone surrogate")
    if not text or text.isspace():
        raise PydanticCustomError("text", "must hold more than white space")
    return text


_USER_ID = re.compile("[!-~]{1,255}")


def _user_id(value: str) -> str:
    if not _USER_ID.fullmatch(value) or value in (".", ".."):
        raise PydanticCustomError("user_id", "must be 1 to 255 printable ASCII characters without spaces")
    return value


_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _uuid(versions: tuple[int, ...]) -> BeforeValidator:
    """UUIDs in the 36-character form alone: pydantic would also take braces, URNs and bare digits."""

    def parse(value: object) -> UUID:
        if isinstance(value, UUID):
            return value
        if not isinstance(value, str) or not _UUID.fullmatch(value):
            raise PydanticCustomError("uuid", "must be a UUID of 36 characters")
        parsed = UUID(value)
        if parsed.version not in versions:
            wanted = " or ".join(map(str, versions))
            raise PydanticCustomError("uuid", f"must be a UUID of version {wanted}")
        return parsed

    return BeforeValidator(parse)


_HEX = "[0-9a-fA-F]"
_SAYS_SOMETHING = Field(json_schema_extra={"pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$"})
"""For whoever generates clients: a schema can't say it better, and `_storable` is what counts."""


def _form(versions: str) -> WithJsonSchema:
    pattern = f"^{_HEX}{{8}}-{_HEX}{{4}}-[{versions}]{_HEX}{{3}}-[89abAB]{_HEX}{{3}}-{_HEX}{{12}}$"
    return WithJsonSchema({"type": "string", "format": "uuid", "pattern": pattern})


Text = Annotated[str, AfterValidator(_storable), _SAYS_SOMETHING]
# Lengths first: after a validator, pydantic would count "items", and only once it has looked at all of them.
Body = Annotated[str, StringConstraints(min_length=1, max_length=MAX_BODY), AfterValidator(_storable), _SAYS_SOMETHING]
Title = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_TITLE), AfterValidator(_storable), _SAYS_SOMETHING
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME), AfterValidator(_storable), _SAYS_SOMETHING]
Reason = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_REASON), AfterValidator(_storable), _SAYS_SOMETHING
]
UserId = Annotated[
    str,
    AfterValidator(_user_id),
    Field(json_schema_extra={"minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}),
]
ChosenId = Annotated[UUID, _uuid((4, 7)), _form("47")]
NamedId = Annotated[UUID, _uuid((4, 5, 7)), _form("457")]


class Command(BaseModel):
    """What somebody asks for. Frozen; a field that it does not know is refused.

    `actor` is the user who asks, out of the token and never out of a payload; `None` is the importer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    actor: UserId | None


class Event(BaseModel):
    """What happened. Frozen. `TOPIC` is its name in the log and never changes; the class may move.

    `actor` is the user who did it; `None` is the importer.
    """

    # Where a state of the log is none, the log of the server says so without what people wrote.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    TOPIC: ClassVar[str]

    actor: UserId | None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "TOPIC" not in vars(cls):
            raise TypeError(f"{cls.__name__} has no TOPIC")


class Source(BaseModel):
    """The keys by which the place that a message was imported from knew it, given back by the export."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    conversation: Text
    message: Text


def told(recorded_at: datetime, given: datetime | None) -> datetime:
    """When something happened: the file's word for what was imported, else the log's."""
    return recorded_at if given is None else given
