"""Alive, ready, and what happens to requests while the database is away or a projection stands still."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

import httpx
import psycopg
import pytest

from interfaces import shapes
from tests.absence import allow_connections, end_sessions
from tests.interfaces.http.asking import Body, Person, new_id
from tests.interfaces.http.serving import Node, serving
from tests.interfaces.http.test_answers import metrics
from tests.serving import serving as whole_server


async def ready(node: Node, status: int) -> Body:
    response = await node.client.get("/readyz")
    assert response.status_code == status, response.text
    shapes.Ready.model_validate(response.json())
    told: Body = response.json()
    assert told["status"] == ("ready" if status == 200 else "not ready")
    return told


async def until(node: Node, found: Callable[[dict[str, Any]], bool]) -> Body:
    """The chat's check, once it is as it has to become."""
    give_up = monotonic() + 10
    while True:
        told: Body = (await node.client.get("/readyz")).json()["checks"]["projections"]["chat"]
        if found(told):
            return told
        assert monotonic() < give_up, told


async def test_alive_and_ready(node: Node, alice: Person, bob: Person) -> None:
    response = await node.client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})
    shapes.Alive.model_validate(response.json())
    await alice.start(bob)
    checks = (await ready(node, 200))["checks"]
    assert checks["database"] == "reachable"
    assert checks["projections"]["chat"] == {
        "position": node.chat.projected.position,
        "behind": 0,
        "behind_seconds": 0.0,
        "failure": None,
    }


async def test_a_projection_that_is_10_seconds_behind_is_not_ready(database_url: str) -> None:
    async with serving(database_url, patience=0.5) as node:
        alice, bob = Person(node, "alice"), Person(node, "bob")
        conversation_id = await alice.start(bob)
        with psycopg.connect(database_url) as other:
            # Somebody else is at it, and does nothing. In a thread: the projector may have to finish first.
            await asyncio.to_thread(other.execute, "SELECT FROM projections FOR UPDATE")
            path = f"/api/conversations/{conversation_id}/messages"
            await alice.done("POST", path, shapes.Sent, 201, json={"message_id": new_id(), "body": "x"})
            behind = (await ready(node, 200))["checks"]["projections"]["chat"]
            assert (behind["behind"], behind["behind_seconds"] < 10) == (1, True)
            with psycopg.connect(database_url, autocommit=True) as connection:
                query = "UPDATE events SET recorded_at = recorded_at - interval '11 s' WHERE notification_id = 2"
                connection.execute(query)
            behind = (await ready(node, 503))["checks"]["projections"]["chat"]
            assert behind["behind_seconds"] > 10
            await alice.refused("unavailable", "GET", "/api/conversations")
            counted = await metrics(node)
            assert counted['litspark_projection_behind_events{projection="chat"}'] == 1
            assert counted['litspark_projection_behind_seconds{projection="chat"}'] > 10
        await until(node, lambda told: told["behind"] == 0)
        await ready(node, 200)


async def test_a_projection_that_stands_still_is_not_ready(database_url: str) -> None:
    async with serving(database_url, poll=0.02, patience=0.5) as node:
        alice, bob = Person(node, "alice"), Person(node, "bob")
        conversation_id = await alice.start(bob)
        with psycopg.connect(database_url, autocommit=True) as connection:
            await asyncio.to_thread(connection.execute, "ALTER TABLE chat_1.participants RENAME TO gone")
            path = f"/api/conversations/{conversation_id}/messages"
            await alice.done("POST", path, shapes.Sent, 201, json={"message_id": new_id(), "body": "x"})
            told = await until(node, lambda told: told["failure"] is not None)
            assert told["failure"] == "UndefinedTable after position 1"
            await ready(node, 503)
            assert (await metrics(node))['litspark_projection_stuck{projection="chat"}'] == 1
            await asyncio.to_thread(connection.execute, "ALTER TABLE chat_1.gone RENAME TO participants")
        await until(node, lambda told: told["failure"] is None and told["behind"] == 0)
        await ready(node, 200)


@pytest.mark.slow
async def test_while_the_database_is_away_requests_are_safe_to_repeat(
    database_url: str, admin: "psycopg.Connection[Any]"
) -> None:
    async with serving(database_url, patience=0.5) as node:
        alice, bob = Person(node, "alice"), Person(node, "bob")
        conversation_id = await alice.start(bob)
        allow_connections(admin, database_url, False)
        end_sessions(admin, database_url)
        path = f"/api/conversations/{conversation_id}/messages"
        asked = {"message_id": new_id(), "body": "x"}
        for method, more in (("GET", {}), ("POST", {"json": asked})):
            problem = await alice.refused("unavailable", method, path, **more)
            assert "connection" not in problem["detail"]
        assert (await ready(node, 503))["checks"]["database"] == "unreachable"
        assert (await metrics(node))["litspark_database_up"] == 0
        assert (await node.client.get("/healthz")).status_code == 200
        allow_connections(admin, database_url, True)
        give_up = monotonic() + 20
        while (response := await alice.ask("POST", path, json=asked)).status_code == 503:
            assert monotonic() < give_up
        assert response.status_code in (200, 201)
        found = await alice.done("GET", path, shapes.Messages)
        assert [one["message_id"] for one in found["messages"]] == [asked["message_id"]]


async def test_a_server_whose_pushes_stand_still_is_not_ready(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with whole_server(database_url, poll=0.02) as node, httpx.AsyncClient(base_url=node.url) as http:
        pusher, failing = node.sockets._door.pusher, True
        step = pusher.step

        async def fail() -> bool:
            if failing:
                raise KeyError("conversation_id")
            return await step()

        monkeypatch.setattr(pusher, "step", fail)
        while (response := await http.get("/readyz")).status_code == 200:
            pass
        told = shapes.Ready.model_validate(response.json()).checks.pushes.failure
        assert told and told.startswith("KeyError after position")
        assert "litspark_pushes_stuck 1.0" in (await http.get("/metrics")).text
        failing = False
        while (await http.get("/readyz")).status_code != 200:
            pass
        assert "litspark_pushes_stuck 0.0" in (await http.get("/metrics")).text
