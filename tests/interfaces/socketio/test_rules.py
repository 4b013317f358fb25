"""The rules that hold for every push."""

import asyncio
from itertools import pairwise

import pytest

from tests.interfaces.socketio.conftest import MakeStage, plain
from tests.interfaces.socketio.devices import Device, Payload, Push, message, position
from tests.interfaces.socketio.stage import Stage, staged
from tests.serving import serving


async def burst(device: Device, conversation_id: str, count: int) -> list["asyncio.Future[list[object]]"]:
    """Sends messages in one breath."""
    return [await device.ask("send_message", **message(conversation_id, f"number {n}")) for n in range(1, count + 1)]


def numbers(device: Device) -> list[int]:
    return [push["message"]["number"] for push in device.named("new_message")]


@plain
async def test_a_query_on_receiving_a_push_sees_at_least_that(stage: Stage, database_url: str) -> None:
    """At a server that has written nothing: it sees what the read models hold, and knows no more than that."""
    async with (
        serving(database_url) as writing,
        serving(database_url) as reading,
        staged(writing, stage.driver, stage.way) as here,
        staged(reading, stage.driver, stage.way) as there,
    ):
        (alice,) = await here.come("alice")
        (bob,) = await there.come("bob")
        conversation_id = await alice.start(bob)
        push = await bob.pushed("new_conversation")
        assert (await bob.call("sync"))["conversations"] == [push["conversation"]]
        await bob.join(conversation_id)
        for number in range(1, 21):
            sending = asyncio.create_task(alice.send(conversation_id))
            summary = await pushed_summary(bob, number)
            assert (await bob.call("sync"))["conversations"][0]["last_number"] >= summary["last_number"]
            push = await bob.pushed("new_message", lambda push, n=number: push["message"]["number"] == n)
            joined = await bob.join(conversation_id)
            assert push["message"] in joined["messages"]
            await sending


async def pushed_summary(device: Device, last_number: int) -> Payload:
    push = await device.pushed("conversation_updated", lambda push: push["conversation"]["last_number"] >= last_number)
    return dict(push["conversation"])


async def test_pushes_come_in_ascending_position_and_no_message_is_left_out(stage: Stage) -> None:
    alice, bob, carol = await stage.come("alice", "bob", "carol")
    ids = [await alice.start(bob, carol) for _ in range(3)]
    for conversation_id in ids:
        await bob.join(conversation_id)
    asked = []
    for _ in range(4):
        for conversation_id in ids:
            for device in (alice, carol, bob):
                asked += await burst(device, conversation_id, 3)
            asked.append(await carol.ask("mark_as_read", conversation_id=conversation_id))
    await asyncio.gather(*asked)
    await bob.barrier()
    positions = [position(push) for push in bob.pushes]
    assert all(one <= after for one, after in pairwise(positions))
    for conversation_id in ids:
        seen = [push["message"] for push in bob.named("new_message") if push["conversation_id"] == conversation_id]
        assert [one["number"] for one in seen] == list(range(1, 37))
        summaries = [push["conversation"] for push in bob.named("conversation_updated")]
        last = [one for one in summaries if one["conversation_id"] == conversation_id][-1]
        assert (last["last_number"], last["position"]) == (36, max(last["position"], seen[-1]["position"]))


@plain
async def test_several_changes_are_folded_into_the_latest_summary(stage_with: MakeStage) -> None:
    stage = await stage_with(poll=0.05)
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    await bob.join(conversation_id)
    await bob.barrier()
    await asyncio.gather(*await burst(alice, conversation_id, 200))
    await bob.barrier()
    assert numbers(bob) == list(range(1, 201))
    summaries = [push["conversation"] for push in bob.named("conversation_updated")]
    assert len(summaries) < 200
    assert [one["last_number"] for one in summaries] == sorted(one["last_number"] for one in summaries)
    assert summaries[-1] == (await bob.call("sync"))["conversations"][0]


async def test_who_is_removed_at_10_gets_message_9_and_conversation_removed_but_not_11(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob, "zoe")
    asked = [await alice.ask("send_message", **message(conversation_id)) for _ in range(3)]
    await asyncio.gather(*asked)
    await bob.join(conversation_id)
    one = {"conversation_id": conversation_id}
    asked = [
        await alice.ask("send_message", **message(conversation_id, "9")),
        await alice.ask("remove_participant", **one, user_id=bob.user_id),
        await alice.ask("send_message", **message(conversation_id, "11")),
        await alice.ask("rename_conversation", **one, title="Without bob"),
    ]
    acks = [ack[0] for ack in await asyncio.gather(*asked)]
    await bob.barrier()
    nine, removed = acks[0]["position"], acks[1]["position"]
    assert [push["message"]["body"] for push in bob.named("new_message")] == ["9"]
    assert (removed, acks[2]["position"]) == (nine + 1, nine + 2)
    told = [(name, position((name, push))) for name, push in bob.pushes]
    assert [push for push in told if push[1] > nine] == [("conversation_removed", removed)]
    await bob.refused("not_found", "join_conversation", **one)


@plain
async def test_who_is_added_again_in_the_same_breath_watches_no_more(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob, "zoe")
    await bob.join(conversation_id)
    await bob.barrier()
    one = {"conversation_id": conversation_id}
    asked = [
        await alice.ask("remove_participant", **one, user_id=bob.user_id),
        await alice.ask("add_participants", **one, user_ids=[bob.user_id]),
        await alice.ask("send_message", **message(conversation_id, "not watched")),
    ]
    await asyncio.gather(*asked)
    await bob.barrier()
    told = [name for name, _ in bob.pushes if name != "conversation_updated"]
    assert told == ["new_conversation", "conversation_removed", "new_conversation"]
    assert bob.pushes[-1][1]["conversation"] == (await bob.call("sync"))["conversations"][0]
    joined = await bob.join(conversation_id)
    assert [message["body"] for message in joined["messages"]] == ["not watched"]


async def test_the_ack_of_sync_comes_after_every_push_up_to_its_cursor(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    await bob.join(conversation_id)
    syncs = []
    for _ in range(10):
        sent = await burst(alice, conversation_id, 10)
        syncs += [await bob.ask("sync"), await bob.ask("sync", since="0")]
        await asyncio.gather(*sent)
    await asyncio.gather(*syncs)
    await bob.barrier()
    assert numbers(bob) == list(range(1, 101))
    acks = [n for n, (name, _) in enumerate(bob.heard) if name == "ack sync"]
    assert len(acks) == 21
    for n in acks:
        cursor = int(bob.heard[n][1]["cursor"])
        before, after = bob.heard[:n], bob.heard[n:]
        assert all(position(push) <= cursor for push in pushes(before))
        assert all(position(push) > cursor for push in pushes(after))


def pushes(heard: list[Push]) -> list[Push]:
    return [one for one in heard if not one[0].startswith("ack ")]


async def test_the_ack_of_join_stands_between_what_it_holds_and_what_came_after(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    for _ in range(5):
        sent = await burst(alice, conversation_id, 8)
        joins = [await bob.ask("join_conversation", conversation_id=conversation_id)]
        sent += await burst(alice, conversation_id, 8)
        joins.append(await bob.ask("leave_conversation", conversation_id=conversation_id))
        await asyncio.gather(*sent, *joins)
    await bob.join(conversation_id)
    await bob.barrier()
    watching, held = False, 0
    for name, payload in bob.heard:
        if name == "ack join_conversation":
            watching, held = True, max([one["number"] for one in payload["messages"]], default=0)
        elif name == "ack leave_conversation":
            watching = False
        elif name == "new_message":
            assert watching
            held += 1
            assert payload["message"]["number"] == held
    assert held == 80


@pytest.mark.slow
@plain
async def test_many_devices_of_many_people_all_hear_the_same(stage: Stage) -> None:
    people = await stage.come(*(f"person{n}" for n in range(8)))
    conversation_id = await people[0].start(*people[1:])
    devices = [*people, *[await stage.another(person) for person in people]]
    await asyncio.gather(*(device.join(conversation_id) for device in devices))
    asked = [one for person in people for one in await burst(person, conversation_id, 25)]
    await asyncio.gather(*asked)
    await asyncio.gather(*(device.barrier() for device in devices))
    first = devices[0].named("new_message")
    assert [push["message"]["number"] for push in first] == list(range(1, 201))
    assert all(device.named("new_message") == first for device in devices)
