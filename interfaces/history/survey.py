"""What has to be known of a history before its first line can be imported."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

import orjson

from domain.base import named_ids, stream_id
from domain.conversation import Kind, direct_id
from interfaces.history.files import Bad, parsed
from interfaces.history.lines import Line

KIND, KIND_ESCAPED = b'"kind"', rb"\u006"
"""Where a line has neither, it does not say of what kind its conversation is: JSON may write a letter by its number."""


@dataclass(slots=True)
class Survey:
    """`lines`: how many there are. `people`: who speaks in each direct conversation, by its key; a third is enough."""

    lines: int = 0
    people: dict[str, set[str]] = field(default_factory=dict)


def survey(read: Callable[[], Iterable[bytes | Bad]]) -> Survey:
    """Goes through a whole history, or twice. A conversation is direct where its first line says so.

    Where no line says of what kind it is, all are groups, and of a group no more has to be known than that it is one.
    """
    found = Survey()
    for raw in read():
        if isinstance(raw, bytes) and (KIND in raw or KIND_ESCAPED in raw):
            return _close_survey(read())
        found.lines += isinstance(raw, Bad) or not raw.isspace()
    return found


def _close_survey(lines: Iterable[bytes | Bad]) -> Survey:
    """Of a group only the first line is looked at any closer."""
    found = Survey()
    kinds: dict[str, Kind] = {}
    for raw in lines:
        if isinstance(raw, bytes) and kinds.get(_key(raw)) == "group":
            found.lines += 1
            continue
        line = raw if isinstance(raw, Bad) else parsed(raw)
        if line is None:
            continue
        found.lines += 1
        if not isinstance(line, Line):
            continue
        kind = kinds.setdefault(line.conversation, line.kind)
        if kind == "direct" and not line.contradicts(kind):
            people = found.people.setdefault(line.conversation, set())
            if len(people) < 3:
                people.add(line.sender)
    return found


def _key(raw: bytes) -> str:
    """The conversation that a line seems to be of; empty where it is no such line."""
    try:
        key = orjson.loads(raw)["conversation"]
    except (ValueError, TypeError, KeyError):
        return ""
    return key if isinstance(key, str) else ""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the lines of a conversation go."""

    conversation_id: UUID
    kind: Kind
    title: str | None
    people: tuple[str, ...]
    message_id: Callable[[str], UUID]
    """Of a message's key."""


def destination(first: Line, found: Survey) -> Destination:
    """As a conversation's first line decides it. `people` are those of a direct one, which has no title."""
    source_id = stream_id("import conversation", first.conversation)
    message_id = named_ids("import message", source_id)  # of a pair, too, whose own id is another
    people = tuple(found.people.get(first.conversation, ()))
    if len(people) == 2:
        return Destination(direct_id(*people), "direct", None, people, message_id)
    return Destination(source_id, first.kind, first.title, people, message_id)
