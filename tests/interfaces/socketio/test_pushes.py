"""Every push of the protocol: it comes to those, and only to those, whom it is for."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from tests.interfaces.socketio.conftest import plain
from tests.interfaces.socketio.devices import Device, Payload, Push
from tests.interfaces.socketio.stage import Stage


@dataclass
class Scene:
    """A group of alice, who owns it, bob and carol; bob and alice watch it on one of their two devices each.

    Dave is a stranger. `devices` by name, `conversation_id` is the group's.
    """

    devices: dict[str, Device]
    conversation_id: str

    @property
    def alice(self) -> Device:
        return self.devices["alice watching"]

    @property
    def bob(self) -> Device:
        return self.devices["bob watching"]

    @property
    def carol(self) -> Device:
        return self.devices["carol"]

    @property
    def dave(self) -> Device:
        return self.devices["dave"]

    async def told(self, act: Awaitable[Any]) -> dict[str, list[Push]]:
        """What is pushed to each device because of what somebody does; those that nothing is pushed to are left out."""
        await self.settle()
        before = {name: len(device.pushes) for name, device in self.devices.items()}
        await act
        await self.settle()
        told = {}
        for name, device in self.devices.items():
            if pushes := device.pushes[before[name] :]:
                told[name] = pushes
        return told

    async def settle(self) -> None:
        await asyncio.gather(*(device.barrier() for device in self.devices.values()))


def names(told: dict[str, list[Push]]) -> dict[str, list[str]]:
    return {device: [name for name, _ in pushes] for device, pushes in told.items()}


def the(told: dict[str, list[Push]], name: str) -> list[Payload]:
    """What was pushed under a name, to whomever."""
    return [payload for pushes in told.values() for pushed, payload in pushes if pushed == name]


@pytest.fixture
async def scene(stage: Stage) -> Scene:
    alice, bob, carol, dave = await stage.come("alice", "bob", "carol", "dave")
    idle = [await stage.another(alice), await stage.another(bob)]
    conversation_id = await alice.start(bob, carol, title="Lectures")
    await alice.join(conversation_id)
    await bob.join(conversation_id)
    devices = {
        "alice watching": alice,
        "alice": idle[0],
        "bob watching": bob,
        "bob": idle[1],
        "carol": carol,
        "dave": dave,
    }
    return Scene(devices, conversation_id)


EVERYBODY = ("alice watching", "alice", "bob watching", "bob", "carol")


async def test_a_message_comes_to_who_watches_and_a_summary_to_every_device(scene: Scene) -> None:
    sent: list[Payload] = []

    async def send() -> None:
        sent.append(await scene.alice.send(scene.conversation_id))

    told = await scene.told(send())
    watching = ["conversation_updated", "new_message"]
    assert {name: sorted(pushes) for name, pushes in names(told).items()} == {
        "alice watching": watching,
        "alice": ["conversation_updated"],
        "bob watching": watching,
        "bob": ["conversation_updated"],
        "carol": ["conversation_updated"],
    }
    for push in the(told, "new_message"):
        assert push == {"conversation_id": scene.conversation_id, "message": sent[0]}
    for name in EVERYBODY:
        (summary,) = [push["conversation"] for pushed, push in told[name] if pushed == "conversation_updated"]
        assert summary == (await scene.devices[name].call("sync"))["conversations"][0]
        assert summary["position"] == sent[0]["position"]
        assert summary["unread_count"] == (0 if "alice" in name else 1)


async def test_a_read_comes_to_who_watches_and_a_summary_to_the_readers_devices(scene: Scene) -> None:
    await scene.alice.send(scene.conversation_id)
    await scene.alice.send(scene.conversation_id)
    told = await scene.told(scene.bob.call("mark_as_read", conversation_id=scene.conversation_id, number=1))
    assert {name: sorted(pushes) for name, pushes in names(told).items()} == {
        "alice watching": ["messages_read"],
        "bob watching": ["conversation_updated", "messages_read"],
        "bob": ["conversation_updated"],
    }
    for push in the(told, "messages_read"):
        assert (push["conversation_id"], push["user_id"]) == (scene.conversation_id, scene.bob.user_id)
        assert (push["read_number"], push["position"]) == (
            1,
            the(told, "conversation_updated")[0]["conversation"]["position"],
        )
    for push in the(told, "conversation_updated"):
        assert (push["conversation"]["read_number"], push["conversation"]["unread_count"]) == (1, 1)


@pytest.mark.slow
@plain
async def test_of_reads_on_two_devices_at_once_only_those_that_move_the_place_are_told(scene: Scene) -> None:
    one = {"conversation_id": scene.conversation_id}
    for _ in range(60):
        await scene.alice.send(scene.conversation_id)
    await scene.settle()
    for number in range(2, 61, 2):
        asked = [await scene.bob.ask("mark_as_read", **one, number=number)]
        asked.append(await scene.devices["bob"].ask("mark_as_read", **one, number=number - 1))
        await asyncio.gather(*asked)
    await scene.settle()
    told = [push["read_number"] for push in scene.alice.named("messages_read")]
    assert all(before < after for before, after in pairwise(told)), told
    assert told[-1] == 60
    summaries = [push["conversation"]["read_number"] for push in scene.bob.named("conversation_updated")]
    assert summaries == sorted(summaries)


@plain
async def test_a_read_that_moves_nothing_is_not_told(scene: Scene) -> None:
    await scene.alice.send(scene.conversation_id)
    await scene.bob.call("mark_as_read", conversation_id=scene.conversation_id)
    assert not await scene.told(scene.bob.call("mark_as_read", conversation_id=scene.conversation_id, number=1))
    assert not await scene.told(scene.alice.call("mark_as_read", conversation_id=scene.conversation_id))


async def test_who_is_added_is_told_of_a_new_conversation_and_the_others_of_who_came(
    scene: Scene, stage: Stage
) -> None:
    await scene.alice.send(scene.conversation_id)
    (eve,) = await stage.come("eve")
    scene.devices |= {"eve": eve, "eve too": await stage.another(eve)}
    told = await scene.told(
        scene.bob.call(
            "add_participants", conversation_id=scene.conversation_id, user_ids=[eve.user_id, "not-known", eve.user_id]
        )
    )
    watching = ["conversation_updated", "participants_changed"]
    assert {name: sorted(pushes) for name, pushes in names(told).items()} == {
        "alice watching": watching,
        "alice": ["conversation_updated"],
        "bob watching": watching,
        "bob": ["conversation_updated"],
        "carol": ["conversation_updated"],
        "eve": ["new_conversation"],
        "eve too": ["new_conversation"],
    }
    for push in the(told, "participants_changed"):
        assert [(one["user_id"], one["name"], one["role"], one["read_number"]) for one in push["added"]] == [
            (eve.user_id, "Eve", "member", 1),
            ("not-known", "not-known", "member", 1),
        ]
        assert (push["removed"], push["owner_id"]) == ([], scene.alice.user_id)
    for push in the(told, "new_conversation"):
        assert push["conversation"] == (await eve.call("sync"))["conversations"][0]
        assert (push["conversation"]["unread_count"], push["conversation"]["participant_count"]) == (0, 5)


async def test_who_is_removed_is_told_so_and_the_others_of_who_went(scene: Scene) -> None:
    asked = {"conversation_id": scene.conversation_id, "user_id": scene.bob.user_id}
    told = await scene.told(scene.alice.call("remove_participant", **asked))
    assert {name: sorted(pushes) for name, pushes in names(told).items()} == {
        "alice watching": ["conversation_updated", "participants_changed"],
        "alice": ["conversation_updated"],
        "bob watching": ["conversation_removed"],
        "bob": ["conversation_removed"],
        "carol": ["conversation_updated"],
    }
    (changed,) = the(told, "participants_changed")
    assert (changed["added"], changed["removed"]) == ([], [scene.bob.user_id])
    assert changed["owner_id"] == scene.alice.user_id
    for push in the(told, "conversation_removed"):
        assert push == {"conversation_id": scene.conversation_id, "position": changed["position"]}
    assert not {"bob", "bob watching"} & (await scene.told(scene.alice.send(scene.conversation_id))).keys()


@plain
async def test_who_leaves_is_told_so_on_every_device(scene: Scene) -> None:
    asked = {"conversation_id": scene.conversation_id, "user_id": scene.carol.user_id}
    told = await scene.told(scene.carol.call("remove_participant", **asked))
    assert names(told)["carol"] == ["conversation_removed"]
    assert the(told, "participants_changed")[0]["removed"] == [scene.carol.user_id]


@plain
async def test_when_the_owner_leaves_who_watches_is_told_of_the_heir(scene: Scene) -> None:
    asked = {"conversation_id": scene.conversation_id, "user_id": scene.alice.user_id}
    told = await scene.told(scene.alice.call("remove_participant", **asked))
    told_of = [push for name, push in told["bob watching"] if name == "participants_changed"]
    assert [(push["removed"], push["owner_id"]) for push in told_of] == [([scene.alice.user_id], scene.bob.user_id)]
    assert names(told)["alice"] == names(told)["alice watching"] == ["conversation_removed"]


async def test_a_new_title_comes_as_a_summary_to_every_device(scene: Scene) -> None:
    told = await scene.told(
        scene.carol.call("rename_conversation", conversation_id=scene.conversation_id, title="Romans")
    )
    assert names(told) == {name: ["conversation_updated"] for name in EVERYBODY}
    assert {push["conversation"]["title"] for push in the(told, "conversation_updated")} == {"Romans"}


async def test_a_new_conversation_comes_to_every_device_of_every_participant(scene: Scene) -> None:
    told = await scene.told(scene.bob.start(scene.alice, "not-known", title="Essais"))
    new = ["new_conversation"]
    assert names(told) == {"alice watching": new, "alice": new, "bob watching": new, "bob": new}
    for name, pushes in told.items():
        (summary,) = [push["conversation"] for _, push in pushes]
        assert summary in (await scene.devices[name].call("sync"))["conversations"]


@plain
async def test_each_sees_a_new_direct_conversation_under_the_others_name(scene: Scene) -> None:
    told = await scene.told(scene.alice.start(scene.dave, kind="direct"))
    titles = {name: [push["conversation"]["title"] for _, push in pushes] for name, pushes in told.items()}
    assert titles == {"alice watching": ["Dave"], "alice": ["Dave"], "dave": ["Alice"]}
    assert {name for pushed in names(told).values() for name in pushed} == {"new_conversation"}


@plain
async def test_who_was_removed_and_is_added_again_is_told_of_a_new_conversation(scene: Scene) -> None:
    asked = {"conversation_id": scene.conversation_id}
    await scene.alice.call("remove_participant", **asked, user_id=scene.bob.user_id)
    told = await scene.told(scene.alice.call("add_participants", **asked, user_ids=[scene.bob.user_id]))
    assert names(told)["bob"] == names(told)["bob watching"] == ["new_conversation"]
    told = await scene.told(scene.alice.send(scene.conversation_id))
    assert names(told)["bob watching"] == ["conversation_updated"]  # it watches no more


@plain
async def test_who_joins_or_leaves_is_nobodys_business(scene: Scene) -> None:
    assert not await scene.told(scene.carol.join(scene.conversation_id))
    assert not await scene.told(scene.carol.call("leave_conversation", conversation_id=scene.conversation_id))


@plain
async def test_what_changes_nothing_is_not_told(scene: Scene) -> None:
    asked = {"conversation_id": scene.conversation_id}
    assert not await scene.told(scene.alice.call("rename_conversation", **asked, title="Lectures"))
    assert not await scene.told(scene.alice.call("add_participants", **asked, user_ids=[scene.bob.user_id]))
    assert not await scene.told(scene.dave.refused("not_found", "rename_conversation", **asked, title="Mine"))


@plain
async def test_a_change_of_name_alone_is_not_told(scene: Scene, stage: Stage) -> None:
    token = stage.node.token(scene.alice.user_id, "Alice Liddell")
    assert not await scene.told(scene.alice.call("authenticate", token=token))
    told = await scene.told(scene.alice.send(scene.conversation_id))
    assert {push["message"]["sender_name"] for push in the(told, "new_message")} == {"Alice Liddell"}


@plain
async def test_who_leaves_the_watch_gets_summaries_only(scene: Scene) -> None:
    await scene.bob.call("leave_conversation", conversation_id=scene.conversation_id)
    told = await scene.told(scene.alice.send(scene.conversation_id))
    assert names(told)["bob watching"] == names(told)["bob"] == ["conversation_updated"]


async def test_a_push_is_the_same_text_by_every_client_and_transport(scene: Scene) -> None:
    body = ' naïve 🙂\u2028"\\ \x01' * 100
    told = await scene.told(scene.alice.send(scene.conversation_id, body))
    assert [push["message"]["body"] for push in the(told, "new_message")] == [body, body]
