"""Who may do what: every request, by every door, for everybody who might ask. One without a row here fails."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from interfaces.http.reads import READS
from interfaces.requests import REQUESTS, Request
from tests import contract
from tests.conftest import _database
from tests.interfaces.socketio.devices import Device, PythonDevice, Refused, Way, new_id
from tests.interfaces.socketio.tokens import OTHER_SECRET, token
from tests.serving import Node, serving

Payload = dict[str, Any]

WHO = ("owner", "member", "former", "stranger")
"""In and around a group: `former` was removed from it, the stranger knows its id."""

OK = dict.fromkeys(WHO, "ok")
PARTICIPANTS_ONLY = OK | dict.fromkeys(("former", "stranger"), "not_found")


@dataclass(frozen=True)
class World:
    """A group of an owner, a member and one more, with a message in it; everybody has a token."""

    conversation_id: str
    started: Payload
    people: Mapping[str, str]
    tokens: Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """What a request holds, and what it is answered: `ok`, or a code of the protocol."""

    payload: Callable[[World], Payload]
    answers: Mapping[str, str]


def of_the_group(**more: Any) -> Callable[[World], Payload]:
    return lambda world: {"conversation_id": world.conversation_id, **more}


ROWS: dict[str, list[Row]] = {
    "authenticate": [],  # tested below: what it is answered goes by the token alone
    "start_conversation": [
        Row(lambda world: {**world.started, "conversation_id": new_id()}, OK),
        Row(lambda world: world.started, OK | dict.fromkeys(("member", "former", "stranger"), "conflict")),
    ],
    "join_conversation": [Row(of_the_group(), PARTICIPANTS_ONLY)],
    "leave_conversation": [Row(of_the_group(), OK)],  # of what is not watched, it says nothing
    "send_message": [Row(lambda world: {**of_the_group(body="!")(world), "message_id": new_id()}, PARTICIPANTS_ONLY)],
    "mark_as_read": [Row(of_the_group(), PARTICIPANTS_ONLY), Row(of_the_group(number=1), PARTICIPANTS_ONLY)],
    "add_participants": [
        Row(lambda world: of_the_group(user_ids=[f"new-{world.people['owner']}"])(world), PARTICIPANTS_ONLY),
        Row(lambda world: of_the_group(user_ids=[world.people["stranger"]])(world), PARTICIPANTS_ONLY),
        Row(lambda world: of_the_group(user_ids=[world.people["former"]])(world), PARTICIPANTS_ONLY),
    ],
    "remove_participant": [
        Row(
            lambda world: of_the_group(user_id=world.people["other"])(world),
            PARTICIPANTS_ONLY | {"member": "forbidden"},
        ),
        Row(lambda world: of_the_group(user_id=world.people["member"])(world), PARTICIPANTS_ONLY),
    ],
    "rename_conversation": [Row(of_the_group(title="Autre"), PARTICIPANTS_ONLY)],
    "sync": [Row(lambda world: {}, OK)],
    "me": [Row(lambda world: {}, OK)],
    "unread": [Row(lambda world: {}, OK)],
    "conversations": [Row(lambda world: {}, OK)],
    "conversation": [Row(of_the_group(), PARTICIPANTS_ONLY)],
    "messages": [Row(of_the_group(), PARTICIPANTS_ONLY)],
    "users": [Row(lambda world: {"q": "someone"}, OK)],
}

PUBLIC = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/asyncapi.json",
    "/docs",
    "/dev/sign-in",  # with --dev alone, and by its own rules: tests/interfaces/http/test_sign_in.py
    "/",
    "/c/{conversation_id}",  # the pages alone, which ask for a token themselves
    "/audit",
    "/audit/{conversation_id}",
    "/analytics",
    "/assets/{name}",
    "/socket.io",
}
"""What asks for no token."""

CONVERSATION = "/api/audit/conversations/{conversation_id}"
SCOPED = {
    "/api/audit/conversations": ("audit", "q=Lectures"),
    f"{CONVERSATION}/history": ("audit", ""),
    f"{CONVERSATION}/replay": ("audit", ""),
    f"{CONVERSATION}/explain": ("audit", "user_id={member}"),
    "/api/audit/replay": ("audit", "user_id={member}"),
    "/api/audit/readings": ("audit", ""),
    "/api/analytics": ("analytics", ""),
    "/api/analytics/{report}": ("analytics", ""),
    "/api/audit/verification": ("audit", ""),
    "/api/audit/export": ("audit", "to=1"),
}
"""What asks for a scope of the token and not for being a participant, and what it asks besides."""

TABLE: dict[str, Request] = {
    entry.name: entry for entry in (*REQUESTS.values(), *READS) if not (entry.http and entry.http.scope)
}
CELLS = [
    pytest.param(name, row, who, id=f"{name}-{n}-{who}")
    for name, rows in ROWS.items()
    for n, row in enumerate(rows)
    for who in WHO
]
BY_SOCKET = [cell for cell in CELLS if cell.values[0] in REQUESTS]
BY_HTTP = [cell for cell in CELLS if TABLE[cell.values[0]].http]


@pytest.fixture(scope="module")
def _url(postgres_url: str, _admin: Any, _template: str) -> Iterator[str]:
    with _database(_admin, postgres_url, _template) as url:
        yield url


@pytest_asyncio.fixture(scope="module")
async def node(_url: str) -> AsyncIterator[Node]:
    async with serving(_url, dev=True) as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def client(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    hooks: Any = {"response": [contract.response]}
    async with httpx.AsyncClient(base_url=node.url, timeout=20, event_hooks=hooks) as opened:
        yield opened


@pytest.fixture
async def world(node: Node, client: httpx.AsyncClient) -> World:
    return await settled(node, client)


async def settled(node: Node, client: httpx.AsyncClient) -> World:
    people = {who: f"{who}-{uuid4().hex[:8]}" for who in (*WHO, "other")}
    tokens = {who: node.token(user_id) for who, user_id in people.items()}
    others = [people["member"], people["other"], people["former"]]
    started = {"conversation_id": new_id(), "kind": "group", "participant_ids": others, "title": "Lectures"}
    made = World(started["conversation_id"], started, people, tokens)
    for name, payload in (
        ("start_conversation", started),
        ("send_message", of_the_group(message_id=new_id(), body="Bonjour")(made)),
        ("remove_participant", of_the_group(user_id=people["former"])(made)),
    ):
        assert await by_http(client, tokens["owner"], name, payload) == "ok"
    return made


async def asked(client: httpx.AsyncClient, token: str | None, name: str, payload: Payload) -> httpx.Response:
    """What HTTP answers: what the path does not name goes into the query of a GET, else into the body."""
    http = TABLE[name].http
    assert http is not None, f"{name} is not for HTTP"
    rest = dict(payload)
    path = http.path.replace(":path}", "}")
    for field in [field for field in payload if f"{{{field}}}" in path]:
        path = path.replace(f"{{{field}}}", str(rest.pop(field)))
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    content: Payload = {"params": rest} if http.method == "GET" else {"json": rest} if rest else {}
    return await client.request(http.method, path, headers=headers, **content)


async def by_http(client: httpx.AsyncClient, token: str | None, name: str, payload: Payload) -> str:
    """`ok`, or the code of the problem."""
    answer = await asked(client, token, name, payload)
    return "ok" if answer.is_success else str(answer.json()["code"])


@asynccontextmanager
async def device(node: Node, token: str | None, user_id: str = "nobody") -> AsyncIterator[Device]:
    made = PythonDevice(node.url, user_id, Way("python", "websocket"))
    await made.connect(token)
    try:
        yield made
    finally:
        await made.disconnect()


async def by_socket(device: Device, name: str, payload: Payload) -> str:
    try:
        await device.call(name, **payload)
    except Refused as refusal:
        return str(refusal.code)
    return "ok"


def test_every_request_has_a_row() -> None:
    assert ROWS.keys() == TABLE.keys()
    assert all(row.answers.keys() == set(WHO) for rows in ROWS.values() for row in rows)


def test_every_route_has_a_row(node: Node) -> None:
    known = PUBLIC | SCOPED.keys() | {entry.http.path for entry in TABLE.values() if entry.http}
    assert {route.path for route in node.app.routes} <= known


@pytest.mark.parametrize(("name", "row", "who"), BY_HTTP)
async def test_by_http(client: httpx.AsyncClient, world: World, name: str, row: Row, who: str) -> None:
    assert await by_http(client, world.tokens[who], name, row.payload(world)) == row.answers[who]


@pytest.mark.parametrize(("name", "row", "who"), BY_SOCKET)
async def test_by_socket(node: Node, world: World, name: str, row: Row, who: str) -> None:
    async with device(node, world.tokens[who], world.people[who]) as theirs:
        assert await by_socket(theirs, name, row.payload(world)) == row.answers[who]


BAD_TOKENS = {
    "none": (None, "unauthenticated"),
    "expired": (token(exp=1), "token_expired"),
    "forged": (token(OTHER_SECRET), "invalid_token"),
}


@pytest.mark.parametrize("bad", BAD_TOKENS)
@pytest.mark.parametrize("name", [name for name, entry in TABLE.items() if entry.http])
async def test_http_answers_nobody_without_a_good_token(
    client: httpx.AsyncClient, world: World, name: str, bad: str
) -> None:
    token, code = BAD_TOKENS[bad]
    for row in ROWS[name]:
        assert await by_http(client, token, name, row.payload(world)) == code


@pytest.mark.parametrize("path", SCOPED)
async def test_what_has_a_scope_is_for_tokens_of_that_scope_alone(
    client: httpx.AsyncClient, node: Node, world: World, path: str
) -> None:
    scope, query = SCOPED[path]
    url = f"{path}?{query}".format(conversation_id=world.conversation_id, report="activity", **world.people)

    async def answer(token: str | None) -> httpx.Response:
        headers = {"Audit-Reason": "a test"} | ({"Authorization": f"Bearer {token}"} if token else {})
        return await client.get(url, headers=headers)

    for bad, code in BAD_TOKENS.values():
        assert (await answer(bad)).json()["code"] == code
    others = [other for other in ("audit", "analytics", "admin") if other != scope]
    for held in ("", *others, " ".join(others), scope.upper(), f"{scope}s"):
        for who in WHO:
            assert (await answer(node.token(world.people[who], scope=held))).json()["code"] == "forbidden", held
    for held in (scope, f"admin {scope}"):
        # An export of what is not signed here has to wait, and that is for auditors to know.
        assert (await answer(node.token(world.people["stranger"], scope=held))).status_code in (200, 503)


async def test_a_socket_answers_nobody_who_has_not_said_who_it_is(node: Node, world: World) -> None:
    async with device(node, None) as theirs:
        for name in REQUESTS.keys() - {"authenticate"}:
            for row in ROWS[name]:
                assert await by_socket(theirs, name, row.payload(world)) == "unauthenticated"


async def test_a_session_stays_its_users(node: Node, world: World) -> None:
    async with device(node, world.tokens["stranger"]) as theirs:
        assert await by_socket(theirs, "authenticate", {"token": world.tokens["owner"]}) == "forbidden"
        assert await by_socket(theirs, "join_conversation", of_the_group()(world)) == "not_found"
        assert await by_socket(theirs, "authenticate", {"token": world.tokens["stranger"]}) == "ok"


HIDDEN = [name for name, rows in ROWS.items() if any(row.answers == PARTICIPANTS_ONLY for row in rows)]


@pytest.mark.parametrize("who", ["former", "stranger"])
async def test_what_is_not_ones_own_looks_like_what_does_not_exist(
    client: httpx.AsyncClient, node: Node, world: World, who: str
) -> None:
    """In every word of the answer, but for the time."""
    elsewhere = World(new_id(), world.started, world.people, world.tokens)
    for name in HIDDEN:
        if TABLE[name].http is None:
            continue
        one, other = [
            await asked(client, world.tokens[who], name, ROWS[name][0].payload(place)) for place in (world, elsewhere)
        ]
        assert (one.status_code, one.json()) == (other.status_code, other.json()), name
        assert one.headers.keys() == other.headers.keys()
    async with device(node, world.tokens[who], world.people[who]) as theirs:
        for name in REQUESTS.keys() & set(HIDDEN):
            errors = [
                await theirs.refused("not_found", name, ROWS[name][0].payload(place)) for place in (world, elsewhere)
            ]
            assert errors[0] == errors[1], name


@pytest.mark.parametrize("who", ["former", "stranger"])
async def test_nothing_that_is_listed_tells_of_what_is_not_ones_own(
    client: httpx.AsyncClient, world: World, who: str
) -> None:
    for name in ("unread", "conversations", "sync"):
        told = (await asked(client, world.tokens[who], name, {})).json()
        told.pop("removed", None)  # that one was removed, one may know
        assert world.conversation_id not in str(told), name


async def test_what_happens_is_pushed_to_participants_alone(
    client: httpx.AsyncClient, node: Node, world: World
) -> None:
    heard: dict[str, str] = {}

    async def listen(who: str, ready: asyncio.Barrier, over: asyncio.Event) -> None:
        async with device(node, world.tokens[who], world.people[who]) as theirs:
            await by_socket(theirs, "join_conversation", of_the_group()(world))
            await theirs.barrier()
            theirs.heard.clear()  # of what made the world as it is
            await ready.wait()
            await over.wait()
            await theirs.barrier()
            heard[who] = str(theirs.pushes)

    ready, over = asyncio.Barrier(len(WHO) + 1), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for who in WHO:
            group.create_task(listen(who, ready, over))
        await ready.wait()
        sent = of_the_group(message_id=new_id(), body="entre nous")(world)
        assert await by_http(client, world.tokens["owner"], "send_message", sent) == "ok"
        over.set()
    assert {who for who in WHO if "entre nous" in heard[who]} == {"owner", "member"}
    assert {who for who in WHO if world.conversation_id in heard[who]} == {"owner", "member"}
