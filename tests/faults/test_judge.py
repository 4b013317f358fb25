"""The checker finds each kind of lie in a story that is otherwise true."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from application.chat import write_stream
from application.store import Recorded
from domain.base import Event
from interfaces.shapes import Message, NewMessage
from projections.rows import rfc3339
from tests.faults.device import Device
from tests.faults.history import Asked, History, digest
from tests.faults.judge import logged, walked
from tests.projections.chat import GROUP, read, removed, said, started

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
IDS = [UUID(int=number, version=4) for number in range(1, 4)]


def recorded(*events: Event) -> list[Recorded]:
    versions: dict[UUID, int] = {}
    log = []
    for position, event in enumerate(events, 1):
        stream = write_stream(event)
        versions[stream] = versions.get(stream, 0) + 1
        log.append(Recorded(position, stream, versions[stream], AT, event))
    return log


LOG = recorded(
    started("alice", "bob"),
    said("alice", "one", message_id=IDS[0]),
    read("bob", 1),
    removed("bob"),
    said("alice", "two", message_id=IDS[1]),
)


def message(number: int, position: int, body: str) -> Message:
    return Message(
        message_id=str(IDS[number - 1]),
        conversation_id=str(GROUP),
        number=number,
        sender_id="alice",
        sender_name="alice",
        body=body,
        sent_at=rfc3339(AT),
        position=position,
    )


def sent(number: int, position: int, body: str, after: int = 0, code: str | None = "ok") -> Asked:
    return Asked("alice", "send", str(GROUP), str(IDS[number - 1]), body, after, code, position)


def story() -> History:
    """What alice and bob were told, and it was so."""
    history = History()
    history.asked = [
        Asked("alice", "start group", str(GROUP), str(GROUP), "", 0, "ok", 1),
        sent(1, 2, "one", after=1),
        sent(2, 5, "two", after=4),
    ]
    for user, one in (("alice", message(1, 2, "one")), ("bob", message(1, 2, "one")), ("alice", message(2, 5, "two"))):
        history.claim_message(user, one)
    group = str(GROUP)
    history.claim(2, "summary", "bob", group, ["group", None, 2, 1, 0, 1])
    history.claim(3, "summary", "bob", group, ["group", None, 2, 1, 1, 0])
    history.claim(3, "read", "alice", group, "bob", 1)
    history.claim(3, "place", "bob", group, 1, 1, 0)
    history.claim(4, "removed", "bob", group)
    history.claim(4, "people", "alice", group, [], ["bob"])
    history.claim(5, "content", "alice", group, 1, digest(message(1, 2, "one")))
    return history


def faults(history: History, log: list[Recorded] = LOG) -> list[str]:
    return [*history.wrong, *logged(history, log), *walked(history, log)]


def test_a_true_story_has_nothing_wrong() -> None:
    assert faults(story()) == []


def claimed(*claim: Any) -> Callable[[History], None]:
    return lambda history: history.claim(claim[0], claim[1], claim[2], str(GROUP), *claim[3:])


def asked(one: Asked) -> Callable[[History], None]:
    return lambda history: history.asked.append(one)


def instead(number: int, **other: Any) -> Callable[[History], None]:
    def change(history: History) -> None:
        for name, value in other.items():
            setattr(history.asked[number], name, value)

    return change


@pytest.mark.parametrize(
    ("lie", "found"),
    [
        (asked(sent(3, 6, "three")), "acknowledged, and not in the log"),
        (instead(2, position=4, after=3), "acknowledged elsewhere"),
        (instead(2, after=5), "from before it was asked"),
        (instead(2, code="forbidden", position=0), "refused, and in the log"),
        (instead(2, body="too"), "in the log as something else"),
        (instead(2, key="x"), "asked by nobody"),
        (asked(Asked("alice", "rename", str(GROUP), "title", "", 2, "not_found")), "not found by who takes part"),
        (lambda history: history.claim_message("bob", message(2, 5, "two")), "not theirs"),
        (lambda history: history.claim_message("carol", message(1, 2, "one")), "not theirs"),
        (lambda history: history.claim_message("alice", message(1, 2, "once")), "not so"),
        (lambda history: history.claim_message("alice", message(1, 3, "one")), "not so"),
        (claimed(2, "summary", "bob", ["group", None, 2, 1, 0, 0]), "not so"),
        (claimed(3, "read", "alice", "bob", 0), "not so"),
        (claimed(3, "removed", "bob"), "not so"),
        (claimed(3, "people", "alice", [], ["bob"]), "not so"),
        (claimed(2, "place", "alice", 1, 1, 1), "never so"),
        (claimed(4, "theirs", "bob"), "not theirs"),
        (claimed(4, "people there", "alice", "bob"), "not so"),
        (claimed(3, "gone", "alice", "bob"), "not so"),
        (claimed(3, "title", "alice", "Lectures"), "not so"),
        (claimed(5, "content", "alice", 1, 0), "not so"),
        (claimed(6, "theirs", "alice"), "beyond the log"),
    ],
)
def test_a_lie_is_found(lie: Callable[[History], None], found: str) -> None:
    history = story()
    lie(history)
    assert any(found in wrong for wrong in faults(history))


def test_a_message_that_is_in_the_log_twice_is_found() -> None:
    log = recorded(*(one.event for one in [*LOG, LOG[1]]))
    assert any(f"2 times in the log: {IDS[0]}" in wrong for wrong in faults(story(), log))


def test_gaps_are_found() -> None:
    assert "positions have gaps" in faults(story(), [*LOG[:1], *LOG[2:]])
    doubled = [*LOG[:-1], Recorded(5, LOG[4].stream, 3, AT, LOG[4].event)]
    assert any("version 3 after 1" in wrong for wrong in faults(story(), doubled))


def test_what_a_device_is_told_out_of_order_or_twice_is_found() -> None:
    def wrong(*numbers: int, position: int = 0) -> list[str]:
        history = History()
        device = Device(history, "alice", "phone", str, ())
        device._next[str(GROUP)] = 1
        for place, number in enumerate(numbers, 1):
            push = NewMessage(conversation_id=str(GROUP), message=message(number, position or place, "one"))
            device._remember(push)
            device._tell([push])
        return history.wrong

    assert wrong(1, 2, 3) == []
    assert any("was pushed message 1" in one for one in wrong(1, 1))
    assert any("message 3" in one and "where 2 was next" in one for one in wrong(1, 3))
    history = History()
    device = Device(history, "alice", "phone", str, ())
    for position in (2, 1):
        device._remember(NewMessage(conversation_id=str(GROUP), message=message(position, position, "one")))
    assert any("position 1 after 2" in one for one in history.wrong)
