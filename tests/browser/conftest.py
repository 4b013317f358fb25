"""One browser for all tests; a server, a database and people of its own for each."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.chromium import launched
from tests.browser.stage import WAITS, Stage
from tests.serving import Node, serving

expect.set_options(timeout=15_000)


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Of the server, and in `web_waits` of the page: a test says its own by `pytest.mark.settings`."""
    marker = request.node.get_closest_marker("settings")
    chosen = dict(marker.kwargs) if marker else {}
    return {"dev": True, **chosen, "web_waits": WAITS | chosen.get("web_waits", {})}


@pytest.fixture
async def node(database_url: str, settings: dict[str, Any]) -> AsyncIterator[Node]:
    async with serving(database_url, **settings) as running:
        yield running


@pytest.fixture
async def stage(browser: Browser, node: Node, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    stage = Stage(browser, node.url)
    yield stage
    try:
        if request.node.stash.get(FAILED, False):
            await stage.shoot()
        else:
            await stage.check()
    finally:
        await stage.close()


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report
