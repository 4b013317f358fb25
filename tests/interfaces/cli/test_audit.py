"""The auditors' commands as they are typed: what they show, what they record, and how they end."""

import asyncio
import json
from getpass import getuser
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.base import stream_id
from domain.conversation import StartConversation
from domain.reading import MarkRead, Place
from domain.timeline import SendMessage
from tests.interfaces.cli.conftest import Command, Outcome
from tests.interfaces.cli.histories import bring_in, crowd, end, running, write

GROUP = UUID("11111111-1111-4111-8111-111111111111")
NAMES = ("find", "history", "replay", "explain", "readings")
WHY = ("--reason", "complaint 411")


async def _happens(url: str) -> None:
    async with running(url) as whole:
        start = StartConversation(
            actor="alice", conversation_id=GROUP, kind="group", participant_ids=["bob"], title="[b]Lunch[/b]"
        )
        await whole.writer.handle(start)
        for body in ("Bonjour", "\x1b[31mred\nline"):
            await whole.writer.handle(SendMessage(actor="alice", conversation_id=GROUP, message_id=uuid4(), body=body))
        await whole.writer.handle(MarkRead(actor="bob", conversation_id=GROUP, number=1), Place(0, 2))


@pytest.fixture
def audit(command: Command, database_url: str) -> Command:
    """Runs one of the commands on a database in which Alice has said two things, of which Bob has read one."""
    asyncio.run(_happens(database_url))

    def run(*arguments: object) -> Outcome:
        return command("audit", *arguments, "--database-url", database_url)

    return run


def answer(outcome: Outcome) -> Any:
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def readings(audit: Command) -> list[dict[str, Any]]:
    return [one["data"] for one in reversed(answer(audit("readings", "--format", "json")))]


@pytest.mark.parametrize("name", NAMES)
def test_help_has_an_example(command: Command, name: str) -> None:
    shown = command("audit", name, "--help")
    assert shown.code == 0
    assert f"litspark audit {name}" in shown.out.split("Example", 1)[1]


def test_a_history_is_a_list_of_every_event(audit: Command) -> None:
    events = answer(audit("history", GROUP, *WHY, "--format", "json"))
    assert [(one["position"], one["type"], one["actor"]) for one in events] == [
        (1, "conversation.started", "alice"),
        (2, "timeline.message-sent", "alice"),
        (3, "timeline.message-sent", "alice"),
        (4, "reading.messages-read", "bob"),
    ]
    assert len(answer(audit("history", GROUP, *WHY, "--format", "json", "--at", 2))) == 2
    shown = audit("history", GROUP, *WHY)
    assert shown.code == 0
    assert len(shown.out.splitlines()) == 1 + 4
    assert "\x1b" not in shown.out and "Bonjour" in shown.out


def test_a_replay_is_a_conversation_as_it_was(audit: Command) -> None:
    (then,) = answer(audit("replay", GROUP, *WHY, "--format", "json", "--at", 2))
    assert (then["position"], then["conversation"]["last_number"]) == (2, 1)
    assert [one["body"] for one in then["messages"]] == ["Bonjour"]
    shown = audit("replay", GROUP, *WHY, "--as", "bob")
    assert shown.code == 0
    assert "[b]Lunch[/b]" in shown.out and "\x1b" not in shown.out
    assert "bob had read up to 1 of 2: 1 unread" in shown.out


def test_a_list_is_what_somebody_saw(audit: Command) -> None:
    (then,) = answer(audit("replay", "--as", "bob", *WHY, "--format", "json", "--at", 3))
    assert then["total"] == 2
    shown = audit("replay", "--as", "bob", *WHY)
    assert shown.code == 0
    assert str(GROUP) in shown.out and "1 unread" in shown.out


def test_a_badge_is_explained(audit: Command) -> None:
    (told,) = answer(audit("explain", GROUP, "bob", *WHY, "--format", "json"))
    assert told["arithmetic"] == "2 - 1 = 1"
    shown = audit("explain", GROUP, "bob", *WHY)
    assert shown.code == 0
    assert "2 - 1 = 1 unread" in shown.out and "marked as read" in shown.out


def test_a_conversation_is_found(audit: Command) -> None:
    (found,) = answer(audit("find", "lunch", *WHY, "--format", "json"))
    assert found["conversation_id"] == str(GROUP)
    assert str(GROUP) in audit("find", "bob", *WHY).out
    assert answer(audit("find", "supper", *WHY, "--format", "json")) == []


def test_readings_are_recorded_by_the_name_of_who_is_logged_in(audit: Command) -> None:
    audit("history", GROUP, *WHY)
    audit("replay", GROUP, *WHY, "--as", "bob", "--at", 2)
    audit("replay", "--as", "bob", *WHY)
    audit("explain", GROUP, "bob", *WHY)
    audit("find", "lunch", *WHY)
    told = readings(audit)
    assert [one["what"] for one in told] == ["history", "replay", "list", "explain", "find"]
    assert {(one["auditor"], one["reason"]) for one in told} == {(getuser(), "complaint 411")}
    assert told[1]["position"] == 2
    shown = audit("readings", "--limit", 1).out
    assert "complaint 411" in shown and "lunch" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["history", GROUP], "Missing option '--reason'"),
        (["replay", GROUP], "Missing option '--reason'"),
        (["replay", "--as", "bob"], "Missing option '--reason'"),
        (["explain", GROUP, "bob"], "Missing option '--reason'"),
        (["find", "lunch"], "Missing option '--reason'"),
        (["history", GROUP, "--reason", " "], "--reason: must hold more than white space"),
        (["history", GROUP, "--reason", "a" * 501], "--reason: "),
        (["replay", *WHY], "say which CONVERSATION, or --as whom"),
        (["history", "lunch", *WHY], "CONVERSATION: must be a UUID of 36 characters"),
        (["replay", GROUP, "--as", "two words", *WHY], "--as: must be 1 to 255 printable"),
        (["explain", GROUP, "two words", *WHY], "USER: must be 1 to 255 printable"),
        (["find", "lunch", "--limit", 0, *WHY], "--limit"),
        (["history", uuid4(), *WHY], "not_found: no such conversation at position 4"),
        (["replay", uuid4(), *WHY], "not_found: no such conversation"),
        (["replay", GROUP, "--as", "zoe", *WHY], "not_found: zoe takes no part"),
        (["replay", "--as", "zoe", *WHY], "not_found: nobody had heard of zoe"),
        (["explain", GROUP, "zoe", *WHY], "not_found: zoe takes no part"),
        (["history", GROUP, "--at", 5, *WHY], "invalid_payload: at: in the future: the log ends at position 4"),
        (["replay", GROUP, "--at", 0, *WHY], "invalid_payload: at: positions begin at 1"),
        (["replay", GROUP, "--at", "noon", *WHY], "invalid_payload: at: must be a position"),
        (["replay", GROUP, "--at", "2999-01-01T00:00:00Z", *WHY], "invalid_payload: at: in the future"),
        (["explain", GROUP, "bob", "--at", "2001-01-01T00:00:00Z", *WHY], "at: before the first event of the log"),
    ],
)
def test_misuse_is_told_and_leaves_no_record(
    audit: Command, database_url: str, arguments: list[object], said: str
) -> None:
    ended = audit(*arguments)
    assert ended.code == 2
    assert said in ended.err
    assert ended.out == ""
    assert end(database_url) == 4


def test_of_an_import_events_have_no_actor(command: Command, database_url: str, tmp_path: Path) -> None:
    asyncio.run(_brought_in(database_url, tmp_path / "history.jsonl"))
    room = stream_id("import conversation", "room 0")
    asked = (room, *WHY, "--format", "json", "--database-url", database_url)
    events = answer(command("audit", "history", *asked))
    assert len([one for one in events if one["type"] == "timeline.message-sent"]) == 600
    assert {one["actor"] for one in events} == {None}
    (then,) = answer(command("audit", "replay", *asked))
    assert [one["number"] for one in then["messages"]] == list(range(1, 601))


async def _brought_in(url: str, path: Path) -> None:
    await bring_in(url, write(path, *crowd(600, rooms=1)))
