"""A line of a history: one message, in the words of the place that it comes from."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from domain.base import Body, Name, Rejected, Text, Title, UserId
from domain.conversation import Kind
from interfaces.errors import parse

MAX_LINE = 1024 * 1024

_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-5][0-9])"
)


def _moment(value: object) -> datetime:
    """A time of RFC 3339, whose offset can't be left out, in UTC."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise PydanticCustomError("time", "must be a time like 2026-11-23T09:00:00.000Z, with Z or an offset")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("time", "must be a time that exists, of the years 1 to 9999") from None


Moment = Annotated[datetime, BeforeValidator(_moment)]


def _given(value: object) -> object:
    if value is None:
        raise PydanticCustomError("null", "must not be null")
    return value


class Line(BaseModel):
    """`conversation` and `message` are the source's own keys; `sent_at` is in UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    conversation: Text
    title: Title | None
    message: Text
    sender: UserId
    sent_at: Moment
    body: Body
    sender_name: Annotated[Name | None, BeforeValidator(_given)] = None
    kind: Kind = "group"

    def contradicts(self, kind: Kind) -> bool:
        """Whether it says another kind than its conversation has: it may leave out what an earlier line says."""
        return self.kind != kind and "kind" in self.model_fields_set


def read(raw: bytes) -> Line:
    """The line that some bytes are. Raises `Rejected` with what is wrong with them."""
    fields = _decoded(raw)
    if not isinstance(fields, dict):
        raise Rejected("invalid_payload", "must be a JSON object")
    try:
        return Line.model_validate(fields)
    except ValidationError:
        # Asked again for the words; a title may be null, unlike anything that `parse` knows.
        return parse(Line, fields if fields.get("title", "") is not None else fields | {"title": "none"})


def _decoded(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return _tolerantly_decoded(raw, error)


def _tolerantly_decoded(raw: bytes, error: orjson.JSONDecodeError) -> Any:
    """Takes in the lone surrogates that orjson refuses, so that the field they are in can be named."""
    try:
        return json.loads(raw.decode(), parse_constant=_no_number)
    except RecursionError:
        raise Rejected("invalid_payload", "is nested too deep") from None
    except ValueError:
        raise Rejected("invalid_payload", f"no JSON: {error.msg}, at byte {error.pos + 1}") from None


def _no_number(word: str) -> float:
    raise ValueError(word)


def written(fields: Mapping[str, Any]) -> bytes:
    """A line as the export writes it."""
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"
