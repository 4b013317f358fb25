"""How the page asks, and what it says where there are no figures."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.analytics.usage import CARDS, come, followed, usage
from tests.browser.stage import Stage
from tests.faults.processes import until
from tests.serving import Node

pytestmark = pytest.mark.slow


async def test_the_newest_question_wins(stage: Stage) -> None:
    """However slowly the answers to the ones before come."""
    ana, page = await come(stage)
    release = []

    async def late(route: Any) -> None:
        release.append(route)

    await ana.context.route("**/api/analytics/activity?*by=week", late)
    await page.chooses("semaine", "week")
    await until(lambda: release)
    await page.chooses("mois", "month")
    await page.settled()
    await page.reads(CARDS["activity"])
    rows = await page.values(CARDS["activity"])
    await release[0].abort()
    assert await page.values(CARDS["activity"]) == rows
    assert all(period.endswith("-01") for period, *_ in rows)


async def test_what_happens_meanwhile_is_there_when_one_asks_again(stage: Stage, node: Node) -> None:
    ana, page = await come(stage, locale="en-GB")
    before = await page.freshness.inner_text()
    bob = await stage.client("Bob")
    room = await bob.start("chloe", title="Now")
    await bob.send(room, "Hello")
    await followed(ana.url, await node.chat.store.end())
    await page.page.get_by_role("button", name="Refresh").click()
    await expect(page.freshness).not_to_have_text(before)
    await expect(page.freshness).to_contain_text("recorded just now")
    await page.chooses("", "7 days")
    await expect(page.page).to_have_url(re.compile(f"to={datetime.now(UTC).date()}"))


async def test_what_does_not_come_is_said_and_asked_for_again(stage: Stage) -> None:
    ana, page = await come(stage)
    with ana.cut_off():
        await ana.context.set_offline(True)
        await page.chooses("7 jours", "7 days")
        troubles = page.page.get_by_role("alert").filter(has_text="le serveur ne répond pas")
        await expect(troubles).to_have_count(len(CARDS) + 1)
        await expect(page.card(CARDS["activity"]).get_by_role("alert")).to_be_visible()
        await ana.context.set_offline(False)
    for _ in range(len(CARDS)):
        await troubles.get_by_role("button", name="Réessayer").first.click()
        await page.settled()
    await expect(troubles).to_have_count(0)
    await page.reads(CARDS["activity"])
    assert len(await page.values(CARDS["activity"])) == 7


@pytest.mark.settings(commands_per_second=3)
async def test_whoever_is_told_to_wait_waits(stage: Stage) -> None:
    """A limit on rates slows the page down, and breaks nothing."""
    ana = await stage.person("Ana")
    with ana.cut_off():  # the browser says on the console that it was refused
        page = await usage(ana)
        await page.settled()
        for french in ("7 jours", "Tout", "30 jours", "7 jours", "Tout", "30 jours"):
            await page.chooses(french, "")
            await page.settled()
        await expect(page.page.get_by_role("alert").filter(has_text="Réessayer")).to_have_count(0)


async def test_a_token_without_the_scope_finds_words_instead_of_figures(stage: Stage) -> None:
    ana = await stage.person("Ana")
    with ana.cut_off():
        page = await usage(ana, scope="audit")
        await expect(page.page.get_by_role("heading", level=1)).to_have_text("Réservé à l’analyse.")
        await expect(page.page.get_by_role("main")).to_contain_text("litspark token NAME --scope analytics")
        await expect(page.cards).to_have_count(0)


async def test_without_a_session_the_page_says_how_to_come_in(stage: Stage) -> None:
    ana = await stage.person("Ana", locale="en-GB")
    page = await ana.context.new_page()
    await page.goto(f"{ana.url}/analytics")
    await expect(page.get_by_role("heading", level=1)).to_have_text("The door is elsewhere.")
    await expect(page.get_by_role("main")).to_contain_text("One comes in with a token of scope “analytics”")
    with ana.cut_off():
        over = await usage(ana, ttl=-60)
        await expect(over.page.get_by_role("main")).to_contain_text("Your session has ended")


@pytest.mark.parametrize("past", [False], indirect=True)
async def test_where_nothing_has_happened_it_says_so(stage: Stage) -> None:
    page = await usage(await stage.person("Ana"))
    await expect(page.page.get_by_role("heading", name="Rien encore à compter.")).to_be_visible()
    # That she has come is an event, which may have been projected by then.
    await expect(page.freshness).to_have_text(re.compile("Rien n’est encore enregistré.|jusqu’à l’événement 1,"))


async def test_whoever_only_chats_fetches_nothing_of_it(stage: Stage) -> None:
    alice = await stage.person("Alice")
    loaded: list[str] = []
    alice.context.on("response", lambda response: loaded.append(response.url))
    await alice.tab()
    chat = {url for url in loaded if "/assets/" in url}
    page = await usage(alice)
    await page.settled()
    assert len({url for url in loaded if "/assets/" in url} - chat) >= 2  # its own code, and its own styles
