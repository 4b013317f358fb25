"""What is not one's own costs what does not exist costs: the same statements, or a clock would tell them apart."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from psycopg import AsyncCursor

from interfaces.requests import REQUESTS
from tests.interfaces.socketio.devices import new_id
from tests.interfaces.test_authorisation import HIDDEN, ROWS, TABLE, World, asked, device, settled
from tests.serving import Node, serving

BY_HTTP = sorted(name for name in HIDDEN if TABLE[name].http)
BY_SOCKET = sorted(REQUESTS.keys() & set(HIDDEN))
CELLS = [(name, n) for name in BY_HTTP for n in range(len(ROWS[name]))]
SOCKET_CELLS = [(name, n) for name in BY_SOCKET for n in range(len(ROWS[name]))]

ASKING = ("litspark read", "litspark write")
"""The connections of who answers: the others project."""

FOLLOWING = ("FROM projection", "notification_id > ")
"""What is asked by whoever follows the log."""


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What PostgreSQL is asked, but for how far projections and pushes have come: they may still be on their way."""
    found: Counter[str] = Counter()
    execute = AsyncCursor.execute

    async def counted(self: AsyncCursor[Any], query: Any, *more: Any, **settings: Any) -> Any:
        name = self.connection.info.parameter_status("application_name")
        if name in ASKING and not any(words in str(query) for words in FOLLOWING):
            found[" ".join(str(query).split())] += 1
        return await execute(self, query, *more, **settings)

    monkeypatch.setattr(AsyncCursor, "execute", counted)
    return found


@pytest.fixture
async def node(database_url: str) -> AsyncIterator[Node]:
    """It asks nothing by itself."""
    async with serving(database_url, dev=True, poll=600, ledger=False) as running:
        yield running


@pytest.fixture
async def client(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=node.url, timeout=20, trust_env=False) as opened:
        yield opened


def places(world: World, *, known: bool, node: Node) -> tuple[World, World]:
    """Theirs, and one that is not there. `known`: theirs is one that this process has just had to do with."""
    if not known:
        node.chat.writer._cache.clear()
    return world, World(new_id(), world.started, world.people, world.tokens)


@pytest.mark.parametrize("known", [True, False], ids=["known", "not known"])
@pytest.mark.parametrize("who", ["former", "stranger"])
async def test_by_http(node: Node, client: httpx.AsyncClient, statements: Counter[str], who: str, known: bool) -> None:
    world = await settled(node, client)
    await client.get("/api/me", headers={"Authorization": f"Bearer {world.tokens[who]}"})
    for name, n in CELLS:
        counts = []
        for place in places(world, known=known, node=node):
            statements.clear()
            answer = await asked(client, world.tokens[who], name, ROWS[name][n].payload(place))
            assert answer.status_code == 404
            counts.append(statements.copy())
        assert counts[0] == counts[1], name
        assert counts[0], name


@pytest.mark.parametrize("known", [True, False], ids=["known", "not known"])
@pytest.mark.parametrize("who", ["former", "stranger"])
async def test_by_socket(
    node: Node, client: httpx.AsyncClient, statements: Counter[str], who: str, known: bool
) -> None:
    world = await settled(node, client)
    async with device(node, world.tokens[who], world.people[who]) as theirs:
        await theirs.call("sync")
        for name, n in SOCKET_CELLS:
            counts = []
            for place in places(world, known=known, node=node):
                statements.clear()
                await theirs.refused("not_found", name, ROWS[name][n].payload(place))
                counts.append(statements.copy())
            assert counts[0] == counts[1], name
            assert counts[0], name


async def test_whoever_is_looked_for(node: Node, client: httpx.AsyncClient, statements: Counter[str]) -> None:
    world = await settled(node, client)
    counts = []
    for word in (world.people["owner"], "nobody at all"):
        statements.clear()
        answer = await client.get(
            "/api/users", params={"q": word}, headers={"Authorization": f"Bearer {world.tokens['stranger']}"}
        )
        assert answer.status_code == 200
        counts.append(statements.copy())
    assert counts[0] == counts[1]
