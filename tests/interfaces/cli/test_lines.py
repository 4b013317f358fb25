"""What is a line of a history, and what is wrong with one that is none."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from domain.base import Rejected
from interfaces.history.lines import read, written
from tests.interfaces.cli.histories import line, raw


def problem(given: bytes) -> str:
    with pytest.raises(Rejected) as refusal:
        read(given)
    return refusal.value.message


def test_a_line_is_what_it_says() -> None:
    found = read(raw(line(1, "alice", body="Bonjour  à tous \u2028 \U0001f600")))
    assert (found.conversation, found.message, found.title) == ("room", "m1", "Lunch")
    assert (found.sender, found.body) == ("alice", "Bonjour  à tous \u2028 \U0001f600")
    assert (found.sender_name, found.kind) == (None, "group")


def test_a_title_may_be_null() -> None:
    assert read(raw(line(title=None))).title is None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-23T09:00:00Z", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("2026-11-23t09:00:00.5z", datetime(2026, 11, 23, 9, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-23 09:00:00.123456789+05:30", datetime(2026, 11, 23, 3, 30, 0, 123_456, tzinfo=UTC)),
        ("2026-11-23T09:00:00-00:00", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_a_time_is_taken_in_utc(written: str, moment: datetime) -> None:
    found = read(raw(line(sent_at=written))).sent_at
    assert found == moment
    assert found.utcoffset() == timedelta(0)
    assert found.tzinfo is not timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-23T09:00:00",
        "2026-11-23",
        "2026-11-23T24:00:00Z",
        "2026-11-23T09:00Z",
        "2026-11-23T09:00:00,5Z",
        "2026-02-30T09:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "20261123T090000Z",
        "２026-11-23T09:00:00Z",
        "now",
        "",
        1700000000,
        None,
    ],
)
def test_a_time_without_offset_or_that_is_none_is_refused(written: Any) -> None:
    assert problem(raw(line(sent_at=written))).startswith("sent_at: must ")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"conversation": "a\0b"}, "conversation: must not contain a NUL character"),
        ({"message": "a\0b"}, "message: must not contain a NUL character"),
        ({"body": "a\0b"}, "body: must not contain a NUL character"),
        ({"title": "a\0b"}, "title: must not contain a NUL character"),
        ({"sender_name": "a\0b"}, "sender_name: must not contain a NUL character"),
        ({"conversation": ""}, "conversation: must hold more than white space"),
        ({"message": " "}, "message: must hold more than white space"),
        ({"title": "\t"}, "title: must hold more than white space"),
        ({"body": "\u3000\n"}, "body: must hold more than white space"),
        ({"body": "a" * 8001}, "body: at most 8000 characters"),
        ({"title": "a" * 121}, "title: at most 120 characters"),
        ({"sender_name": "a" * 121}, "sender_name: at most 120 characters"),
        ({"sender_name": None}, "sender_name: must not be null"),
        ({"body": None}, "body: must not be null"),
        ({"body": 5}, "body: must be a string"),
        ({"body": ["a"]}, "body: must be a string"),
        ({"title": 5}, "title: must be a string"),
        ({"sender": "two words"}, "sender: must be 1 to 255 printable ASCII characters without spaces"),
        ({"sender": ".."}, "sender: must be 1 to 255 printable ASCII characters without spaces"),
        ({"sender": "é"}, "sender: must be 1 to 255 printable ASCII characters without spaces"),
        ({"kind": "room"}, "kind: must be 'direct' or 'group'"),
        ({"room": "7"}, "room: unknown field"),
        ({"actor": None}, "actor: must not be null"),
        ({"title": None, "body": 5}, "body: must be a string"),
    ],
)
def test_a_field_out_of_its_limits_is_named(changes: dict[str, Any], said: str) -> None:
    assert problem(raw(line(**changes))) == said


@pytest.mark.parametrize("name", ["conversation", "title", "message", "sender", "sent_at", "body"])
def test_a_field_that_is_missing_is_named(name: str) -> None:
    assert problem(raw({each: value for each, value in line().items() if each != name})) == f"{name}: missing"


@pytest.mark.parametrize("name", ["conversation", "title", "message", "body", "sender_name"])
def test_a_lone_surrogate_is_found_in_any_field(name: str) -> None:
    given = raw(line(**{name: "a lone one"})).replace(b"a lone one", rb"a \ud83d one")
    assert problem(given) == f"{name}: must not contain a lone surrogate"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"hello\n", "no JSON: "),
        (raw(line())[:60], "no JSON: "),
        (b"\xff" + raw(line()), "no JSON: "),
        (raw(line()).replace(b'"message 1"', b"NaN"), "no JSON: "),
        (b"[" * 100_000, "is nested too deep"),
        (b"[]\n", "must be a JSON object"),
        (b"null\n", "must be a JSON object"),
        (b"1\n", "must be a JSON object"),
        (b'"line"\n', "must be a JSON object"),
        (rb'["\ud800"]', "must be a JSON object"),
        (rb'{"\ud800": 1}', "?: unknown field"),
    ],
)
def test_what_is_no_object_is_refused(given: bytes, said: str) -> None:
    assert problem(given).startswith(said)


def test_a_line_is_written_as_it_was_read() -> None:
    given = raw(line(1, "alice", body='a "quoted" \\ \u2028 \U0001f600 é'))
    assert written(read(given).model_dump(exclude_defaults=True) | {"sent_at": line()["sent_at"]}) == given
