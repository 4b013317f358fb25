"""The list of conversations: from the start, and from a cursor on."""

import asyncio

from tests.interfaces.socketio.conftest import plain
from tests.interfaces.socketio.devices import Device, Payload, started
from tests.interfaces.socketio.stage import Stage


async def start_many(device: Device, count: int, *others: Device | str) -> list[str]:
    """Starts conversations in one breath; their ids in the order of their positions."""
    asked = [await device.ask("start_conversation", **started(*others)) for _ in range(count)]
    acks = [await device.answer("start_conversation", one) for one in asked]
    return [ack["conversation"]["conversation_id"] for ack in sorted(acks, key=lambda ack: ack["position"])]


async def pages(device: Device, **since: str) -> list[Payload]:
    """All pages of a sync."""
    found = [await device.call("sync", **since)]
    while found[-1]["has_more"]:
        found.append(await device.call("sync", since=found[-1]["cursor"]))
    return found


def ids(page: Payload) -> list[str]:
    return [one["conversation_id"] for one in page["conversations"]]


@plain
async def test_sync_is_200_a_page_by_position(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    started_ids = await start_many(alice, 205, bob)
    found = await pages(bob)
    assert [len(page["conversations"]) for page in found] == [200, 5]
    assert [one for page in found for one in ids(page)] == started_ids
    assert found[0]["cursor"] == str(found[0]["conversations"][-1]["position"])
    assert found[1]["cursor"] == str(await stage.end())
    assert await pages(bob, since="0") == found
    assert await pages(bob, since=found[1]["cursor"]) == [
        {"ok": True, "conversations": [], "removed": [], "cursor": found[1]["cursor"], "has_more": False}
    ]


@plain
async def test_removals_are_in_the_same_pages_by_their_positions(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    started_ids = await start_many(alice, 205, bob)
    cursor = (await pages(bob))[-1]["cursor"]
    removed = started_ids[::2]
    kept = started_ids[1::2]
    asked = [await alice.ask("remove_participant", conversation_id=one, user_id=bob.user_id) for one in removed]
    asked += [await alice.ask("rename_conversation", conversation_id=one, title="Another") for one in started_ids]
    await asyncio.gather(*asked)
    await bob.barrier()
    found = await pages(bob, since=cursor)
    assert [(len(page["conversations"]), len(page["removed"])) for page in found] == [(97, 103), (5, 0)]
    assert [one for page in found for one in page["removed"]] == removed
    assert [one for page in found for one in ids(page)] == kept
    fresh = await pages(bob)
    assert [(ids(page), page["removed"]) for page in fresh] == [(kept, [])]


@plain
async def test_who_was_added_again_finds_it_in_conversations_only(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    back, gone = await start_many(alice, 2, bob)
    cursor = (await bob.call("sync"))["cursor"]
    for one in (back, gone):
        await alice.call("remove_participant", conversation_id=one, user_id=bob.user_id)
    synced = await bob.call("sync", since=cursor)
    assert (ids(synced), synced["removed"]) == ([], [back, gone])
    await alice.call("add_participants", conversation_id=back, user_ids=[bob.user_id])
    synced = await bob.call("sync", since=cursor)
    assert (ids(synced), synced["removed"]) == ([back], [gone])
    assert (await bob.call("sync", since=synced["cursor"]))["removed"] == []


@plain
async def test_sync_tells_what_changed_since_and_nothing_else(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    one, two, three = await start_many(alice, 3, bob)
    synced = await bob.call("sync")
    assert ids(synced) == [one, two, three]
    cursor = synced["cursor"]
    assert ids(await bob.call("sync", since=cursor)) == []
    await alice.send(two)
    await alice.call("rename_conversation", conversation_id=one, title="Lectures")
    assert ids(await bob.call("sync", since=cursor)) == [two, one]
    await bob.call("mark_as_read", conversation_id=two)
    synced = await bob.call("sync", since=cursor)
    assert ids(synced) == [one, two]  # reading moved it
    assert synced["conversations"][-1]["unread_count"] == 0
    assert ids(await alice.call("sync", since=cursor)) == [two, one]  # another's reading does not


@plain
async def test_a_summarys_position_is_that_of_its_last_change(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    one = {"conversation_id": conversation_id}

    async def position(device: Device) -> int:
        return int((await device.call("sync"))["conversations"][0]["position"])

    sent = await alice.send(conversation_id)
    assert await position(alice) == await position(bob) == sent["position"]
    read = await bob.call("mark_as_read", **one)
    assert (await position(alice), await position(bob)) == (sent["position"], read["position"])
    renamed = await bob.call("rename_conversation", **one, title="Lectures")
    assert await position(alice) == await position(bob) == renamed["position"]


@plain
async def test_a_message_is_what_a_conversation_was_updated_at(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    conversation_id = await alice.start(bob)
    one = {"conversation_id": conversation_id}
    created = (await bob.call("sync"))["conversations"][0]
    assert created["updated_at"] == created["created_at"]
    sent = await alice.send(conversation_id)
    await bob.call("mark_as_read", **one)
    await bob.call("rename_conversation", **one, title="Lectures")
    summary = (await bob.call("sync"))["conversations"][0]
    assert (summary["updated_at"], summary["created_at"]) == (sent["sent_at"], created["created_at"])
