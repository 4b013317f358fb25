"""A server whose analytics have followed a made-up past."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.browser.analytics.season import DAYS, FIRST, Season, put
from tests.browser.analytics.usage import followed
from tests.serving import Node, serving


@pytest.fixture
def past(request: pytest.FixtureRequest) -> bool:
    """Whether something has happened; a test says no by `@pytest.mark.parametrize("past", [False], indirect=True)`."""
    return bool(getattr(request, "param", True))


@pytest.fixture
async def node(database_url: str, settings: dict[str, Any], past: bool) -> AsyncIterator[Node]:
    happened = Season(FIRST, DAYS, people=12, rooms=8).happened() if past else []
    put(database_url, happened)
    async with serving(database_url, **({"analytics_rest": 0.05} | settings)) as running:
        await followed(running.url, len(happened))
        yield running
