"""Who takes part in a conversation, who owns it, and its title."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from domain.conversation import (
    AddParticipants,
    AdmitSpeaker,
    ConversationRenamed,
    ConversationStarted,
    OwnerChanged,
    ParticipantRemoved,
    ParticipantsAdded,
    RemoveParticipant,
    RenameConversation,
    StartConversation,
    direct_id,
)
from domain.timeline import MessageSent
from tests.spec import GROUP, conversation_after, given

PAIR = direct_id("alice", "bob")
SPOKE_AT = datetime(2019, 5, 4, 12, 30, tzinfo=UTC)


def start(actor: str, *others: str, **more: Any) -> StartConversation:
    return StartConversation(
        **{"actor": actor, "conversation_id": GROUP, "kind": "group", "participant_ids": list(others)} | more
    )


def started(*people: str, title: str | None = None, **more: Any) -> ConversationStarted:
    return ConversationStarted(
        **{
            "actor": people[0],
            "conversation_id": GROUP,
            "kind": "group",
            "title": title,
            "owner_id": people[0],
            "participant_ids": list(people),
        }
        | more
    )


def paired(one: str = "alice", other: str = "bob") -> ConversationStarted:
    return started(one, other, kind="direct", conversation_id=direct_id(one, other))


def add(actor: str, *user_ids: str, to: UUID = GROUP) -> AddParticipants:
    return AddParticipants(actor=actor, conversation_id=to, user_ids=list(user_ids))


def added(actor: str | None, *user_ids: str, **more: Any) -> ParticipantsAdded:
    return ParticipantsAdded(actor=actor, conversation_id=GROUP, user_ids=list(user_ids), **more)


def remove(actor: str, user_id: str, of: UUID = GROUP) -> RemoveParticipant:
    return RemoveParticipant(actor=actor, conversation_id=of, user_id=user_id)


def removed(actor: str, user_id: str) -> ParticipantRemoved:
    return ParticipantRemoved(actor=actor, conversation_id=GROUP, user_id=user_id)


def owned_by(owner_id: str, actor: str | None) -> OwnerChanged:
    return OwnerChanged(actor=actor, conversation_id=GROUP, owner_id=owner_id)


def rename(actor: str, title: str, of: UUID = GROUP) -> RenameConversation:
    return RenameConversation(actor=actor, conversation_id=of, title=title)


def renamed(actor: str, title: str) -> ConversationRenamed:
    return ConversationRenamed(actor=actor, conversation_id=GROUP, title=title)


def admit(speaker_id: str, *participant_ids: str, kind: str = "group", title: str | None = None) -> AdmitSpeaker:
    return AdmitSpeaker(
        actor=None,
        conversation_id=GROUP,
        kind=kind,
        title=title,
        participant_ids=list(participant_ids) or [speaker_id],
        speaker_id=speaker_id,
        spoke_at=SPOKE_AT,
    )


class TestStartingAGroup:
    def test_whoever_starts_it_takes_part_and_owns_it(self) -> None:
        given().when(start("alice", "bob", "carol")).then(started("alice", "bob", "carol"))

    def test_listed_or_not(self) -> None:
        given().when(start("alice", "bob", "alice")).then(started("alice", "bob"))

    def test_names_listed_twice_count_once(self) -> None:
        given().when(start("alice", "bob", "carol", "bob")).then(started("alice", "bob", "carol"))

    def test_it_may_have_a_title(self) -> None:
        given().when(start("alice", "bob", title="Team")).then(started("alice", "bob", title="Team"))

    def test_it_needs_someone_else(self) -> None:
        given().when(start("alice", "alice")).refused("invalid_payload", "participant_ids")

    def test_a_list_of_nobody_is_no_list(self) -> None:
        with pytest.raises(ValidationError, match="participant_ids"):
            start("alice")

    def test_it_holds_a_thousand_people_and_no_more(self) -> None:
        people = [f"user{n}" for n in range(1_000)]
        given().when(start("user0", *people)).then(started(*people))
        given().when(start("alice", *people)).refused("invalid_payload", "participant_ids")


class TestStartingAGroupAgain:
    def test_the_same_start_is_a_repeat_and_changes_nothing(self) -> None:
        given(started("alice", "bob", "carol")).when(start("alice", "carol", "bob", "bob")).then()

    def test_what_changed_since_does_not_matter(self) -> None:
        given(
            started("alice", "bob", title="Team"),
            renamed("bob", "Crew"),
            added("bob", "carol"),
            owned_by("bob", "alice"),
            removed("alice", "alice"),
        ).when(start("alice", "bob", title="Team")).then()

    @pytest.mark.parametrize(
        "other",
        [
            start("alice", "bob"),
            start("alice", "bob", title="Crew"),
            start("alice", "bob", "carol", title="Team"),
            start("alice", "carol", title="Team"),
            start("bob", "alice", title="Team"),
            start("mallory", "bob", title="Team"),
        ],
    )
    def test_under_an_id_in_use_by_others_it_is_a_conflict(self, other: StartConversation) -> None:
        given(started("alice", "bob", title="Team")).when(other).refused("conflict")

    def test_under_an_id_of_an_imported_conversation_it_is_a_conflict(self) -> None:
        given(started("alice", "bob", actor=None)).when(start("alice", "bob")).refused("conflict")


class TestStartingADirectConversation:
    def test_it_is_under_the_id_that_the_server_gives_the_pair(self) -> None:
        given().when(start("alice", "bob", kind="direct")).then(paired("alice", "bob"))

    def test_a_pair_has_the_same_id_whoever_starts(self) -> None:
        assert direct_id("alice", "bob") == direct_id("bob", "alice") != direct_id("alice", "carol")

    def test_one_may_list_oneself(self) -> None:
        given().when(start("alice", "alice", "bob", kind="direct")).then(paired("alice", "bob"))

    @pytest.mark.parametrize("again", [start("bob", "alice", kind="direct"), start("alice", "bob", kind="direct")])
    def test_starting_it_again_changes_nothing(self, again: StartConversation) -> None:
        given(paired("alice", "bob")).when(again).then()

    def test_whatever_id_is_offered(self) -> None:
        given(paired()).when(start("bob", "alice", kind="direct", conversation_id=uuid4())).then()

    @pytest.mark.parametrize("others", [["alice"], ["bob", "carol"]])
    def test_it_is_with_exactly_one_other(self, others: list[str]) -> None:
        given().when(start("alice", *others, kind="direct")).refused("invalid_payload", "participant_ids")

    def test_it_has_no_title(self) -> None:
        given().when(start("alice", "bob", kind="direct", title="Us")).refused("invalid_payload", "title")

    def test_a_broken_rule_comes_before_a_repeat(self) -> None:
        given(paired()).when(start("alice", "bob", kind="direct", title="Us")).refused("invalid_payload", "title")


class TestAddingPeople:
    def test_any_participant_adds_people(self) -> None:
        given(started("alice", "bob")).when(add("bob", "carol", "dave")).then(added("bob", "carol", "dave"))

    def test_each_counts_once(self) -> None:
        given(started("alice", "bob")).when(add("bob", "carol", "carol")).then(added("bob", "carol"))

    def test_adding_who_is_there_does_nothing(self) -> None:
        given(started("alice", "bob")).when(add("bob", "alice", "bob")).then()

    def test_those_who_are_not_there_yet_are_added(self) -> None:
        given(started("alice", "bob")).when(add("bob", "alice", "carol")).then(added("bob", "carol"))

    def test_who_was_removed_can_be_added_again(self) -> None:
        given(started("alice", "bob"), removed("alice", "bob")).when(add("alice", "bob")).then(added("alice", "bob"))

    def test_a_thousand_people_fit_and_no_more(self) -> None:
        group = started(*[f"user{n}" for n in range(999)])
        given(group).when(add("user0", "alice", "user7")).then(added("user0", "alice"))
        given(group).when(add("user0", "alice", "bob")).refused("invalid_payload", "user_ids")

    def test_a_group_that_is_fuller_by_import_is_no_trouble_to_who_adds_nobody(self) -> None:
        group = started(*[f"user{n}" for n in range(1_100)])
        given(group).when(add("user0", "user1")).then()
        given(group).when(add("user0", "alice")).refused("invalid_payload", "user_ids")

    def test_nobody_joins_a_direct_conversation(self) -> None:
        given(paired()).when(add("alice", "carol", to=PAIR)).refused("forbidden")
        given(paired()).when(add("alice", "bob", to=PAIR)).refused("forbidden")

    def test_strangers_see_no_conversation_to_add_to(self) -> None:
        given(started("alice", "bob")).when(add("mallory", "mallory")).refused("not_found")
        given(paired()).when(add("mallory", "mallory", to=PAIR)).refused("not_found")
        given().when(add("alice", "bob")).refused("not_found")

    def test_a_list_of_nobody_is_no_list(self) -> None:
        with pytest.raises(ValidationError, match="user_ids"):
            add("alice")


class TestRemovingPeople:
    def test_the_owner_removes_others(self) -> None:
        given(started("alice", "bob", "carol")).when(remove("alice", "bob")).then(removed("alice", "bob"))

    def test_nobody_else_does(self) -> None:
        given(started("alice", "bob", "carol")).when(remove("bob", "carol")).refused("forbidden")
        given(started("alice", "bob", "carol")).when(remove("bob", "alice")).refused("forbidden")

    def test_who_has_no_right_does_not_learn_who_is_there(self) -> None:
        given(started("alice", "bob")).when(remove("bob", "mallory")).refused("forbidden")

    def test_who_is_not_there_cannot_be_removed(self) -> None:
        given(started("alice", "bob")).when(remove("alice", "mallory")).refused("not_found")

    def test_anyone_leaves(self) -> None:
        given(started("alice", "bob", "carol")).when(remove("bob", "bob")).then(removed("bob", "bob"))

    def test_when_the_owner_leaves_the_one_longest_there_becomes_owner(self) -> None:
        given(started("alice", "bob", "carol")).when(remove("alice", "alice")).then(
            owned_by("bob", "alice"), removed("alice", "alice")
        )

    def test_longest_there_without_a_break(self) -> None:
        given(
            started("alice", "bob", "carol"),
            added("alice", "dave"),
            removed("bob", "bob"),
            added("alice", "bob"),
            removed("carol", "carol"),
        ).when(remove("alice", "alice")).then(owned_by("dave", "alice"), removed("alice", "alice"))

    def test_the_last_one_leaves_an_empty_conversation(self) -> None:
        history = started("alice", "bob"), removed("bob", "bob")
        given(*history).when(remove("alice", "alice")).then(removed("alice", "alice"))
        empty = conversation_after(*history, removed("alice", "alice"))
        assert empty is not None
        assert (empty.owner_id, list(empty.people)) == (None, [])

    def test_the_new_owner_has_the_rights_and_the_old_one_has_not(self) -> None:
        history = started("alice", "bob", "carol"), owned_by("bob", "alice"), removed("alice", "alice")
        given(*history, added("bob", "alice")).when(remove("alice", "carol")).refused("forbidden")
        given(*history, added("bob", "alice")).when(remove("bob", "carol")).then(removed("bob", "carol"))

    def test_a_direct_conversation_keeps_its_two_people(self) -> None:
        given(paired()).when(remove("alice", "bob", of=PAIR)).refused("forbidden")
        given(paired()).when(remove("alice", "alice", of=PAIR)).refused("forbidden")

    def test_who_was_removed_sees_no_conversation_to_leave(self) -> None:
        given(started("alice", "bob"), removed("alice", "bob")).when(remove("bob", "bob")).refused("not_found")
        given().when(remove("alice", "alice")).refused("not_found")


class TestRenaming:
    def test_any_participant_renames(self) -> None:
        given(started("alice", "bob")).when(rename("bob", "Team")).then(renamed("bob", "Team"))
        given(started("alice", "bob", title="Team")).when(rename("bob", "Crew")).then(renamed("bob", "Crew"))

    def test_to_the_same_title_nothing_happens(self) -> None:
        given(started("alice", "bob", title="Team")).when(rename("bob", "Team")).then()
        given(started("alice", "bob"), renamed("alice", "Team")).when(rename("bob", "Team")).then()

    def test_a_direct_conversation_keeps_its_name(self) -> None:
        given(paired()).when(rename("alice", "Us", of=PAIR)).refused("forbidden")

    def test_strangers_see_no_conversation_to_rename(self) -> None:
        given(started("alice", "bob")).when(rename("mallory", "Mine")).refused("not_found")
        given(paired()).when(rename("mallory", "Mine", of=PAIR)).refused("not_found")
        given().when(rename("alice", "Mine")).refused("not_found")


class TestImportingSpeakers:
    def test_the_first_to_speak_starts_the_conversation_and_owns_it(self) -> None:
        given().when(admit("bob", title="Team")).then(
            started("bob", title="Team", actor=None, started_at=SPOKE_AT),
        )

    def test_both_of_a_direct_conversation_are_there_from_the_start(self) -> None:
        given().when(admit("bob", "alice", "bob", kind="direct")).then(
            started("bob", actor=None, kind="direct", participant_ids=["alice", "bob"], started_at=SPOKE_AT),
        )

    def test_others_are_added_as_they_first_speak(self) -> None:
        given(started("bob", actor=None)).when(admit("carol")).then(added(None, "carol", joined_at=SPOKE_AT))

    def test_who_takes_part_already_is_not_added_again(self) -> None:
        given(started("bob", actor=None)).when(admit("bob")).then()

    def test_there_is_no_limit_to_them(self) -> None:
        group = started(*[f"user{n}" for n in range(1_000)], actor=None)
        given(group).when(admit("alice")).then(added(None, "alice", joined_at=SPOKE_AT))

    def test_whoever_speaks_in_an_empty_conversation_owns_it(self) -> None:
        given(started("bob", actor=None), removed("bob", "bob")).when(admit("carol")).then(
            added(None, "carol", joined_at=SPOKE_AT), owned_by("carol", None)
        )


def test_a_message_says_nothing_about_who_takes_part() -> None:
    message = MessageSent(actor="alice", conversation_id=GROUP, message_id=uuid4(), sender_id="alice", body="hi")
    assert conversation_after(started("alice", "bob"), message) == conversation_after(started("alice", "bob"))
