"""Socket.IO packets as they come in: whatever a client sends is a packet or garbage, never an exception."""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

import orjson

CONNECT, DISCONNECT, EVENT, BINARY_EVENT = "0", "1", "2", "5"

NAME = re.compile(r'\["(\w{1,64})"')
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
HEAD = re.compile(r"([0-6])(?:\d+-)?(?:(/[^,\[{]*),?)?(\d{1,19}(?!\d))?")
"""The type, how many attachments, the namespace where it is not the default one, the number an ack is asked under."""


@dataclass(frozen=True, slots=True)
class Packet:
    """`number` is that of the ack asked for. `data` is what the JSON holds; `broken` is the code if it holds none.

    Of one that is too large, `data` is its name alone.
    """

    kind: str
    namespace: str
    number: int | None
    data: Any = None
    broken: Literal["invalid_payload", "too_large"] | None = None


def parse(text: str, max_size: int) -> Packet | None:
    """A packet; `None` for what is none. One of over `max_size` bytes is not read."""
    head = HEAD.match(text)
    if head is None:
        return None
    kind, namespace, number = head.groups()
    rest = text[head.end() :]
    numbered = int(number) if number else None
    namespace = (namespace or "/").split("?")[0]
    if too_large(text, max_size):
        name = NAME.match(rest)
        return Packet(kind, namespace, numbered, [name[1]] if name else None, broken="too_large")
    if kind == BINARY_EVENT:
        return Packet(kind, namespace, numbered, broken="invalid_payload")
    if not rest:
        return Packet(kind, namespace, numbered)
    try:
        return Packet(kind, namespace, numbered, loads(rest))
    except (ValueError, RecursionError):
        return Packet(kind, namespace, numbered, broken="invalid_payload")


def too_large(text: str, max_size: int) -> bool:
    """Whether a text has more than `max_size` bytes; one that is short is not encoded to know it."""
    return len(text) > max_size or (len(text) * 4 > max_size and len(text.encode("utf-8", "replace")) > max_size)


def loads(text: str) -> Any:
    """JSON, also with lone surrogates, which orjson refuses; so that the field that holds one can be named. What orjson
    refuses anyway is not read again: Python's parser would go a thousand levels deep before it gave up.

    Raises `ValueError` where it is none; NaN and Infinity are none.
    """
    try:
        return orjson.loads(text)
    except ValueError:
        if not SURROGATE.search(text):
            raise
        return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
