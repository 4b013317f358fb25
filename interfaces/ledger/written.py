"""Events as files hold them: exact to the last bit, and to be read by people."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from application.store import Raw

Fields = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class NotWritten(ValueError):
    """What was to be an event, or a line of a bundle, is none as they are written."""


def event(raw: Raw) -> Fields:
    """`state` is the text of the event's JSON as it lies in the log; hexadecimal, were it ever no text."""
    fields: Fields = {
        "position": raw.position,
        "stream": str(UUID(bytes=raw.stream)),
        "version": raw.version,
        "topic": raw.topic,
        "recorded_at": instant(raw.recorded_at),
    }
    try:
        return fields | {"state": raw.state.decode()}
    except UnicodeDecodeError:
        return fields | {"state_hex": raw.state.hex()}


def read_event(fields: Any) -> Raw:
    """The inverse of `event`. Raises `NotWritten`."""
    try:
        state = fields["state"].encode() if "state" in fields else bytes.fromhex(fields["state_hex"])
        recorded_at = fields["recorded_at"]
        raw = Raw(
            fields["position"],
            UUID(fields["stream"]).bytes,
            fields["version"],
            fields["topic"],
            state,
            recorded_at if isinstance(recorded_at, int) else microseconds(recorded_at),
        )
        if event(raw) != fields:
            raise NotWritten("not as an event is written")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise NotWritten(f"no event: {error}") from error
    return raw


def instant(recorded_at: int) -> str | int:
    """In UTC, to the microsecond; beyond the year 9999, which takes tampering, the bare number."""
    try:
        return f"{(EPOCH + recorded_at * MICROSECOND).isoformat(timespec='microseconds')[:26]}Z"
    except OverflowError:
        return recorded_at


def microseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // MICROSECOND


def line(fields: Fields) -> bytes:
    return orjson.dumps(fields) + b"\n"


def read_line(written: bytes) -> Fields:
    """The fields of a line, which is to the byte what `line` makes of them. Raises `NotWritten`."""
    try:
        fields = orjson.loads(written)
    except orjson.JSONDecodeError as error:
        raise NotWritten("no line of JSON") from error
    if not isinstance(fields, dict) or line(fields) != written:
        raise NotWritten("not as lines are written")
    return fields
