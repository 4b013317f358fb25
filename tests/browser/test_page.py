"""What the page is made of."""

import gzip
import re

import pytest
from playwright.async_api import Response, expect

from tests.browser.stage import Stage

pytestmark = pytest.mark.slow

KIB = 1024


async def test_what_is_loaded_first_is_small_stays_in_the_cache_and_is_all_ours(stage: Stage) -> None:
    bob = await stage.client("Bob")
    direct = await bob.start("alice", kind="direct")
    await bob.send(direct, "Bonjour")
    alice = await stage.person("Alice")
    loaded: list[Response] = []
    alice.context.on("response", lambda response: loaded.append(response))
    tab = await alice.tab(f"/c/{direct}")
    await expect(tab.message("Bonjour")).to_be_visible()
    scripts = [one for one in loaded if one.url.endswith(".js")]
    assert scripts
    assert sum([len(gzip.compress(await one.body())) for one in scripts]) < 150 * KIB
    for one in loaded:
        headers = await one.all_headers()
        if "/assets/" in one.url:
            assert re.search(r"-[\w-]{8}\.\w+$", one.url), one.url
            assert headers["cache-control"] == "public, max-age=31536000, immutable"
        elif one.request.is_navigation_request():
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
