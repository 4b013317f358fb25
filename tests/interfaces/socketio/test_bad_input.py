"""Whatever an official client sends, it gets an ack with the right code, and nothing has happened."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid1, uuid4, uuid5

import pytest

from domain.base import LITSPARK
from interfaces.requests import REQUESTS
from tests.interfaces.socketio.conftest import MakeStage, plain
from tests.interfaces.socketio.devices import Device, Payload, message, new_id, started
from tests.interfaces.socketio.stage import Stage

pytestmark = plain

NO_UUIDS: tuple[Any, ...] = (
    "",
    "x",
    5,
    True,
    [],
    {},
    None,
    uuid4().hex,
    f"{{{uuid4()}}}",
    f"urn:uuid:{uuid4()}",
    f" {uuid4()}",
    f"{uuid4()}\n",
    f"{uuid4()}0",
    "é" * 36,
    "\ud800" * 36,
    "\0" * 36,
    str(UUID(int=0)),
    str(uuid1()),
)
SERVERS_OWN = str(uuid5(LITSPARK, "a version 5"))
NO_USER_IDS: tuple[Any, ...] = ("", ".", "..", "a b", "é", "x" * 256, "a\n", "\0", "\ud800", 5, True, [], {}, None)
NO_TEXTS: tuple[Any, ...] = (
    "",
    " ",
    "\n\t\u2003 ",
    "a\0b",
    "\ud800",
    "a\udfff",
    "\udc00\ud800",
    5,
    1.5,
    True,
    [],
    {},
    None,
)
NO_NUMBERS: tuple[Any, ...] = (0, -1, 3, 1.5, "1", "", True, [], {}, None, 10**30, 2**63, 2**64, -(10**30))
NO_LISTS: tuple[Any, ...] = ("bob", 5, {}, True, None, [])


@pytest.fixture
async def alice(stage: Stage) -> AsyncIterator[Device]:
    """Alice, with the conversation `alice.group` that holds two messages; nothing that she sends changes the log."""
    (device,) = await stage.come("alice")
    group = await device.start("bob", title="Lectures")
    await device.send(group)
    await device.send(group)
    device.group = group  # type: ignore[attr-defined]
    await device.barrier()
    before, told = await stage.end(), len(device.pushes)
    yield device
    await device.barrier()
    assert await stage.end() == before
    assert len(device.pushes) == told
    await device.send(group, "The server is well")


async def each_refused(device: Device, name: str, good: Payload, field: str, values: tuple[Any, ...]) -> None:
    for value in values:
        error = await device.refused("invalid_payload", name, {**good, field: value}, field=field)
        assert error["message"].startswith(field)


def requests(group: str) -> dict[str, Payload]:
    """A good payload of each request."""
    one = {"conversation_id": group}
    return {
        "authenticate": {"token": "x"},
        "start_conversation": started("bob"),
        "join_conversation": one,
        "leave_conversation": one,
        "send_message": message(group),
        "mark_as_read": {**one, "number": 1},
        "add_participants": {**one, "user_ids": ["eve"]},
        "remove_participant": {**one, "user_id": "eve"},
        "rename_conversation": {**one, "title": "Romans"},
        "sync": {"since": "1"},
    }


async def test_a_field_too_many_is_refused(alice: Device) -> None:
    for name, good in requests(alice.group).items():
        for extra in ("actor", "sender_id", "x", "", "\ud800", "é" * 300):
            error = await alice.refused("invalid_payload", name, {**good, extra: "alice"})
            assert len(error["details"]) == 1
        await alice.refused("invalid_payload", name, {**good, **{f"field {n}": n for n in range(1_000)}})


async def test_a_field_too_few_is_refused(alice: Device) -> None:
    assert set(requests(alice.group)) == set(REQUESTS)
    for name, good in requests(alice.group).items():
        for field in good:
            if (name, field) not in (("mark_as_read", "number"), ("sync", "since")):
                left = {key: value for key, value in good.items() if key != field}
                await alice.refused("invalid_payload", name, left, field=field)
                await alice.refused("invalid_payload", name, {**good, field: None}, field=field)
            else:
                await alice.refused("invalid_payload", name, {**good, field: None}, field=field)


async def test_a_payload_that_is_no_object_is_refused(alice: Device) -> None:
    for name in (*REQUESTS, "new_message"):
        for payload in ([], [{}], "x", 5, True, None):
            await alice.refused("invalid_payload", name, payload)


async def test_two_payloads_are_refused(alice: Device) -> None:
    for name, good in requests(alice.group).items():
        for more in ({}, good, None, 5):
            await alice.refused("invalid_payload", name, good, more)
    await alice.refused("invalid_payload", "sync", *[{}] * 50)


async def test_an_id_that_is_no_uuid_is_refused(alice: Device) -> None:
    for name, good in requests(alice.group).items():
        for field in {"conversation_id", "message_id"} & good.keys():
            await each_refused(alice, name, good, field, NO_UUIDS)


async def test_a_chosen_id_of_the_servers_own_version_is_refused(alice: Device) -> None:
    await each_refused(alice, "start_conversation", started("bob"), "conversation_id", (SERVERS_OWN,))
    await each_refused(alice, "send_message", message(alice.group), "message_id", (SERVERS_OWN,))
    await alice.refused("not_found", "send_message", message(SERVERS_OWN))


async def test_a_text_out_of_its_limits_is_refused(alice: Device) -> None:
    await each_refused(alice, "send_message", message(alice.group), "body", (*NO_TEXTS, "x" * 8001, "🙂" * 8001))
    one = {"conversation_id": alice.group}
    await each_refused(alice, "rename_conversation", one, "title", (*NO_TEXTS, "x" * 121))
    await each_refused(alice, "start_conversation", started("bob"), "title", (*NO_TEXTS, "🙂" * 121))


async def test_a_user_id_that_is_none_is_refused(alice: Device) -> None:
    one = {"conversation_id": alice.group}
    await each_refused(alice, "remove_participant", one, "user_id", NO_USER_IDS)
    for name, good, field in (
        ("add_participants", one, "user_ids"),
        ("start_conversation", started("bob"), "participant_ids"),
    ):
        await each_refused(alice, name, good, field, NO_LISTS)
        for bad in NO_USER_IDS:
            await alice.refused("invalid_payload", name, {**good, field: ["bob", bad]}, field=f"{field}.1")


async def test_a_kind_that_is_none_is_refused(alice: Device) -> None:
    kinds = ("", "pair", "Direct", "\ud800", "group ", 5, True, [], {}, None)
    await each_refused(alice, "start_conversation", started("bob"), "kind", kinds)


async def test_a_number_that_is_none_is_refused(alice: Device) -> None:
    await each_refused(alice, "mark_as_read", {"conversation_id": alice.group}, "number", NO_NUMBERS)


async def test_a_conversation_that_cannot_be_is_refused(alice: Device) -> None:
    async def refused(field: str, *people: str, **more: Any) -> None:
        await alice.refused("invalid_payload", "start_conversation", {**started(*people), **more}, field=field)

    many = [f"person{n}" for n in range(1, 1_002)]
    await refused("participant_ids", alice.user_id)
    await refused("participant_ids", alice.user_id, alice.user_id)
    await refused("participant_ids", alice.user_id, kind="direct")
    await refused("participant_ids", "bob", "eve", kind="direct")
    await refused("participant_ids", *many[:1_000])
    await refused("participant_ids", *many)
    await refused("title", "bob", kind="direct", title="Lectures")
    adding = {"conversation_id": alice.group, "user_ids": many[:999]}
    await alice.refused("invalid_payload", "add_participants", adding, field="user_ids")


async def test_an_event_that_does_not_exist_is_not_found(alice: Device) -> None:
    for name in (
        "x",
        "",
        "SYNC",
        "sync ",
        "messages_read",
        "session_expired",
        "\ud800",
        "\0",
        "x" * 10_000,
        "__proto__",
    ):
        await alice.refused("not_found", name, {})
        await alice.refused("not_found", name, [], 5)


async def test_a_frame_of_300_kib_is_too_large(alice: Device) -> None:
    for body in ("x" * 300 * 1024, "é" * 150 * 1024):
        await alice.refused("too_large", "send_message", message(alice.group, body))
        await alice.refused("too_large", "no such event", body)
    within = 256 * 1024 - 1_000
    await alice.refused("invalid_payload", "send_message", message(alice.group, "x" * within), field="body")


async def test_a_token_that_is_too_large_is_refused_before_anything_else(stage: Stage) -> None:
    await stage.turned_away("too_large", "x" * 300 * 1024)
    nobody = await stage.device(stage.user_id("nobody")).connect()
    await nobody.refused("too_large", "authenticate", token="x" * 300 * 1024)
    await nobody.refused("unauthenticated", "sync", since="x" * 300 * 1024)


async def test_a_request_that_asks_for_no_ack_is_carried_out_or_not(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    conversation_id = await alice.start("bob")
    await alice.join(conversation_id)
    await alice.tell("send_message", message(conversation_id, "no ack"))
    await alice.tell("send_message", message(new_id()))
    await alice.tell("send_message", {})
    await alice.tell("no such event")
    push = await alice.pushed("new_message")
    assert push["message"]["body"] == "no ack"
    assert (await alice.join(conversation_id))["conversation"]["last_number"] == 1


async def test_a_message_that_is_as_long_as_may_be_is_sent(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    conversation_id = await alice.start("bob", title="🙂" * 120)
    assert (await alice.send(conversation_id, "🙂" * 8000))["number"] == 1


async def test_a_thousand_people_may_talk(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    people = [f"person{n}" for n in range(1, 1_001)]
    conversation_id = await alice.start(*people[:999])
    adding = {"conversation_id": conversation_id, "user_ids": people}
    await alice.refused("invalid_payload", "add_participants", adding, field="user_ids")
    await alice.call("add_participants", conversation_id=conversation_id, user_ids=people[:999])


async def test_session_and_rate_come_before_shape_and_shape_before_access(stage_with: MakeStage) -> None:
    stage = await stage_with(commands_per_second=0.1, command_burst=4)
    (alice,) = await stage.come("alice")
    late = await stage.device(stage.user_id("bob")).connect()
    await late.refused("unauthenticated", "send_message", [], 5)
    await alice.refused("invalid_payload", "send_message", message("no uuid"))
    await alice.refused("invalid_payload", "send_message", message(new_id(), ""))
    await alice.refused("not_found", "send_message", message(new_id()))
    await alice.refused("too_large", "no such event", "x" * 300 * 1024)
    await alice.refused("rate_limited", "send_message", [], 5)
    await alice.refused("rate_limited", "no such event", "x" * 300 * 1024)
