"""Every request of the protocol, and what it is answered."""

from uuid import UUID

import httpx
import pytest

from tests.interfaces.socketio.conftest import plain
from tests.interfaces.socketio.devices import Device, Payload, message, new_id, started
from tests.interfaces.socketio.stage import Stage


def people(conversation: Payload) -> list[tuple[str, str]]:
    """Who takes part, and as what."""
    return [(one["user_id"], one["role"]) for one in conversation["participants"]]


async def test_authenticate_is_answered_with_the_user(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    ack = await alice.call("authenticate", token=stage.node.token(alice.user_id, "Alice L."))
    assert ack["user"] == {"user_id": alice.user_id, "name": "Alice L."}
    ack = await alice.call("authenticate", token=stage.node.token(alice.user_id))
    assert ack["user"] == {"user_id": alice.user_id, "name": "Alice L."}


async def test_start_conversation_is_answered_with_the_group(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    asked = started(bob, "not-known-yet", bob, alice)
    ack = await alice.call("start_conversation", **asked, title="Lectures")
    conversation = ack["conversation"]
    assert ack["position"] == conversation["position"] == await stage.end()
    assert conversation["created_at"] == conversation["updated_at"]
    told = {
        key: value for key, value in conversation.items() if key not in ("created_at", "updated_at", "participants")
    }
    assert told == {
        "conversation_id": asked["conversation_id"],
        "kind": "group",
        "title": "Lectures",
        "participant_count": 3,
        "last_number": 0,
        "last_message": None,
        "read_number": 0,
        "unread_count": 0,
        "position": ack["position"],
    }
    assert people(conversation) == [(alice.user_id, "owner"), (bob.user_id, "member"), ("not-known-yet", "member")]
    assert [one["name"] for one in conversation["participants"]] == ["Alice", "Bob", "not-known-yet"]


@plain
async def test_a_group_need_not_have_a_title(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    ack = await alice.call("start_conversation", **started("bob"))
    assert ack["conversation"]["title"] is None


async def test_start_conversation_is_answered_with_the_direct_one_under_the_servers_id(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    asked = started(bob, kind="direct")
    ack = await alice.call("start_conversation", **asked)
    conversation = ack["conversation"]
    assert (conversation["kind"], conversation["title"], conversation["participant_count"]) == ("direct", "Bob", 2)
    assert conversation["conversation_id"] != asked["conversation_id"]
    assert UUID(conversation["conversation_id"]).version == 5
    seen_by_bob = (await bob.call("sync"))["conversations"][0]
    assert (seen_by_bob["conversation_id"], seen_by_bob["title"]) == (conversation["conversation_id"], "Alice")


@plain
async def test_ids_are_answered_in_lower_case(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    asked = started("bob")
    asked["conversation_id"] = asked["conversation_id"].upper()
    conversation_id = (await alice.call("start_conversation", **asked))["conversation"]["conversation_id"]
    assert conversation_id == asked["conversation_id"].lower()
    sent = await alice.send(conversation_id.upper(), message_id=new_id().upper())
    assert (sent["conversation_id"], sent["message_id"]) == (conversation_id, sent["message_id"].lower())


@pytest.mark.parametrize("name", ["send_message", "new_message"])
async def test_send_message_is_answered_with_the_message(stage: Stage, name: str) -> None:
    (alice,) = await stage.come("alice")
    conversation_id = await alice.start("bob")
    for number in (1, 2):
        asked = message(conversation_id, f"Bonjour {number}")
        ack = await alice.call(name, **asked)
        sent_at = ack["message"].pop("sent_at")
        position = await stage.end()
        told = {**asked, "number": number, "sender_id": alice.user_id, "sender_name": "Alice", "position": position}
        assert (ack["message"], ack["position"]) == (told, position)
    summary = (await alice.call("sync"))["conversations"][0]
    assert (summary["last_number"], summary["read_number"], summary["unread_count"]) == (2, 2, 0)
    assert summary["last_message"]["sent_at"] == summary["updated_at"] == sent_at


@pytest.mark.parametrize(
    "body", ["  deux\n\t mots  ", "naïve 🙂 é é", "שלום", "'\"\\\b\u2028\x7f</script>", "🙂" * 8000]
)
@plain
async def test_text_comes_back_exactly_as_sent(stage: Stage, body: str) -> None:
    (alice,) = await stage.come("alice")
    conversation_id = await alice.start("bob")
    await alice.send(conversation_id, body)
    joined = await alice.join(conversation_id)
    assert [one["body"] for one in joined["messages"]] == [body]
    assert joined["conversation"]["last_message"]["preview"] == " ".join(body.split())[:140]


async def test_mark_as_read_is_answered_with_the_place(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)

    async def read(**upto: int) -> tuple[int, int]:
        ack = await bob.call("mark_as_read", conversation_id=conversation_id, **upto)
        assert ack["position"] == await stage.end()
        return ack["read_number"], ack["unread_count"]

    assert await read() == (0, 0)
    for _ in range(5):
        await alice.send(conversation_id)
    assert await read(number=2) == (2, 3)
    before = await stage.end()
    assert await read(number=1) == (2, 3)
    assert await read(number=2) == (2, 3)
    assert await stage.end() == before
    assert await read() == (5, 0)


@plain
async def test_sending_moves_the_senders_read_place(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    await alice.send(conversation_id)
    assert (await bob.call("sync"))["conversations"][0]["unread_count"] == 1
    await bob.send(conversation_id)
    assert (await bob.call("sync"))["conversations"][0]["unread_count"] == 0
    assert (await alice.call("sync"))["conversations"][0]["unread_count"] == 1


async def test_add_participants_is_answered_with_the_conversation(stage: Stage) -> None:
    alice, bob, eve = await stage.come("alice", "bob", "eve")
    conversation_id = await alice.start(bob)
    await alice.send(conversation_id, "before eve")
    ack = await bob.call("add_participants", conversation_id=conversation_id, user_ids=[eve.user_id, eve.user_id])
    assert ack["position"] == ack["conversation"]["position"] == await stage.end()
    assert [user_id for user_id, _ in people(ack["conversation"])] == [alice.user_id, bob.user_id, eve.user_id]
    joined = await eve.join(conversation_id)
    assert [one["body"] for one in joined["messages"]] == ["before eve"]
    assert (joined["conversation"]["read_number"], joined["conversation"]["unread_count"]) == (1, 0)


@plain
async def test_adding_who_is_there_does_nothing(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    conversation_id = await alice.start("bob")
    before = await stage.end()
    ack = await alice.call("add_participants", conversation_id=conversation_id, user_ids=["bob", alice.user_id])
    assert ack["position"] == before == await stage.end()


async def test_the_owner_removes_others(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    await bob.refused("forbidden", "remove_participant", conversation_id=conversation_id, user_id=alice.user_id)
    ack = await alice.call("remove_participant", conversation_id=conversation_id, user_id=bob.user_id)
    assert ack["position"] == await stage.end()
    assert people((await alice.join(conversation_id))["conversation"]) == [(alice.user_id, "owner")]
    await alice.refused("not_found", "remove_participant", conversation_id=conversation_id, user_id=bob.user_id)


@plain
async def test_when_the_owner_leaves_the_one_longest_there_becomes_owner(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start("zoe", bob)
    await alice.call("remove_participant", conversation_id=conversation_id, user_id="zoe")
    await alice.call("add_participants", conversation_id=conversation_id, user_ids=["zoe"])
    await alice.call("remove_participant", conversation_id=conversation_id, user_id=alice.user_id)
    joined = await bob.join(conversation_id)
    assert people(joined["conversation"]) == [(bob.user_id, "owner"), ("zoe", "member")]
    await alice.refused("not_found", "join_conversation", conversation_id=conversation_id)


async def test_rename_conversation_is_answered_with_the_conversation(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob, title="Lectures")
    ack = await bob.call("rename_conversation", conversation_id=conversation_id, title="  Lectures d'été ")
    assert (ack["conversation"]["title"], ack["position"]) == ("  Lectures d'été ", await stage.end())
    again = await alice.call("rename_conversation", conversation_id=conversation_id, title="  Lectures d'été ")
    assert again["position"] == ack["position"] == await stage.end()


async def test_join_leave_and_sync_write_nothing(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    conversation_id = await alice.start("bob")
    sent = await alice.send(conversation_id)
    before = await stage.end()
    joined = await alice.join(conversation_id)
    assert (joined["messages"], joined["cursor"], joined["has_more"]) == ([sent], str(before), False)
    assert await alice.call("leave_conversation", conversation_id=conversation_id) == {"ok": True}
    synced = await alice.call("sync")
    summary = {key: value for key, value in joined["conversation"].items() if key != "participants"}
    assert synced == {"ok": True, "conversations": [summary], "removed": [], "cursor": str(before), "has_more": False}
    assert await stage.end() == before


@plain
async def test_a_payload_that_is_left_out_is_an_empty_object(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    ack = await alice.answer("sync", await alice.emit("sync"))
    assert ack["conversations"] == []


@plain
async def test_a_direct_conversation_keeps_its_two_people_and_its_name(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob, kind="direct")
    before = await stage.end()
    one = {"conversation_id": conversation_id}
    await alice.refused("forbidden", "add_participants", **one, user_ids=["eve"])
    await alice.refused("forbidden", "remove_participant", **one, user_id=bob.user_id)
    await alice.refused("forbidden", "remove_participant", **one, user_id=alice.user_id)
    await alice.refused("forbidden", "rename_conversation", **one, title="Lectures")
    assert await stage.end() == before


@plain
async def test_to_a_stranger_a_conversation_does_not_exist(stage: Stage) -> None:
    alice, eve = await stage.come("alice", "eve")
    conversation_id = await alice.start("bob")
    sent = await alice.send(conversation_id)
    before = await stage.end()
    for one in (conversation_id, new_id()):
        await eve.refused("not_found", "join_conversation", conversation_id=one)
        await eve.refused("not_found", "send_message", **message(one))
        await eve.refused("not_found", "mark_as_read", conversation_id=one)
        await eve.refused("not_found", "mark_as_read", conversation_id=one, number=99)
        await eve.refused("not_found", "add_participants", conversation_id=one, user_ids=[eve.user_id])
        await eve.refused("not_found", "remove_participant", conversation_id=one, user_id=eve.user_id)
        await eve.refused("not_found", "remove_participant", conversation_id=one, user_id=alice.user_id)
        await eve.refused("not_found", "rename_conversation", conversation_id=one, title="Mine")
        assert await eve.call("leave_conversation", conversation_id=one) == {"ok": True}
    await eve.refused("conflict", "send_message", **{**message(conversation_id), "message_id": sent["message_id"]})
    assert await stage.end() == before
    assert not eve.pushes


async def test_the_examples_of_the_protocol(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    await bob.send(conversation_id)
    await bob.send(conversation_id)
    await bob.join(conversation_id)

    asked = message(conversation_id, "Bonjour")
    sent = await alice.call("send_message", **asked)
    sent_at = sent["message"]["sent_at"]
    position = sent["position"]
    assert sent == {
        "ok": True,
        "position": position,
        "message": {
            "message_id": asked["message_id"],
            "conversation_id": conversation_id,
            "number": 3,
            "sender_id": alice.user_id,
            "sender_name": "Alice",
            "body": "Bonjour",
            "sent_at": sent_at,
            "position": position,
        },
    }
    await bob.call("mark_as_read", conversation_id=conversation_id, number=3)
    push = await bob.pushed("messages_read")
    read_at = push["read_at"]
    assert push == {
        "conversation_id": conversation_id,
        "user_id": bob.user_id,
        "read_number": 3,
        "read_at": read_at,
        "position": position + 1,
    }
    assert await alice.refused("invalid_payload", "send_message", **message(conversation_id, "x" * 8001)) == {
        "code": "invalid_payload",
        "message": "body: at most 8000 characters",
        "details": [{"field": "body", "problem": "at most 8000 characters"}],
    }


async def in_one_breath(device: Device, *requests: tuple[str, Payload]) -> list[Payload]:
    asked = [(name, await device.ask(name, **payload)) for name, payload in requests]
    return [await device.answer(name, one) for name, one in asked]


async def test_start_send_and_join_may_be_sent_in_one_breath(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    start = started(bob)
    conversation_id = start["conversation_id"]
    first, second = message(conversation_id, "first"), message(conversation_id, "second")
    acks = await in_one_breath(
        alice,
        ("start_conversation", start),
        ("send_message", first),
        ("join_conversation", {"conversation_id": conversation_id}),
        ("send_message", second),
        ("mark_as_read", {"conversation_id": conversation_id}),
    )
    assert [ack["position"] for ack in (acks[1], acks[3])] == [acks[0]["position"] + 1, acks[0]["position"] + 2]
    assert [one["body"] for one in acks[2]["messages"]][:1] == ["first"]
    assert (acks[4]["read_number"], acks[4]["unread_count"]) == (2, 0)
    await alice.barrier()
    seen = [*acks[2]["messages"], *(push["message"] for push in alice.named("new_message"))]
    assert [one["body"] for one in seen] == ["first", "second"]


async def test_requests_take_effect_in_the_order_sent(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    start = started("bob")
    bodies = [f"number {number}" for number in range(1, 61)]
    sends = [("send_message", message(start["conversation_id"], body)) for body in bodies]
    acks = await in_one_breath(alice, ("start_conversation", start), *sends)
    assert [ack["message"]["number"] for ack in acks[1:]] == list(range(1, 61))
    joined = await alice.join(start["conversation_id"], since="0")
    assert [one["body"] for one in joined["messages"]] == bodies[:50]


async def test_a_request_sees_what_was_acknowledged_on_another_socket_or_by_http(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    headers = {"Authorization": f"Bearer {stage.node.token(alice.user_id)}"}
    async with httpx.AsyncClient(base_url=stage.node.url, headers=headers) as http:
        for number in range(1, 20, 2):
            await alice.send(conversation_id)
            assert (await bob.call("sync"))["conversations"][0]["last_number"] == number
            path = f"/api/conversations/{conversation_id}/messages"
            posted = await http.post(path, json={"message_id": new_id(), "body": "by HTTP"})
            assert posted.status_code == 201
            joined = await bob.join(conversation_id)
            assert joined["messages"][-1]["number"] == number + 1
            read = await bob.call("mark_as_read", conversation_id=conversation_id)
            assert read["read_number"] == number + 1
