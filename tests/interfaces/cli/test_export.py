"""What an export says of the log."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from domain.conversation import RenameConversation, StartConversation, direct_id
from domain.profile import TellName
from domain.timeline import SendMessage
from interfaces.chat import Chat
from migrations import migrate
from tests.interfaces.cli.histories import bring_in, conversation, crowd, direct, exported, line, running, write

PAIR = direct_id("alice", "bob")
GROUP = UUID("11111111-1111-4111-8111-111111111111")


async def start(whole: Chat, kind: str = "group") -> None:
    command = StartConversation.model_validate(
        {"actor": "alice", "conversation_id": GROUP, "kind": kind, "participant_ids": ["bob"]}
    )
    await whole.writer.handle(command)


async def send(whole: Chat, actor: str, conversation_id: UUID, body: str) -> str:
    message_id = uuid4()
    await whole.writer.handle(
        SendMessage(actor=actor, conversation_id=conversation_id, message_id=message_id, body=body)
    )
    return str(message_id)


async def test_an_empty_log_has_none(database_url: str) -> None:
    assert await exported(database_url) == []


async def test_what_was_imported_is_given_back_as_it_came(database_url: str, tmp_path: Path) -> None:
    given = [
        *crowd(2_500),
        direct(1, "alice", sender_name="Alice"),
        direct(2, "bob", body='é \u2028 \U0001f600 \\ " \x7f'),
        line(1, title=None, sent_at="0001-01-01T00:00:00.001Z"),
    ]
    # The name is told with each of Alice's messages, the kind is the last field.
    given[-3] = {name: given[-3][name] for name in (*line(), "sender_name", "kind")}
    given[-1]["sender_name"] = "Alice"
    assert (await bring_in(database_url, write(tmp_path / "history.jsonl", *given))).added == len(given)
    found = await exported(database_url)
    assert found == given
    assert [list(each) for each in found] == [list(each) for each in given]


async def test_what_was_sent_here_goes_by_its_ids(database_url: str) -> None:
    async with running(database_url) as whole:
        await start(whole)
        message_id = await send(whole, "alice", GROUP, "Bonjour")
    (found,) = await exported(database_url)
    sent_at = found.pop("sent_at")
    assert found == {
        "conversation": str(GROUP),
        "title": None,
        "message": message_id,
        "sender": "alice",
        "body": "Bonjour",
    }
    assert datetime.fromisoformat(sent_at) <= datetime.now(UTC)
    assert len(sent_at) == len("2026-11-23T09:00:00.000Z")


async def test_titles_and_names_are_todays(database_url: str) -> None:
    async with running(database_url) as whole:
        await start(whole)
        await send(whole, "alice", GROUP, "one")
        await send(whole, "bob", GROUP, "two")
        await whole.writer.handle(RenameConversation(actor="bob", conversation_id=GROUP, title="Dinner"))
        for name, year in (("Al", 2020), ("Alice", 2021)):
            told_at = datetime(year, 1, 1, tzinfo=UTC)
            await whole.writer.handle(TellName(actor="alice", name=name, told_at=told_at))
    first, second = await exported(database_url)
    assert first["title"] == second["title"] == "Dinner"
    assert first["sender_name"] == "Alice"
    assert "sender_name" not in second


async def test_a_direct_conversation_is_a_group_until_both_have_written(
    database_url: str,
) -> None:
    async with running(database_url) as whole:
        await start(whole, "direct")
        await send(whole, "alice", PAIR, "are you there?")
        assert ["kind" in each for each in await exported(database_url)] == [False]
        await send(whole, "bob", PAIR, "I am")
    assert [(each["kind"], each["title"]) for each in await exported(database_url)] == [("direct", None)] * 2


async def test_what_was_said_here_before_and_after_an_import_stays_one_conversation(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url) as whole:
        await start(whole, "direct")
        await send(whole, "bob", PAIR, "before")
        await bring_in(database_url, write(tmp_path / "history.jsonl", direct(1, "alice"), direct(2, "bob")))
        await send(whole, "bob", PAIR, "after")
    found = await exported(database_url)
    assert [each["body"] for each in found] == ["before", "message 1", "message 2", "after"]
    assert {(each["conversation"], each["kind"]) for each in found} == {("pair", "direct")}


async def test_a_key_that_a_pair_shares_with_a_group_has_one_kind(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    await bring_in(database_url, write(path, line(1, "alice", conversation="pair")))
    await bring_in(database_url, write(path, direct(2, "alice"), direct(3, "bob")))
    found = await exported(database_url)
    assert [(each["conversation"], "kind" in each) for each in found] == [("pair", False)] * 3


async def test_an_export_makes_the_same_chat_elsewhere(
    database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    migrate(empty_database_url)
    given = [line(1, "alice", sender_name="Al"), direct(1, "bob"), line(2, "bob"), direct(2, "alice")]
    await bring_in(database_url, write(tmp_path / "history.jsonl", *given))
    async with running(database_url) as whole:
        await start(whole)
        await send(whole, "bob", GROUP, "a group of its own")
    first = await exported(database_url)
    await bring_in(empty_database_url, write(tmp_path / "export.jsonl", *first))
    assert await exported(empty_database_url) == first
    here, there = conversation(database_url, PAIR), conversation(empty_database_url, PAIR)
    assert {**here, "position": 0} == {**there, "position": 0}
