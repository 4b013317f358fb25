"""Repeating a request is safe: what was done once is done once, and answered the same."""

import asyncio

from tests.interfaces.socketio.conftest import plain
from tests.interfaces.socketio.devices import message, new_id, started
from tests.interfaces.socketio.stage import Stage


@plain
async def test_the_same_message_again_is_the_first_message(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    phone = await stage.another(alice)
    asked = message(conversation_id, "Bonjour")
    first = await alice.call("send_message", **asked)
    await bob.send(conversation_id, "in between")
    before = await stage.end()
    shouted = {**asked, "message_id": asked["message_id"].upper(), "conversation_id": conversation_id.upper()}
    for device in (alice, phone):
        for again in (asked, shouted):
            assert await device.call("send_message", **again) == first
            assert await device.call("new_message", **again) == first
    assert await stage.end() == before
    await phone.disconnect()
    await phone.connect(stage.node.token(alice.user_id))
    assert await phone.call("send_message", **asked) == first


@plain
async def test_who_was_removed_since_is_answered_the_same(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    asked = message(conversation_id)
    first = await bob.call("send_message", **asked)
    await alice.call("remove_participant", conversation_id=conversation_id, user_id=bob.user_id)
    before = await stage.end()
    assert await bob.call("send_message", **asked) == first
    await bob.refused("not_found", "send_message", **{**asked, "message_id": new_id()})
    await bob.refused("conflict", "send_message", **{**asked, "body": "other"})
    assert await stage.end() == before


@plain
async def test_another_message_under_the_same_id_is_a_conflict(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id, other_id = await alice.start(bob), await alice.start(bob)
    asked = message(conversation_id)
    first = await alice.call("send_message", **asked)
    before = await stage.end()
    await alice.refused("conflict", "send_message", **{**asked, "body": "Bonjour "})
    await alice.refused("conflict", "send_message", **{**asked, "conversation_id": other_id})
    await alice.refused("conflict", "send_message", **{**asked, "conversation_id": new_id()})
    await bob.refused("conflict", "send_message", **asked)
    assert await stage.end() == before
    assert await alice.call("send_message", **asked) == first


@plain
async def test_a_message_sent_many_times_at_once_is_one_message(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    phone = await stage.another(alice)
    await bob.join(conversation_id)
    asked = message(conversation_id)
    other = {**asked, "body": "other"}
    sends = [await device.ask("send_message", **asked) for _ in range(10) for device in (alice, phone)]
    sends.append(await alice.ask("send_message", **other))
    acks = [ack[0] for ack in await asyncio.gather(*sends)]
    assert acks[:-1] == [acks[0]] * 20
    assert acks[-1]["error"]["code"] == "conflict"
    await bob.barrier()
    assert [push["message"] for push in bob.named("new_message")] == [acks[0]["message"]]


@plain
async def test_the_same_start_again_is_the_same_conversation(stage: Stage) -> None:
    alice, bob, carol = await stage.come("alice", "bob", "carol")
    asked = {**started(bob, carol), "title": "Lectures"}
    first = await alice.call("start_conversation", **asked)
    before = await stage.end()
    phone = await stage.another(alice)
    shuffled = [carol.user_id, alice.user_id, bob.user_id, bob.user_id]
    for device in (alice, phone):
        for again in (asked, {**asked, "participant_ids": shuffled}):
            assert await device.call("start_conversation", **again) == first
    assert await stage.end() == before
    await bob.barrier()
    assert len(bob.named("new_conversation")) == 1


@plain
async def test_a_start_repeated_later_returns_the_conversation_as_it_is(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    asked = {**started(bob), "title": "Lectures"}
    await alice.call("start_conversation", **asked)
    one = {"conversation_id": asked["conversation_id"]}
    await alice.call("rename_conversation", **one, title="Romans")
    await bob.call("add_participants", **one, user_ids=["eve"])
    before = await stage.end()
    again = await alice.call("start_conversation", **asked)
    assert (again["conversation"]["title"], again["conversation"]["participant_count"]) == ("Romans", 3)
    assert again["position"] == before == await stage.end()
    await alice.refused("conflict", "start_conversation", **{**asked, "title": "Romans"})


@plain
async def test_a_start_repeated_by_who_was_removed_since_is_no_refusal(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    asked = {**started(bob), "title": "Lectures"}
    first = await alice.call("start_conversation", **asked)
    one = {"conversation_id": asked["conversation_id"]}
    await bob.send(asked["conversation_id"], "not for alice any more")
    await alice.call("remove_participant", **one, user_id=alice.user_id)
    await bob.call("rename_conversation", **one, title="Without alice")
    before = await stage.end()
    again = await alice.call("start_conversation", **asked)
    assert again["conversation"]["conversation_id"] == first["conversation"]["conversation_id"]
    assert again["conversation"]["last_message"] is None
    assert "Without alice" not in str(again)
    await alice.refused("not_found", "join_conversation", **one)
    assert await stage.end() == before


@plain
async def test_another_start_under_the_same_id_is_a_conflict(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    asked = {**started(bob), "title": "Lectures"}
    await alice.call("start_conversation", **asked)
    before = await stage.end()
    for other in ({"title": "Romans"}, {"participant_ids": ["eve"]}, {"participant_ids": [bob.user_id, "eve"]}):
        await alice.refused("conflict", "start_conversation", **{**asked, **other})
    untitled = {key: value for key, value in asked.items() if key != "title"}
    await alice.refused("conflict", "start_conversation", **untitled)
    await bob.refused("conflict", "start_conversation", **{**asked, "participant_ids": [alice.user_id]})
    assert await stage.end() == before


@plain
async def test_there_is_one_direct_conversation_per_pair(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob, kind="direct")
    before = await stage.end()
    assert await alice.start(bob, kind="direct") == conversation_id
    assert await bob.start(alice, kind="direct") == conversation_id
    assert await bob.start(alice, bob, alice, kind="direct") == conversation_id
    assert await stage.end() == before
    group_id = await alice.start(bob)
    offered = {**started(bob, kind="direct"), "conversation_id": group_id}
    ack = await alice.call("start_conversation", **offered)  # an id in use: it is not looked at
    assert ack["conversation"]["conversation_id"] == conversation_id


@plain
async def test_a_direct_conversation_started_by_both_at_once_is_one(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    ids = await asyncio.gather(
        *(one.start(other, kind="direct") for _ in range(5) for one, other in ((alice, bob), (bob, alice)))
    )
    assert len(set(ids)) == 1
    for device in (alice, bob):
        await device.barrier()
        assert len(device.named("new_conversation")) == 1


@plain
async def test_the_server_s_own_id_can_be_named_but_not_chosen(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob, kind="direct")
    await bob.send(conversation_id)
    asked = {**started(bob), "conversation_id": conversation_id}
    await alice.refused("invalid_payload", "start_conversation", **asked, field="conversation_id")
