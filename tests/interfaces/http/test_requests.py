"""What changes something: each request in HTTP's words, its answer, and what it leaves behind."""

from urllib.parse import quote
from uuid import uuid4

import pytest

from interfaces import shapes
from tests.interfaces.http.asking import Person, new_id
from tests.interfaces.http.conftest import MakePerson


async def test_a_group_is_started_once_and_a_repeated_start_answers_it(alice: Person, bob: Person) -> None:
    asked = {"conversation_id": new_id(), "kind": "group", "participant_ids": [bob.user_id], "title": "Été"}
    first = await alice.done("POST", "/api/conversations", shapes.Started, 201, json=asked)
    again = await alice.done("POST", "/api/conversations", shapes.Started, 200, json=asked)
    assert first["conversation"] == again["conversation"]
    assert [one["user_id"] for one in first["conversation"]["participants"]] == [alice.user_id, bob.user_id]
    assert first["conversation"]["title"] == "Été"


async def test_a_pair_has_one_direct_conversation_under_the_servers_id(alice: Person, bob: Person) -> None:
    asked = {"conversation_id": new_id(), "kind": "direct", "participant_ids": [bob.user_id]}
    first = await alice.done("POST", "/api/conversations", shapes.Started, 201, json=asked)
    other = {"conversation_id": new_id(), "kind": "direct", "participant_ids": [alice.user_id]}
    second = await bob.done("POST", "/api/conversations", shapes.Started, 200, json=other)
    ids = {one["conversation"]["conversation_id"] for one in (first, second)}
    assert len(ids) == 1
    assert ids.isdisjoint({asked["conversation_id"], other["conversation_id"]})


async def test_a_message_is_made_once_and_repeated_as_it_was(alice: Person, bob: Person) -> None:
    conversation_id = await alice.start(bob)
    path = f"/api/conversations/{conversation_id}/messages"
    asked = {"message_id": new_id(), "body": " Bonjour 🙂\n"}
    first = await alice.done("POST", path, shapes.Sent, 201, json=asked)
    again = await alice.done("POST", path, shapes.Sent, 200, json=asked)
    assert first == again
    assert first["message"]["body"] == " Bonjour 🙂\n"
    assert first["message"]["number"] == 1


async def test_ids_are_answered_in_lower_case(alice: Person, bob: Person) -> None:
    conversation_id = await alice.start(bob)
    message = {"message_id": new_id().upper(), "body": "x"}
    path = f"/api/conversations/{conversation_id.upper()}/messages"
    answer = await alice.done("POST", path, shapes.Sent, 201, json=message)
    assert answer["message"]["message_id"] == message["message_id"].lower()
    assert answer["message"]["conversation_id"] == conversation_id


async def test_a_message_that_was_sent_is_answered_again_to_who_was_removed_since(alice: Person, bob: Person) -> None:
    conversation_id = await alice.start(bob)
    path = f"/api/conversations/{conversation_id}/messages"
    asked = {"message_id": new_id(), "body": "x"}
    first = await bob.done("POST", path, shapes.Sent, 201, json=asked)
    await alice.done("DELETE", f"/api/conversations/{conversation_id}/participants/{bob.user_id}", shapes.Removed)
    assert await bob.done("POST", path, shapes.Sent, 200, json=asked) == first
    await bob.refused("not_found", "POST", path, json={"message_id": new_id(), "body": "x"})


async def test_a_message_id_in_use_is_a_conflict(alice: Person, bob: Person) -> None:
    conversation_id, other = await alice.start(bob), await alice.start(bob)
    message = await alice.send(conversation_id)
    same = {"message_id": message["message_id"], "body": message["body"]}
    await alice.refused(
        "conflict", "POST", f"/api/conversations/{conversation_id}/messages", json={**same, "body": "another"}
    )
    await alice.refused("conflict", "POST", f"/api/conversations/{other}/messages", json=same)
    await bob.refused("conflict", "POST", f"/api/conversations/{conversation_id}/messages", json=same)


async def test_a_conversation_id_in_use_is_a_conflict(alice: Person, bob: Person, person: MakePerson) -> None:
    conversation_id = await alice.start(bob)
    asked = {"conversation_id": conversation_id, "kind": "group", "participant_ids": [alice.user_id]}
    await person().refused("conflict", "POST", "/api/conversations", json=asked)


async def test_reading_up_to_a_number_or_to_the_last(alice: Person, bob: Person) -> None:
    conversation_id = await alice.start(bob)
    for _ in range(3):
        await alice.send(conversation_id)
    path = f"/api/conversations/{conversation_id}/read"
    read = await bob.done("POST", path, shapes.Read, json={"number": 2})
    assert (read["read_number"], read["unread_count"]) == (2, 1)
    back = await bob.done("POST", path, shapes.Read, json={"number": 1})
    assert (back["read_number"], back["unread_count"]) == (2, 1)
    assert (await bob.done("POST", path, shapes.Read, content=b" "))["unread_count"] == 0
    assert (await bob.done("POST", path, shapes.Read, json={}))["read_number"] == 3


async def test_adding_removing_and_leaving(alice: Person, bob: Person, person: MakePerson) -> None:
    carol = person("carol")
    conversation_id = await alice.start(bob)
    path = f"/api/conversations/{conversation_id}/participants"
    asked = {"user_ids": [carol.user_id, carol.user_id]}
    added = await bob.done("POST", path, shapes.Started, json=asked)
    again = await bob.done("POST", path, shapes.Started, json=asked)
    assert added["conversation"] == again["conversation"]
    assert added["conversation"]["participant_count"] == 3
    await bob.refused("forbidden", "DELETE", f"{path}/{carol.user_id}")
    await alice.done("DELETE", f"{path}/{carol.user_id}", shapes.Removed)
    await alice.refused("not_found", "DELETE", f"{path}/{carol.user_id}")
    await bob.done("DELETE", f"{path}/{bob.user_id}", shapes.Removed)
    await bob.refused("not_found", "GET", f"/api/conversations/{conversation_id}")


@pytest.mark.parametrize(
    "user_id", ["auth0|5f7c", "[nas]peter", "a/b", "a//b/", "100%", "%2F", "?x=1#y", "~!@$&'()*+,;=:"]
)
async def test_whatever_a_user_id_may_hold_has_its_place_in_a_path(alice: Person, user_id: str) -> None:
    asked = {"conversation_id": new_id(), "kind": "group", "participant_ids": ["someone", user_id]}
    await alice.done("POST", "/api/conversations", shapes.Started, 201, json=asked)
    path = f"/api/conversations/{asked['conversation_id']}"
    await alice.done("DELETE", f"{path}/participants/{quote(user_id, safe='')}", shapes.Removed)
    left = await alice.done("GET", path, shapes.Started)
    assert [one["user_id"] for one in left["conversation"]["participants"]] == [alice.user_id, "someone"]


async def test_renaming(alice: Person, bob: Person) -> None:
    path = f"/api/conversations/{await alice.start(bob, title='before')}"
    renamed = await bob.done("PATCH", path, shapes.Started, json={"title": "après"})
    assert renamed["conversation"]["title"] == "après"
    again = await bob.done("PATCH", path, shapes.Started, json={"title": "après"})
    assert again["conversation"] == renamed["conversation"]


async def test_a_direct_conversation_keeps_its_people_and_name(alice: Person, bob: Person) -> None:
    path = f"/api/conversations/{await alice.start(bob, kind='direct')}"
    await alice.refused("forbidden", "PATCH", path, json={"title": "ours"})
    await alice.refused("forbidden", "POST", f"{path}/participants", json={"user_ids": ["x"]})
    await alice.refused("forbidden", "DELETE", f"{path}/participants/{bob.user_id}")


async def test_a_conversation_that_does_not_exist_is_not_found(alice: Person) -> None:
    await alice.refused(
        "not_found", "POST", f"/api/conversations/{uuid4()}/messages", json={"message_id": new_id(), "body": "x"}
    )
