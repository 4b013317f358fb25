"""Sending messages."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from domain.base import Source
from domain.conversation import ConversationStarted, ParticipantRemoved
from domain.timeline import ImportMessage, MessageSent, SendMessage
from tests.spec import GROUP, given

MESSAGE = UUID("22222222-2222-4222-8222-222222222222")
SENT_AT = datetime(2019, 5, 4, 12, 30, tzinfo=UTC)

STARTED = ConversationStarted(
    actor="alice",
    conversation_id=GROUP,
    kind="group",
    title=None,
    owner_id="alice",
    participant_ids=["alice", "bob"],
)


def send(actor: str, body: str = "Bonjour") -> SendMessage:
    return SendMessage(actor=actor, conversation_id=GROUP, message_id=MESSAGE, body=body)


def sent(
    sender_id: str, body: str = "Bonjour", conversation_id: UUID = GROUP, message_id: UUID = MESSAGE
) -> MessageSent:
    return MessageSent(
        actor=sender_id, conversation_id=conversation_id, message_id=message_id, sender_id=sender_id, body=body
    )


def test_who_takes_part_sends_messages() -> None:
    given(STARTED).when(send("bob")).then(sent("bob"))


def test_a_body_comes_back_exactly_as_sent() -> None:
    given(STARTED).when(send("bob", "  a\r\n\tb  👍🏽 ")).then(sent("bob", "  a\r\n\tb  👍🏽 "))


def test_strangers_see_no_conversation_to_send_to() -> None:
    given(STARTED).when(send("mallory")).refused("not_found")
    given().when(send("alice")).refused("not_found")


def test_who_was_removed_sends_no_more() -> None:
    removed = ParticipantRemoved(actor="alice", conversation_id=GROUP, user_id="bob")
    given(STARTED, removed).when(send("bob")).refused("not_found")


@pytest.mark.parametrize("body", ["", " \n", "a" * 8_001, "\0", "\ud800"])
def test_a_body_that_is_none_is_refused(body: str) -> None:
    with pytest.raises(ValidationError, match="body"):
        send("alice", body)


def test_an_imported_message_keeps_its_time_and_its_sources_keys() -> None:
    source = Source(conversation="room 1", message="line 7")
    message = sent("bob").model_copy(update={"actor": None, "sent_at": SENT_AT, "source": source})
    given(STARTED).when(ImportMessage(actor=None, message=message)).then(message)


def test_repeated_content_has_the_same_hash_and_any_other_has_not() -> None:
    hashes = {
        sent("alice").content_hash(),
        sent("alice", message_id=uuid4()).content_hash(),
        sent("bob").content_hash(),
        sent("alice", body="bonjour").content_hash(),
        sent("alice", conversation_id=uuid4()).content_hash(),
    }
    assert len(hashes) == 4
    assert {len(one) for one in hashes} == {16}
