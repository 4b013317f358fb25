"""The sign-in of `serve --dev`: for this machine alone."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from interfaces import shapes
from tests.interfaces.http.asking import Person, refusal
from tests.interfaces.http.serving import Node

PORT = 4711
LOCAL = [
    f"localhost:{PORT}",
    "localhost",
    "LOCALHOST",
    "127.0.0.1",
    f"127.0.0.1:{PORT}",
    "127.9.9.9",
    "[::1]",
    "[::1]:80",
]
FOREIGN = [
    "evil.example",
    f"evil.example:{PORT}",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "192.168.1.2",
    "0.0.0.0",
    "[::]",
    "::1",
    "localhost:",
    "localhost:x",
    "localhost.",
    "user@localhost",
    "127.1",
    "",
]


def asked() -> dict[str, str]:
    return {"user_id": f"zoe-{uuid4().hex[:8]}", "name": "Zoé"}


async def test_it_hands_out_a_token_that_is_good(dev: Node) -> None:
    who = asked()
    response = await dev.client.post("/dev/sign-in", json=who)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    signed_in = shapes.SignedIn.model_validate(response.json())
    assert signed_in.user.model_dump() == who
    zoe = Person(dev, who["user_id"], token=signed_in.token)
    assert await zoe.done("GET", "/api/me", shapes.Authenticated) == {"user": who}
    found = await zoe.done("GET", "/api/users", shapes.Users, params={"q": who["user_id"]})
    assert found["users"] == [who]


async def test_a_name_may_be_left_out(dev: Node) -> None:
    user_id = asked()["user_id"]
    response = await dev.client.post("/dev/sign-in", json={"user_id": user_id})
    assert response.json()["user"] == {"user_id": user_id, "name": user_id}


@pytest.mark.parametrize(
    ("field", "payload"),
    [
        ("user_id", {}),
        ("user_id", {"user_id": "a b"}),
        ("user_id", {"user_id": None}),
        ("name", {"user_id": "a", "name": " "}),
        ("name", {"user_id": "a", "name": None}),
        ("scope", {"user_id": "a", "scope": "admin"}),
    ],
)
async def test_a_bad_sign_in_says_which_field(dev: Node, field: str, payload: dict[str, Any]) -> None:
    refusal(await dev.client.post("/dev/sign-in", json=payload), "invalid_payload", field)


@pytest.mark.parametrize("host", LOCAL)
async def test_this_machine_may_be_called_by_any_of_its_own_names(dev: Node, host: str) -> None:
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert (await dev.client.post("/dev/sign-in", json=asked(), headers=headers)).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
async def test_under_another_sites_name_there_is_nothing(dev: Node, host: str) -> None:
    refusal(await dev.client.post("/dev/sign-in", json=asked(), headers={"Host": host}), "not_found")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:5173"},
        {"Origin": "https://localhost:4711"},
        {"X-Forwarded-For": "192.0.2.7"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=192.0.2.7"},
    ],
)
async def test_for_another_sites_page_or_behind_a_proxy_there_is_nothing(dev: Node, headers: dict[str, str]) -> None:
    headers = {"Host": f"localhost:{PORT}", **headers}
    refusal(await dev.client.post("/dev/sign-in", json=asked(), headers=headers), "not_found")


@pytest.mark.parametrize(
    ("peer", "status"),
    [("127.0.0.1", 200), ("127.1.2.3", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("192.0.2.7", 404), ("::2", 404)],
)
async def test_from_another_machine_there_is_nothing(dev: Node, peer: str, status: int) -> None:
    transport = httpx.ASGITransport(dev.app, client=(peer, 1234))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://localhost:{PORT}") as client:
        assert (await client.post("/dev/sign-in", json=asked())).status_code == status


async def test_without_dev_there_is_nothing(node: Node) -> None:
    refusal(await node.client.post("/dev/sign-in", json=asked()), "not_found")
