"""What docs/audit.md tells auditors to type works, and says what it says there."""

import asyncio
import re
import shlex
from uuid import UUID, uuid4

import pytest

from domain.conversation import StartConversation
from domain.reading import MarkRead, Place
from domain.timeline import SendMessage
from tests.docs.settings_table import DOCS
from tests.interfaces.cli.conftest import Command, command
from tests.interfaces.cli.histories import connected, running

CONVERSATION = UUID("0190f3a2-6c1e-7d3a-9b52-3f1c8a7e5d10")
INSTANT = "2026-11-23T14:03:00Z"

__all__ = ["command"]


async def _talk(url: str) -> None:
    """Alice says three things, and Bob has read two of them."""
    async with running(url) as whole:
        start = {"actor": "alice", "conversation_id": CONVERSATION, "kind": "group", "participant_ids": ["bob"]}
        await whole.writer.handle(StartConversation.model_validate({**start, "title": "Lectures"}))
        for body in ("Bonjour", "Ça va ?", "À plus"):
            said = {"actor": "alice", "conversation_id": CONVERSATION, "message_id": uuid4(), "body": body}
            await whole.writer.handle(SendMessage.model_validate(said))
        await whole.writer.handle(MarkRead(actor="bob", conversation_id=CONVERSATION, number=2), Place(0, 3))


def examples() -> list[tuple[str, list[str]]]:
    """Each command of the reading of the past, and what it is shown to say."""
    text = (
        (DOCS / "audit.md").read_text("utf-8").partition("## Reading the past")[2].partition("### What it is worth")[0]
    )
    found = re.findall(r"^```\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    lines = [line for block in found for line in block.splitlines()]
    commands: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith("$ "):
            commands.append((line[2:], []))
        else:
            commands[-1][1].append(line)
    return commands


@pytest.fixture
def talked(database_url: str) -> tuple[str, str]:
    """The database, and when the last event there was recorded."""
    asyncio.run(_talk(database_url))
    with connected(database_url) as connection:
        row = connection.execute("SELECT max(recorded_at AT TIME ZONE 'UTC') FROM events").fetchone()
    assert row is not None
    return database_url, f"{row[0].isoformat()}Z"


def test_there_is_an_example_of_each_command() -> None:
    told = {shlex.split(line)[2] for line, _ in examples()}
    assert told == {"find", "history", "replay", "explain", "readings"}


@pytest.mark.parametrize(("line", "expected"), examples(), ids=lambda value: value if isinstance(value, str) else "")
def test_each_example_works(command: Command, talked: tuple[str, str], line: str, expected: list[str]) -> None:
    url, recorded_at = talked
    words = shlex.split(line.replace(INSTANT, recorded_at))
    assert words[0] == "litspark"
    ended = command(*words[1:], "--database-url", url)
    assert ended.code == 0, ended.err
    for told in expected:
        assert re.sub(r"recorded at \S+", "", told) in re.sub(r"recorded at \S+", "", ended.out)


def test_its_links_lead_somewhere() -> None:
    text = (DOCS / "audit.md").read_text("utf-8")
    headings = {
        re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    for link in re.findall(r"\]\(([^)]+)\)", text):
        page, _, place = link.partition("#")
        assert (DOCS / page).exists()
        assert page or place in headings
