"""Who may come in, as whom, and for how long."""

import asyncio
from time import time
from typing import Any
from uuid import uuid4

import pytest

from interfaces.requests import ALIASES, REQUESTS
from tests.interfaces.socketio.conftest import MakeStage, plain
from tests.interfaces.socketio.devices import Device, Payload, an_error
from tests.interfaces.socketio.stage import Stage
from tests.interfaces.socketio.tokens import BAD_TOKENS, token


async def came_without_token(stage: Stage, called: str) -> Device:
    return await stage.device(stage.user_id(called)).connect()


async def test_a_token_at_connect_lets_in_at_once(stage: Stage) -> None:
    (alice,) = await stage.come("alice")
    assert (await alice.call("sync"))["conversations"] == []


@pytest.mark.parametrize("bad", ["another key", "alg none"])
async def test_a_bad_token_at_connect_is_a_connect_error(stage: Stage, bad: str) -> None:
    await stage.turned_away("invalid_token", BAD_TOKENS[bad])


@plain
async def test_a_token_at_connect_is_judged_whatever_it_holds(stage: Stage) -> None:
    for bad in BAD_TOKENS.values():
        await stage.turned_away("invalid_token", bad)
    await stage.turned_away("invalid_token", auth={"token": None})
    await stage.turned_away("token_expired", token(exp=time() - 1))
    await stage.turned_away("token_expired", token(exp=-1))


@plain
async def test_a_bad_token_in_authenticate_is_refused_and_a_good_one_may_follow(stage: Stage) -> None:
    device = await came_without_token(stage, "alice")
    for bad in BAD_TOKENS.values():
        await device.refused("invalid_token", "authenticate", token=bad)
    await device.refused("token_expired", "authenticate", token=token(exp=time() - 1))
    await device.refused("invalid_payload", "authenticate", field="token")
    await device.refused("invalid_payload", "authenticate", token=None, field="token")
    await device.refused("invalid_payload", "authenticate", token="x", name="Alice", field="name")
    await device.refused("unauthenticated", "sync")
    ack = await device.call("authenticate", token=stage.node.token(device.user_id, "Alice"))
    assert ack["user"] == {"user_id": device.user_id, "name": "Alice"}
    await device.call("sync")


async def test_without_a_token_every_request_but_authenticate_is_unauthenticated(stage: Stage) -> None:
    device = await came_without_token(stage, "alice")
    before = await stage.end()
    for name in [*REQUESTS, *ALIASES, "no such event"]:
        if name != "authenticate":
            await device.refused("unauthenticated", name)
    await device.refused("unauthenticated", "sync", [], 5)
    assert await stage.end() == before
    await device.call("authenticate", token=stage.node.token(device.user_id))
    await device.start("bob")
    await device.pushed("new_conversation")


@plain
async def test_auth_that_holds_no_token_is_no_token(stage: Stage) -> None:
    for auth in ({"jwt": stage.node.token("alice")}, {"Token": "x"}):
        device = await stage.device(stage.user_id("alice")).connect(auth=auth)
        await device.refused("unauthenticated", "sync")


@plain
async def test_who_does_not_authenticate_in_time_is_disconnected(stage_with: MakeStage) -> None:
    stage = await stage_with(authenticate_within=2)
    alice = await came_without_token(stage, "alice")
    bob = await came_without_token(stage, "bob")
    await alice.refused("unauthenticated", "sync")
    await bob.call("authenticate", token=stage.node.token(bob.user_id))
    (carol,) = await stage.come("carol")
    await asyncio.wait_for(alice.gone.wait(), 10)
    assert not alice.pushes
    for device in (bob, carol):
        await device.call("sync")
        assert not device.gone.is_set()


async def test_authenticate_and_a_request_may_be_sent_in_one_breath(stage: Stage) -> None:
    device = await came_without_token(stage, "alice")
    conversation_id, message_id = str(uuid4()), str(uuid4())
    requests: list[tuple[str, Payload]] = [
        ("authenticate", {"token": stage.node.token(device.user_id, "Alice")}),
        ("start_conversation", {"conversation_id": conversation_id, "kind": "group", "participant_ids": ["bob"]}),
        ("send_message", {"conversation_id": conversation_id, "message_id": message_id, "body": "Bonjour"}),
        ("join_conversation", {"conversation_id": conversation_id}),
        ("sync", {}),
    ]
    asked = [(name, await device.ask(name, **payload)) for name, payload in requests]
    acks = [await device.answer(name, one) for name, one in asked]
    assert acks[2]["message"]["sender_name"] == "Alice"
    assert acks[3]["messages"] == [acks[2]["message"]]
    assert [one["last_number"] for one in acks[4]["conversations"]] == [1]


async def test_a_bad_token_and_a_request_in_one_breath_are_both_refused(stage: Stage) -> None:
    device = await came_without_token(stage, "alice")
    bad, sync = await device.ask("authenticate", token="x"), await device.ask("sync")
    acks = await asyncio.gather(bad, sync)
    assert [ack[0]["error"]["code"] for ack in acks] == ["invalid_token", "unauthenticated"]


async def test_a_token_that_expires_ends_the_session(stage: Stage) -> None:
    began = time()
    alice = await stage.one("alice", ttl=2)
    bob = await came_without_token(stage, "bob")
    await bob.call("authenticate", token=stage.node.token(bob.user_id, ttl=2))
    for device in (alice, bob):
        push = await device.pushed("session_expired")
        assert an_error(push["error"])["code"] == "token_expired"
        assert time() >= began + 2
        await asyncio.wait_for(device.gone.wait(), 10)
        assert device.heard[-1] == ("session_expired", push)
    await alice.connect(stage.node.token(alice.user_id))
    await alice.call("sync")


@plain
async def test_a_fresh_token_prolongs_the_session(stage: Stage) -> None:
    alice, bob = await asyncio.gather(stage.one("alice", ttl=2), stage.one("bob", ttl=2))
    await alice.call("authenticate", token=stage.node.token(alice.user_id))
    await bob.pushed("session_expired")
    await alice.call("sync")
    assert not alice.named("session_expired")
    await alice.call("authenticate", token=stage.node.token(alice.user_id, ttl=0.1))  # or makes it shorter
    await alice.pushed("session_expired")
    await asyncio.wait_for(alice.gone.wait(), 10)


@plain
async def test_a_session_stays_its_users(stage: Stage) -> None:
    alice, bob = await stage.come("alice", "bob")
    await alice.refused("forbidden", "authenticate", token=stage.node.token(bob.user_id))
    conversation_id = await alice.start(bob)
    assert (await alice.send(conversation_id))["sender_id"] == alice.user_id
    await bob.refused("invalid_token", "authenticate", token="x")
    await bob.send(conversation_id)


@plain
async def test_a_session_that_could_not_be_prolonged_ends_when_it_would_have(stage: Stage) -> None:
    alice = await stage.one("alice", ttl=2)
    await alice.refused("forbidden", "authenticate", token=stage.node.token("bob"))
    await alice.refused("invalid_token", "authenticate", token="x")
    await alice.call("sync")
    await alice.pushed("session_expired")
    await asyncio.wait_for(alice.gone.wait(), 10)


@plain
async def test_the_later_token_tells_the_name(stage: Stage) -> None:
    user_id = stage.user_id("alice")
    now = time()

    async def called(**claims: Any) -> str:
        device = await stage.device(user_id).connect(token(sub=user_id, **claims))
        ack = await device.call("authenticate", token=token(sub=user_id))
        return str(ack["user"]["name"])

    assert await called() == user_id
    assert await called(name="Alice", iat=now) == "Alice"
    assert await called(name="Alicia", iat=now - 10) == "Alice"
    assert await called(name="Alice L.", iat=now + 1) == "Alice L."
    for bad in ("", "  ", "\0", "x" * 121, 5, None):
        assert await called(name=bad, iat=now + 20) == "Alice L."


@plain
async def test_who_comes_again_is_let_in_though_nothing_can_be_pushed(
    stage_with: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def halt() -> bool:
        return False

    stage = await stage_with()  # a server that nobody else uses: it stays behind
    user_id, now = stage.user_id("alice"), time()
    monkeypatch.setattr(stage.node.sockets._door.pusher, "step", halt)
    for name, at in (("Alice", now), ("Alice", now), ("Alicia", now - 10)):
        device = await stage.device(user_id).connect(token(sub=user_id, name=name, iat=at))
        ack = await device.call("authenticate", token=token(sub=user_id))
        assert ack["user"] == {"user_id": user_id, "name": "Alice"}


@plain
async def test_the_later_token_tells_the_name_whichever_process_it_came_to(stage_with: MakeStage) -> None:
    left, right = await stage_with(), await stage_with()
    now = time()

    async def called(stage: Stage, name: str, iat: float) -> str:
        device = await stage.device("alice").connect()
        ack = await device.call("authenticate", token=token(sub="alice", name=name, iat=iat))
        return str(ack["user"]["name"])

    assert await called(left, "Alice", now - 100) == "Alice"
    assert await called(left, "Alice", now - 10) == "Alice"
    assert await called(right, "Alicia", now - 50) == "Alice"
    assert await called(right, "Alicia", now - 5) == "Alicia"
    await (await left.one("somebody")).call("sync", min_position=await right.end())
    assert await called(left, "Alice", now - 10) == "Alicia"


@pytest.mark.parametrize("user_id", ["auth0|5f7c", "[nas]peter", "a/b", "x" * 255, "~!\"'<>%2e"])
@plain
async def test_a_user_id_is_any_printable_text(stage: Stage, user_id: str) -> None:
    device = await stage.device(user_id).connect(token(sub=user_id))
    conversation_id = await device.start("someone")
    assert (await device.send(conversation_id))["sender_id"] == user_id


@plain
async def test_audience_and_issuer_are_checked_where_they_are_set(stage_with: MakeStage) -> None:
    stage = await stage_with(jwt_audience="litspark", jwt_issuer="https://login.example.fr")
    good = {"aud": "litspark", "iss": "https://login.example.fr"}
    await stage.turned_away("invalid_token", token())
    await stage.turned_away("invalid_token", token(**{**good, "aud": "other"}))
    await stage.turned_away("invalid_token", token(**{**good, "iss": "other"}))
    await stage.device("alice").connect(token(sub="alice", **good))
    await stage.device("alice").connect(token(sub="alice", **{**good, "aud": ["other", "litspark"]}))
