"""One server for all tests that need nothing special of it, and the official clients to reach it by."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from tests.conftest import _database
from tests.interfaces.socketio.devices import WAYS, Driver, Way, driving
from tests.interfaces.socketio.raw import Raws, raws
from tests.interfaces.socketio.stage import Stage, nobody_is_left, staged
from tests.serving import Node, serving

MakeStage = Callable[..., Awaitable[Stage]]

PLAIN = [Way("javascript", "polling"), Way("python", "websocket")]


def slowly(way: Way) -> Any:
    """All ways but the quickest are for those tests that take their time."""
    return pytest.param(way, marks=() if way == PLAIN[1] else pytest.mark.slow, id=str(way))


plain = pytest.mark.parametrize("way", [slowly(way) for way in PLAIN])
"""For what does not depend on the way: both clients, and both transports."""

either = pytest.mark.parametrize("transport", ["websocket", pytest.param("polling", marks=pytest.mark.slow)])
"""For raw clients."""


@pytest_asyncio.fixture(scope="session")
async def driver() -> AsyncIterator[Driver]:
    async with driving() as running:
        yield running


@pytest.fixture(scope="session")
def _shared_database_url(postgres_url: str, _admin: Any, _template: str) -> Iterator[str]:
    with _database(_admin, postgres_url, _template) as url:
        yield url


@pytest_asyncio.fixture(scope="session")
async def node(_shared_database_url: str) -> AsyncIterator[Node]:
    async with serving(_shared_database_url) as running:
        yield running


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that clients do is an error of the server's."""
    with capture_logs() as entries:
        yield
    assert not [entry for entry in entries if entry["log_level"] in ("error", "critical")]
    # Python's clients live in this process, too: the end of their own polling, and what they leave unclosed.
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    ours = [
        record.getMessage()
        for record in records
        if record.levelno >= logging.ERROR and not record.name.endswith(".client")
    ]
    assert not [message for message in ours if not message.startswith("Unclosed")]


@pytest.fixture(params=[slowly(way) for way in WAYS])
def way(request: pytest.FixtureRequest) -> Way:
    """By each client and each transport; a test that needs fewer says which."""
    chosen: Way = request.param
    return chosen


@pytest.fixture
async def stage(node: Node, driver: Driver, way: Way, quiet: None) -> AsyncIterator[Stage]:
    async with staged(node, driver, way) as opened:
        yield opened


@pytest.fixture
async def raw(node: Node, quiet: None) -> AsyncIterator[Raws]:
    """Clients that speak by hand; the server has forgotten them at the end."""
    async with raws(node.url) as opened:
        yield opened
    await nobody_is_left(node)


@pytest.fixture
async def stage_with(database_url: str, driver: Driver, way: Way, quiet: None) -> AsyncIterator[MakeStage]:
    """Makes a stage before a server of its own, with some settings."""
    async with AsyncExitStack() as stack:

        async def make(**settings: Any) -> Stage:
            node = await stack.enter_async_context(serving(database_url, **settings))
            return await stack.enter_async_context(staged(node, driver, way))

        yield make
