"""A reader's place only moves forward."""

from uuid import uuid4

import pytest

from domain.base import Event
from domain.conversation import ConversationStarted, ParticipantRemoved, ParticipantsAdded
from domain.reading import ImportReading, MarkRead, MessagesRead, Place
from domain.timeline import MessageSent
from tests.spec import GROUP, given, place_after

STARTED = ConversationStarted(
    actor="alice",
    conversation_id=GROUP,
    kind="group",
    title=None,
    owner_id="alice",
    participant_ids=["alice", "bob"],
)


def sent(sender_id: str) -> MessageSent:
    return MessageSent(actor=sender_id, conversation_id=GROUP, message_id=uuid4(), sender_id=sender_id, body="hi")


def mark(actor: str, number: int | None = None) -> MarkRead:
    return MarkRead(actor=actor, conversation_id=GROUP, number=number)


def read(user_id: str, number: int, actor: str | None = "") -> MessagesRead:
    actor = user_id if actor == "" else actor
    return MessagesRead(actor=actor, conversation_id=GROUP, user_id=user_id, number=number)


def messages(count: int, sender_id: str = "alice") -> list[Event]:
    return [STARTED, *(sent(sender_id) for _ in range(count))]


def test_one_reads_up_to_a_number() -> None:
    given(*messages(3)).when(mark("bob", 2)).then(read("bob", 2))


def test_without_a_number_one_reads_up_to_the_last() -> None:
    given(*messages(3)).when(mark("bob")).then(read("bob", 3))


def test_an_earlier_number_changes_nothing() -> None:
    given(*messages(3), read("bob", 2)).when(mark("bob", 1)).then()
    given(*messages(3), read("bob", 2)).when(mark("bob", 2)).then()
    given(*messages(3), read("bob", 3)).when(mark("bob")).then()


def test_a_later_number_moves_the_place_on() -> None:
    given(*messages(3), read("bob", 2)).when(mark("bob", 3)).then(read("bob", 3))


@pytest.mark.parametrize("number", [4, 2**62])
def test_a_number_beyond_the_last_is_refused(number: int) -> None:
    given(*messages(3)).when(mark("bob", number)).refused("invalid_payload", "number")


def test_where_nothing_was_written_there_is_nothing_to_read() -> None:
    given(STARTED).when(mark("bob")).then()
    given(STARTED).when(mark("bob", 1)).refused("invalid_payload", "number")


def test_sending_moves_the_senders_place() -> None:
    given(*messages(3)).when(mark("alice", 3)).then()
    given(*messages(3)).when(mark("alice")).then()


def test_who_is_added_starts_with_none_unread() -> None:
    added = ParticipantsAdded(actor="alice", conversation_id=GROUP, user_ids=["carol"])
    given(*messages(3), added).when(mark("carol")).then()
    given(*messages(3), added, sent("alice")).when(mark("carol")).then(read("carol", 4))


def test_strangers_see_no_conversation_to_read() -> None:
    removed = ParticipantRemoved(actor="alice", conversation_id=GROUP, user_id="bob")
    given(*messages(3)).when(mark("mallory", 1)).refused("not_found")
    given(*messages(3), removed).when(mark("bob", 1)).refused("not_found")
    given(*messages(3)).when(mark("mallory", 99)).refused("not_found")
    given().when(mark("alice")).refused("not_found")


def test_everybody_has_read_what_was_imported() -> None:
    command = ImportReading(actor=None, conversation_id=GROUP, reader_id="bob", number=3)
    given(*messages(3)).when(command).then(read("bob", 3, actor=None))
    given(*messages(3), read("bob", 3)).when(command).then()


def test_a_place_moves_by_the_greater_number_whatever_comes_last() -> None:
    history = [*messages(3), read("bob", 3), read("bob", 1)]
    assert place_after("bob", *history) == Place(read_number=3, last_number=3)


def test_what_is_unread_is_arithmetic() -> None:
    assert Place(read_number=2, last_number=5).unread_count == 3
