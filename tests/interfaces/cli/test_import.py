"""What an import brings in, and what it leaves alone."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from domain.base import Rejected
from domain.conversation import AddParticipants, RemoveParticipant, RenameConversation, StartConversation, direct_id
from domain.profile import TellName
from domain.reading import MarkRead, Place
from domain.timeline import SendMessage
from interfaces.chat import Chat
from tests.interfaces.cli.histories import (
    bring_in,
    conversation,
    count,
    direct,
    end,
    exported,
    line,
    names,
    places,
    room_id,
    running,
    write,
)

ROOM = room_id("room")
PAIR = direct_id("alice", "bob")
NOON = datetime(2020, 2, 1, 12, tzinfo=UTC)


async def start(whole: Chat, *people: str, kind: str = "group") -> None:
    actor, *others = people
    command = StartConversation.model_validate(
        {"actor": actor, "conversation_id": uuid4(), "kind": kind, "participant_ids": others}
    )
    await whole.writer.handle(command)


async def send(whole: Chat, actor: str, body: str) -> None:
    await whole.writer.handle(SendMessage(actor=actor, conversation_id=PAIR, message_id=uuid4(), body=body))


class TestAGroup:
    async def test_has_its_messages_in_the_order_of_the_file(self, database_url: str, tmp_path: Path) -> None:
        given = [line(3, "bob"), line(1, "alice"), line(2, "alice", body="Bonjour")]
        tally = await bring_in(database_url, write(tmp_path / "history.jsonl", *given))
        assert (tally.added, tally.known, tally.bad, tally.stopped) == (3, 0, 0, False)
        assert await exported(database_url) == given

    async def test_is_read_by_everybody(self, database_url: str, tmp_path: Path) -> None:
        given = [line(1, "alice"), line(2, "bob"), line(3, "carol"), line(4, "alice")]
        await bring_in(database_url, write(tmp_path / "history.jsonl.gz", *given))
        assert places(database_url, ROOM) == {"alice": (4, 4), "bob": (4, 4), "carol": (4, 4)}

    async def test_has_the_times_of_the_file(self, database_url: str, tmp_path: Path) -> None:
        given = [line(1, "alice"), line(2, "bob", sent_at="2020-02-01T14:00:00+02:00")]
        await bring_in(database_url, write(tmp_path / "history.jsonl", *given))
        found = conversation(database_url, ROOM)
        assert found["created_at"] == datetime(2020, 2, 1, 0, 1, tzinfo=UTC)
        assert found["last_sent_at"] == found["updated_at"] == NOON
        assert (found["title"], found["owner_id"], found["kind"]) == ("Lunch", "alice", "group")

    async def test_is_named_by_its_first_line(self, database_url: str, tmp_path: Path) -> None:
        given = [line(1, title=None), line(2, title="Later"), line(1, conversation="b", title="B")]
        tally = await bring_in(database_url, write(tmp_path / "history.jsonl", *given))
        assert tally.added == 3
        assert conversation(database_url, ROOM)["title"] is None
        assert conversation(database_url, room_id("b"))["title"] == "B"

    async def test_may_be_of_more_people_than_a_user_could_bring_together(
        self, database_url: str, tmp_path: Path
    ) -> None:
        given = [line(number, f"user{number}") for number in range(1_050)]
        await bring_in(database_url, write(tmp_path / "history.jsonl", *given))
        read = places(database_url, ROOM)
        assert list(read) == [f"user{number}" for number in range(1_050)]
        assert set(read.values()) == {(1_050, 1_050)}

    async def test_is_known_by_its_key_and_its_messages_keys_though_they_hold_a_line_end(
        self, database_url: str, tmp_path: Path
    ) -> None:
        given = [
            line(1, conversation="a\nb", message="c"),
            line(2, conversation="a", message="b\nc"),
            line(3, conversation="a", message="c"),
        ]
        assert (await bring_in(database_url, write(tmp_path / "history.jsonl", *given))).added == 3
        assert await exported(database_url) == given


async def test_blank_lines_are_nothing(database_url: str, tmp_path: Path) -> None:
    path = write(tmp_path / "history.jsonl", b"", line(1), *[b" "] * 600, b"hello", line(2), b"")
    tally = await bring_in(database_url, path, skip_bad=True)
    assert (tally.lines, tally.added, tally.bad) == (3, 2, 1)
    assert [problem[:18] for problem in tally.problems] == ["line 603: no JSON:"]


class TestImportedAgain:
    async def test_a_file_adds_nothing(self, database_url: str, tmp_path: Path) -> None:
        path = write(tmp_path / "history.jsonl", *(line(number, f"user{number % 3}") for number in range(9)))
        await bring_in(database_url, path)
        before = end(database_url)
        tally = await bring_in(database_url, path)
        assert (tally.added, tally.known) == (0, 9)
        assert end(database_url) == before

    async def test_a_longer_version_adds_what_is_new(self, database_url: str, tmp_path: Path) -> None:
        given = [line(number, f"user{number % 3}") for number in range(6)]
        await bring_in(database_url, write(tmp_path / "history.jsonl", *given[:4]))
        tally = await bring_in(database_url, write(tmp_path / "history.jsonl", *given))
        assert (tally.added, tally.known) == (2, 4)
        assert await exported(database_url) == given
        assert places(database_url, ROOM) == {"user0": (6, 6), "user1": (6, 6), "user2": (6, 6)}

    async def test_nobody_comes_back_who_has_been_removed_unless_they_speak_again(
        self, database_url: str, tmp_path: Path
    ) -> None:
        given = [line(1, "alice"), line(2, "bob"), line(3, "bob")]
        path = write(tmp_path / "history.jsonl", *given[:2])
        await bring_in(database_url, path)
        async with running(database_url) as whole:
            await whole.writer.handle(RemoveParticipant(actor="alice", conversation_id=ROOM, user_id="bob"))
        await bring_in(database_url, path)
        assert list(places(database_url, ROOM)) == ["alice"]
        await bring_in(database_url, write(path, *given))
        assert places(database_url, ROOM) == {"alice": (3, 3), "bob": (3, 3)}

    async def test_what_became_of_the_conversation_stays(self, database_url: str, tmp_path: Path) -> None:
        path = write(tmp_path / "history.jsonl", line(1, "alice"), line(2, "bob"))
        await bring_in(database_url, path)
        async with running(database_url) as whole:
            await whole.writer.handle(RenameConversation(actor="bob", conversation_id=ROOM, title="Dinner"))
            await whole.writer.handle(AddParticipants(actor="bob", conversation_id=ROOM, user_ids=["carol"]))
            message = SendMessage(actor="carol", conversation_id=ROOM, message_id=uuid4(), body="new here")
            await whole.writer.handle(message)
        await bring_in(database_url, path)
        assert conversation(database_url, ROOM)["title"] == "Dinner"
        assert places(database_url, ROOM) == {"alice": (2, 3), "bob": (2, 3), "carol": (3, 3)}

    @pytest.mark.parametrize("distance", [100, 500, 600, 1_100, 1_600])
    async def test_a_key_twice_with_other_content_ends_it_there(
        self, database_url: str, tmp_path: Path, distance: int
    ) -> None:
        given = [line(number) for number in range(2_000)]
        given[10 + distance] = line(10, body="another")
        tally = await bring_in(database_url, write(tmp_path / "history.jsonl", *given))
        assert (tally.added, tally.known, tally.bad) == (10 + distance, 0, 1)
        assert tally.problems[0].startswith(f"line {11 + distance}: this message was imported before")
        assert count(database_url) == 10 + distance

    async def test_a_line_twice_in_one_file_counts_once(self, database_url: str, tmp_path: Path) -> None:
        given = [line(number) for number in range(1_200)]
        tally = await bring_in(database_url, write(tmp_path / "history.jsonl", *given, *given[:2], given[-1]))
        assert (tally.added, tally.known) == (1_200, 3)
        assert count(database_url) == 1_200

    async def test_a_key_with_other_content_is_bad(self, database_url: str, tmp_path: Path) -> None:
        await bring_in(database_url, write(tmp_path / "history.jsonl", line(1), line(2)))
        given = [line(1), line(2, body="other"), line(3, "bob"), line(3, "carol"), line(3, "bob")]
        tally = await bring_in(database_url, write(tmp_path / "history.jsonl", *given), skip_bad=True)
        assert (tally.added, tally.known, tally.bad) == (1, 2, 2)
        said = "this message was imported before, with another conversation, sender or body"
        assert tally.problems == [f"line 2: {said}", f"line 4: {said}"]

    async def test_another_time_or_title_is_no_other_content(self, database_url: str, tmp_path: Path) -> None:
        path = tmp_path / "history.jsonl"
        await bring_in(database_url, write(path, line(1)))
        given = [
            line(1, sent_at="2021-01-01T00:00:00Z", title="Other"),
            line(2),
            line(2, sent_at="2021-01-01T00:00:00Z"),
        ]
        tally = await bring_in(database_url, write(path, *given))
        assert (tally.added, tally.known, tally.bad) == (1, 2, 0)


class TestADirectConversation:
    async def test_is_the_one_that_its_two_people_have(self, database_url: str, tmp_path: Path) -> None:
        async with running(database_url) as whole:
            await start(whole, "bob", "alice", kind="direct")
            await send(whole, "bob", "are you there?")
        given = [direct(1, "alice"), direct(2, "bob", title="Secret"), direct(3, "alice")]
        tally = await bring_in(database_url, write(tmp_path / "history.jsonl", *given))
        assert (tally.added, tally.bad) == (3, 0)
        assert places(database_url, PAIR) == {"bob": (4, 4), "alice": (4, 4)}
        assert [one["body"] for one in await exported(database_url)] == [
            "are you there?",
            "message 1",
            "message 2",
            "message 3",
        ]

    async def test_is_started_by_whoever_speaks_first(self, database_url: str, tmp_path: Path) -> None:
        path = write(tmp_path / "history.jsonl", direct(1, "bob", title="Us"), direct(2, "alice"))
        await bring_in(database_url, path)
        found = conversation(database_url, PAIR)
        assert (found["kind"], found["title"], found["owner_id"]) == ("direct", None, "bob")
        async with running(database_url) as whole:
            await start(whole, "alice", "bob", kind="direct")
            await send(whole, "alice", "hello again")
        assert places(database_url, PAIR) == {"bob": (2, 3), "alice": (3, 3)}
        assert (await bring_in(database_url, path)).known == 2

    async def test_of_other_than_two_people_is_bad(self, database_url: str, tmp_path: Path) -> None:
        given = [
            direct(1, "alice"),
            line(1, "alice"),
            direct(1, "alice", conversation="crowd"),
            direct(2, "bob", conversation="crowd"),
            direct(3, "carol", conversation="crowd"),
        ]
        tally = await bring_in(database_url, write(tmp_path / "history.jsonl", *given), skip_bad=True)
        said = "kind: direct needs exactly two senders in the file, this conversation has"
        assert (tally.added, tally.bad) == (1, 4)
        assert tally.problems == [f"line 1: {said} one", *(f"line {number}: {said} more" for number in (3, 4, 5))]

    async def test_is_one_for_all_of_its_lines(self, database_url: str, tmp_path: Path) -> None:
        silent = {name: value for name, value in direct(2, "bob").items() if name != "kind"}
        given = [direct(1, "alice"), silent, direct(3, "carol", kind="group"), line(1, kind="group"), line(2)]
        given += [line(3, kind="direct"), line(4, kind="group")]
        tally = await bring_in(database_url, write(tmp_path / "history.jsonl", *given), skip_bad=True)
        assert (tally.added, tally.bad) == (5, 2)
        assert tally.problems == [
            "line 3: kind: group contradicts the conversation's first line, by which it is direct",
            "line 6: kind: direct contradicts the conversation's first line, by which it is group",
        ]
        assert places(database_url, PAIR) == {"alice": (2, 2), "bob": (2, 2)}

    async def test_has_its_two_people_though_one_speaks_late_in_the_file(
        self, database_url: str, tmp_path: Path
    ) -> None:
        given = [direct(number, "alice") for number in range(1_300)] + [direct(1_300, "bob")]
        await bring_in(database_url, write(tmp_path / "history.jsonl", *given))
        assert places(database_url, PAIR) == {"alice": (1_301, 1_301), "bob": (1_301, 1_301)}


class TestNames:
    async def test_are_told_by_the_file_the_later_one_wins(self, database_url: str, tmp_path: Path) -> None:
        given = [
            line(1, "alice", sender_name="Al"),
            line(3, "alice", sender_name="Alice"),
            line(2, "alice", sender_name="Ali"),
            line(4, "bob"),
        ]
        await bring_in(database_url, write(tmp_path / "history.jsonl", *given))
        assert names(database_url) == {"alice": "Alice", "bob": None}

    async def test_never_overrule_a_token(self, database_url: str, tmp_path: Path) -> None:
        async with running(database_url) as whole:
            told_at = datetime(2001, 1, 1, tzinfo=UTC)
            await whole.writer.handle(TellName(actor="alice", name="Alice Martin", told_at=told_at))
        await bring_in(database_url, write(tmp_path / "history.jsonl", line(1, "alice", sender_name="Al")))
        assert names(database_url) == {"alice": "Alice Martin"}


class TestThisLogsOwnExport:
    async def test_adds_nothing_and_leaves_unread_what_is(self, database_url: str, tmp_path: Path) -> None:
        async with running(database_url) as whole:
            await start(whole, "alice", "bob", kind="direct")
            await send(whole, "alice", "hello")
            await send(whole, "bob", "hello yourself")
            await send(whole, "alice", "how are you?")
            await start(whole, "alice", "carol", kind="direct")
            monologue = direct_id("alice", "carol")
            message = SendMessage(actor="alice", conversation_id=monologue, message_id=uuid4(), body="nobody answers")
            await whole.writer.handle(message)
        await bring_in(database_url, write(tmp_path / "history.jsonl", line(1), line(2, "bob")))
        async with running(database_url) as whole:
            message = SendMessage(actor="bob", conversation_id=ROOM, message_id=uuid4(), body="sent here")
            await whole.writer.handle(message)
        before = end(database_url)
        tally = await bring_in(database_url, write(tmp_path / "own.jsonl", *await exported(database_url)))
        assert (tally.added, tally.known, tally.bad) == (0, 7, 0)
        assert end(database_url) == before
        assert places(database_url, PAIR) == {"alice": (3, 3), "bob": (2, 3)}
        assert places(database_url, ROOM) == {"alice": (2, 3), "bob": (3, 3)}

    async def test_is_not_taken_for_a_message_of_other_content(self, database_url: str, tmp_path: Path) -> None:
        async with running(database_url) as whole:
            await start(whole, "alice", "bob", kind="direct")
            await send(whole, "alice", "hello")
        (own,) = await exported(database_url)
        assert own["conversation"] == str(PAIR)
        tally = await bring_in(database_url, write(tmp_path / "history.jsonl", own | {"body": "forged"}))
        assert (tally.added, tally.known) == (1, 0)


async def test_a_place_that_is_further_on_stays(database_url: str, tmp_path: Path) -> None:
    await bring_in(database_url, write(tmp_path / "history.jsonl", line(1, "alice"), line(2, "bob")))
    async with running(database_url) as whole:
        for body in ("three", "four"):
            message = SendMessage(actor="alice", conversation_id=ROOM, message_id=uuid4(), body=body)
            await whole.writer.handle(message)
        await whole.writer.handle(MarkRead(actor="bob", conversation_id=ROOM, number=3), Place(2, 4))
    await bring_in(database_url, write(tmp_path / "history.jsonl", line(1, "alice"), line(2, "bob")))
    assert places(database_url, ROOM) == {"alice": (4, 4), "bob": (3, 4)}


async def test_an_imported_conversation_goes_on_like_any_other(database_url: str, tmp_path: Path) -> None:
    await bring_in(database_url, write(tmp_path / "history.jsonl", line(1, "alice"), line(2, "bob")))
    async with running(database_url) as whole:
        assert (await whole.desk.conversation("bob", ROOM, 0)).body["conversation"]["unread_count"] == 0
        message = SendMessage(actor="bob", conversation_id=ROOM, message_id=uuid4(), body="and on it goes")
        sent = await whole.desk.send_message("bob", message, "bob")
        assert sent.body["message"]["number"] == 3
        stranger = SendMessage(actor="carol", conversation_id=ROOM, message_id=uuid4(), body="let me in")
        with pytest.raises(Rejected, match="no such conversation"):
            await whole.desk.send_message("carol", stranger, "carol")
