"""Joining and leaving: what a socket watches, and from where on."""

import asyncio
from typing import Any

import pytest

from tests.interfaces.socketio.conftest import MakeStage, plain
from tests.interfaces.socketio.devices import Device, Payload, Refused, message, new_id
from tests.interfaces.socketio.stage import Stage


async def talk(device: Device, conversation_id: str, count: int) -> list[Payload]:
    """Sends messages in one breath; the messages."""
    asked = [await device.ask("send_message", **message(conversation_id, f"message {n}")) for n in range(count)]
    return [(await device.answer("send_message", one))["message"] for one in asked]


async def test_join_without_since_returns_the_last_50(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    conversation_id = await alice.start("bob")
    sent = await talk(alice, conversation_id, 120)
    joined = await alice.join(conversation_id)
    assert (joined["messages"], joined["has_more"]) == (sent[-50:], False)
    assert joined["cursor"] == str(await stage.end())
    await alice.send(conversation_id)
    await alice.pushed("new_message")


async def test_join_with_since_goes_on_page_by_page_and_watches_from_the_last(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    sent = await talk(alice, conversation_id, 120)
    seen, cursor, pages = [], "0", []
    while not pages or pages[-1]["has_more"]:
        pages.append(await bob.join(conversation_id, since=cursor))
        cursor = pages[-1]["cursor"]
        seen += pages[-1]["messages"]
        if pages[-1]["has_more"]:
            sent.append(await alice.send(conversation_id, "not watched yet"))
            await bob.barrier()
            assert not bob.named("new_message")
    assert [len(page["messages"]) for page in pages] == [50, 50, 22]
    assert seen == sent
    sent.append(await alice.send(conversation_id, "watched"))
    await bob.barrier()
    assert [push["message"] for push in bob.named("new_message")] == sent[-1:]


@pytest.mark.parametrize(("count", "more"), [(49, False), (50, False), (51, True)])
@plain
async def test_has_more_says_whether_there_is_more(stage: Stage, count: int, more: bool) -> None:
    (alice,) = await stage.come("alice")
    conversation_id = await alice.start("bob")
    since = await stage.end()
    sent = await talk(alice, conversation_id, count)
    joined = await alice.join(conversation_id, since=since)
    assert (joined["messages"], joined["has_more"]) == (sent[:50], more)
    assert joined["cursor"] == str(joined["messages"][-1]["position"] if more else await stage.end())
    again = await alice.join(conversation_id, since=joined["cursor"])
    assert (again["messages"], again["has_more"]) == (sent[50:], False)


@plain
async def test_a_cursor_may_be_a_position(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    conversation_id = await alice.start("bob")
    sent = await talk(alice, conversation_id, 3)
    for since in (sent[0]["position"], str(sent[0]["position"]), f"000{sent[0]['position']}"):
        assert (await alice.join(conversation_id, since=since))["messages"] == sent[1:]
        assert len((await alice.call("sync", since=since))["conversations"]) == 1


async def test_a_repeated_join_begins_anew(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    sent = await talk(alice, conversation_id, 60)
    await bob.join(conversation_id)
    assert (await bob.join(conversation_id))["messages"] == sent[-50:]
    sent += await talk(alice, conversation_id, 1)
    await bob.barrier()
    assert [push["message"] for push in bob.named("new_message")] == sent[-1:]  # once, though joined twice

    assert (await bob.join(conversation_id, since="0"))["has_more"]  # from here on it watches no more
    sent += await talk(alice, conversation_id, 1)
    await bob.barrier()
    assert len(bob.named("new_message")) == 1
    joined = await bob.join(conversation_id, since=sent[49]["position"])
    assert (joined["messages"], joined["has_more"]) == (sent[50:], False)


@plain
async def test_leaving_ends_the_watch_and_what_is_not_watched_may_be_left(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    one = {"conversation_id": conversation_id}
    for unknown in (new_id(), conversation_id):
        assert await bob.call("leave_conversation", conversation_id=unknown) == {"ok": True}
    await bob.join(conversation_id)
    await bob.call("leave_conversation", **one)
    await bob.call("leave_conversation", **one)
    await alice.send(conversation_id)
    await bob.barrier()
    assert not bob.named("new_message")
    await bob.join(conversation_id)
    await alice.send(conversation_id)
    await bob.barrier()
    assert len(bob.named("new_message")) == 1


@plain
async def test_join_and_leave_of_one_conversation_are_handled_in_order(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    one = {"conversation_id": conversation_id}
    names = ["join_conversation", "leave_conversation", "join_conversation", "leave_conversation"]
    await asyncio.gather(*[await bob.ask(name, **one) for name in names])
    await alice.send(conversation_id)
    await bob.barrier()
    assert not bob.named("new_message")
    await asyncio.gather(*[await bob.ask(name, **one) for name in names[:3]])
    await alice.send(conversation_id)
    await bob.barrier()
    assert len(bob.named("new_message")) == 1


@plain
async def test_each_device_watches_for_itself(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id, other_id = await alice.start(bob), await alice.start(bob)
    phone = await stage.another(bob)
    await bob.join(conversation_id)
    await phone.join(other_id)
    await alice.send(conversation_id)
    await alice.send(other_id)
    for device, watched in ((bob, conversation_id), (phone, other_id)):
        await device.barrier()
        assert [push["conversation_id"] for push in device.named("new_message")] == [watched]


@plain
async def test_a_new_connection_watches_nothing_and_goes_on_from_its_cursors(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    cursor = (await bob.join(conversation_id))["cursor"]
    listed = (await bob.call("sync"))["cursor"]
    await bob.disconnect()
    missed = await talk(alice, conversation_id, 3)
    await bob.connect(stage.node.token(bob.user_id))
    seen = await talk(alice, conversation_id, 1)
    await bob.barrier()
    assert not bob.named("new_message")
    synced = await bob.call("sync", since=listed)
    assert [one["last_number"] for one in synced["conversations"]] == [4]
    joined = await bob.join(conversation_id, since=cursor)
    assert (joined["messages"], joined["has_more"]) == (missed + seen, False)


@plain
async def test_a_cursor_beyond_the_end_of_the_log_is_a_conflict(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    conversation_id = await alice.start("bob")
    end = await stage.end()
    for since in (end + 1, str(end + 1), 2**53 - 1, str(2**63 - 1), str(10**30)):
        await alice.refused("conflict", "join_conversation", conversation_id=conversation_id, since=since)
        await alice.refused("conflict", "sync", since=since)
    await alice.send(conversation_id)
    await alice.barrier()
    assert not alice.named("new_message")  # a join that was refused watches nothing
    assert (await alice.call("sync", since=end + 1))["conversations"] == []


@plain
async def test_a_join_that_is_refused_leaves_the_watch_as_it_was(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    await bob.join(conversation_id)
    for since in (await stage.end() + 1_000, "x"):
        asked = await bob.ask("join_conversation", conversation_id=conversation_id, since=since)
        sent = await alice.send(conversation_id)
        with pytest.raises(Refused):
            await bob.answer("join_conversation", asked)
        await bob.pushed("new_message", lambda push, sent=sent: push["message"] == sent)  # type: ignore[misc]


@plain
async def test_whose_business_it_is_comes_before_the_cursor(stage: Stage) -> None:
    alice, mallory = await stage.come("alice", "mallory")
    for conversation_id in (await alice.start("bob"), new_id()):
        await mallory.refused("not_found", "join_conversation", conversation_id=conversation_id, since=10**9)


@plain
async def test_min_position_beyond_the_end_is_unavailable_once_patience_ends(stage_with: MakeStage) -> None:
    stage = await stage_with(patience=1)
    (alice,) = await stage.come("alice")
    conversation_id = await alice.start("bob")
    end = await stage.end()
    loop = asyncio.get_running_loop()
    for name, payload in (("sync", {}), ("join_conversation", {"conversation_id": conversation_id})):
        began = loop.time()
        error = await alice.refused("unavailable", name, **payload, min_position=end + 1)
        assert 0.9 < loop.time() - began < 5
        assert error["retry_after"] > 0
        await alice.call(name, **payload, min_position=end)
        await alice.call(name, **payload, min_position=str(end))


@plain
async def test_min_position_waits_for_what_is_still_to_come(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    end = await stage.end()
    waiting = await bob.ask("sync", min_position=end + 2)
    await bob.transport()
    await talk(alice, conversation_id, 2)
    ack = await bob.answer("sync", waiting)
    assert int(ack["cursor"]) >= end + 2
    assert ack["conversations"][0]["last_number"] == 2


@plain
async def test_who_waits_for_what_is_still_to_come_keeps_nobody_else_waiting(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    end = await stage.end()
    waiting = await bob.ask("sync", min_position=end + 1)
    await bob.transport()
    assert (await alice.call("sync"))["cursor"] == str(end)
    await talk(alice, conversation_id, 1)
    assert int((await bob.answer("sync", waiting))["cursor"]) > end


BAD_CURSORS: tuple[Any, ...] = ("", "-1", "x", "1.5", " 1", "١", "1" * 101, -1, True, [], {}, 2**70, None)


@plain
async def test_what_is_no_cursor_is_an_invalid_payload(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    conversation_id = await alice.start("bob")
    for bad in BAD_CURSORS:
        for name in ("since", "min_position"):
            more = {name: bad}
            await alice.refused("invalid_payload", "sync", field=name, **more)
            join = {"conversation_id": conversation_id, **more}
            await alice.refused("invalid_payload", "join_conversation", field=name, **join)
