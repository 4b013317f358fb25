"""The words that commands and events are made of."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import pytest
from pydantic import TypeAdapter, ValidationError

from domain import conversation, ledger, profile, reading, timeline
from domain.base import (
    LITSPARK,
    Body,
    ChosenId,
    Command,
    Event,
    Name,
    NamedId,
    Rejected,
    Text,
    Title,
    UserId,
    invalid,
    named_id,
    named_ids,
    told,
)
from domain.timeline import MessageSent, SendMessage

V4 = "0b0c2f9e-6f5c-4f3e-9b1a-2d3c4b5a6978"
V5 = "0b0c2f9e-6f5c-5f3e-9b1a-2d3c4b5a6978"
V7 = "01932f9e-6f5c-7f3e-9b1a-2d3c4b5a6978"
V1 = "0b0c2f9e-6f5c-1f3e-9b1a-2d3c4b5a6978"


def accepts(kind: Any, value: object) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("user_id", ["a", "auth0|5f7c", "[nas]peter", "a/b", "...", "!", "~", "x" * 255])
def test_a_user_id_is_printable_ascii(user_id: str) -> None:
    assert accepts(UserId, user_id)


@pytest.mark.parametrize("user_id", ["", "x" * 256, "a b", "é", "a\n", "a\x7f", "a\0", ".", "..", 7, None])
def test_a_user_id_is_nothing_else(user_id: object) -> None:
    assert not accepts(UserId, user_id)


@pytest.mark.parametrize("chosen", [V4, V7, V4.upper()])
def test_a_client_chooses_ids_of_version_4_or_7(chosen: str) -> None:
    assert TypeAdapter(ChosenId).validate_python(chosen) == UUID(chosen)
    assert TypeAdapter(NamedId).validate_python(chosen) == UUID(chosen)


def test_a_client_names_ids_of_version_5_but_chooses_none() -> None:
    assert accepts(NamedId, V5)
    assert not accepts(ChosenId, V5)


@pytest.mark.parametrize(
    "value",
    [
        V1,
        V4.replace("-", ""),
        V4.replace("-9b", "-cb"),
        "{" + V4 + "}",
        f"urn:uuid:{V4}",
        f"{V4}\n",
        f" {V4}",
        "",
        7,
        None,
        str(UUID(int=0)),
    ],
)
def test_other_forms_and_versions_of_ids_are_refused(value: object) -> None:
    assert not accepts(ChosenId, value)
    assert not accepts(NamedId, value)


def test_an_id_that_the_server_made_is_taken_as_it_is() -> None:
    assert accepts(ChosenId, UUID(V5))


@pytest.mark.parametrize("text", ["a", " a ", "é", "👩‍👩‍👧", "a\nb", "\u200b", "\x01", "\ufffd"])
def test_text_is_unicode_and_comes_back_exactly_as_sent(text: str) -> None:
    assert TypeAdapter(Text).validate_python(text) == text


@pytest.mark.parametrize("text", ["", " ", "\n\t\r ", "\u00a0\u3000", "a\0b", "\0", "\ud800", "a\udfffb", 7, None])
def test_text_holds_more_than_white_space_no_nul_and_no_lone_surrogate(text: object) -> None:
    assert not accepts(Text, text)


@pytest.mark.parametrize(("kind", "most"), [(Body, 8_000), (Title, 120), (Name, 120)])
def test_a_character_is_a_code_point(kind: Any, most: int) -> None:
    assert accepts(kind, "👍" * most)
    assert not accepts(kind, "a" * (most + 1))
    assert not accepts(kind, "")


def test_a_command_refuses_fields_that_it_does_not_know() -> None:
    with pytest.raises(ValidationError, match="colour"):
        SendMessage.model_validate(
            {"actor": "alice", "conversation_id": V4, "message_id": V7, "body": "hi", "colour": 1}
        )


@pytest.mark.parametrize("number", ["1", 1.0, True, 0, -1])
def test_a_number_is_a_json_integer_from_1_on(number: object) -> None:
    with pytest.raises(ValidationError, match="number"):
        reading.MarkRead.model_validate({"actor": "alice", "conversation_id": V4, "number": number})


def test_commands_and_events_do_not_change() -> None:
    command = SendMessage(actor="alice", conversation_id=UUID(V4), message_id=UUID(V7), body="hi")
    with pytest.raises(ValidationError, match="frozen"):
        command.body = "ho"
    with pytest.raises(ValidationError, match="frozen"):
        timeline.sent(command).body = "ho"


def test_an_event_without_a_topic_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="Topicless has no TOPIC"):

        class Topicless(MessageSent):
            pass


def test_every_event_has_a_topic_of_its_own() -> None:
    topics = [event.TOPIC for event in Event.__subclasses__() if event.__module__.startswith("domain.")]
    assert sorted(topics) == [
        "audit.read",
        "audit.refused",
        "conversation.owner-changed",
        "conversation.participant-removed",
        "conversation.participants-added",
        "conversation.renamed",
        "conversation.started",
        "ledger.key-told",
        "profile.name-told",
        "reading.messages-read",
        "timeline.message-sent",
    ]


def test_a_command_is_no_command_without_an_actor() -> None:
    for command in Command.__subclasses__():
        assert command.model_fields["actor"].is_required()


def test_streams_of_different_kinds_never_share_an_id() -> None:
    same = UUID(V4)
    streams = {
        conversation.stream(same),
        timeline.stream(same),
        reading.stream(same, "alice"),
        profile.stream(str(same)),
        ledger.stream(),
        conversation.direct_id(str(same), "alice"),
    }
    assert len(streams) == 6
    assert same not in streams


@pytest.mark.parametrize("key", ["1", "line\nbreak", "été"])
def test_ids_that_begin_alike_are_the_ones_of_their_whole_names(key: str) -> None:
    name = f"import message\n{LITSPARK}\n{key}"
    assert named_ids("import message", LITSPARK)(key) == named_id("import message", LITSPARK, key)
    assert named_ids("import message", LITSPARK)(key) == uuid5(LITSPARK, name)


def test_the_ids_of_streams_never_change() -> None:
    assert str(conversation.stream(UUID(V4))) == "e1624c47-5175-5ada-8600-ac9e5a6c3ba2"
    assert str(timeline.stream(UUID(V4))) == "542fe4f2-189d-57c1-a90f-3a01e2e745ec"
    assert str(reading.stream(UUID(V4), "alice")) == "792d1a80-3b86-50ae-b36b-7f5c6b75f570"
    assert str(profile.stream("alice")) == "b810e80f-0253-5707-8046-96c96852f410"
    assert str(ledger.stream()) == "b8bc4146-56ad-555a-84b1-329b378b6efa"
    assert str(conversation.direct_id("bob", "alice")) == "ce2d6837-d5b7-510e-852f-50635432694f"


def test_a_refusal_says_why_and_which_field() -> None:
    refusal = invalid("body", "at most 8000 characters")
    assert (refusal.code, refusal.message) == ("invalid_payload", "body: at most 8000 characters")
    assert refusal.details == (("body", "at most 8000 characters"),)
    assert Rejected("unavailable", "later", retry_after=1.0).retry_after == 1.0


def test_the_files_word_for_a_time_goes_before_the_logs() -> None:
    recorded_at, given = datetime(2026, 11, 23, tzinfo=UTC), datetime(1999, 1, 1, tzinfo=UTC)
    assert told(recorded_at, given) == given
    assert told(recorded_at, None) == recorded_at
