"""The analysts' page: its numbers, its span, its files, and what it says where it can't show any."""

import csv
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import expect

from tests.browser.person import Person
from tests.browser.season import Season, put
from tests.browser.stage import Stage
from tests.browser.usage import ACTIVE, CARDS, Usage, usage
from tests.faults.processes import ran, token, until
from tests.serving import Node, serving

pytestmark = [pytest.mark.slow, pytest.mark.settings(analytics_rest=0.05)]

DAYS = 80
LAST = datetime.now(UTC).date() - timedelta(days=1)
FIRST = LAST - timedelta(days=DAYS - 1)


@pytest.fixture
def past(request: pytest.FixtureRequest) -> bool:
    """Whether something has happened; a test says no by `@pytest.mark.parametrize("past", [False])`."""
    return bool(getattr(request, "param", True))


@pytest.fixture
async def node(database_url: str, settings: dict[str, Any], past: bool) -> AsyncIterator[Node]:
    """A server whose analytics have followed a made-up past."""
    happened = []
    if past:
        happened = Season(datetime.combine(FIRST, datetime.min.time(), UTC), DAYS, 12, 8).happened()
        put(database_url, happened)
    async with serving(database_url, **settings) as running:
        await followed(running.url, len(happened))
        yield running


async def followed(url: str, position: int) -> None:
    headers = {"Authorization": f"Bearer {token('ana', scope='analytics')}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:

        async def reached() -> bool:
            answer = (await client.get("/api/analytics")).raise_for_status()
            return bool(answer.json()["freshness"]["position"] >= position)

        await until(reached, 20)


async def come(stage: Stage, path: str = "/analytics", **options: Any) -> tuple[Person, Usage]:
    ana = await stage.person("Ana", **options)
    return ana, await usage(ana, path)


async def told(database_url: str, report: str, asked: dict[str, str], form: str = "json") -> str:
    """What the command line answers to what the page has asked."""
    span = [word for name, value in asked.items() for word in (f"--{name}", value)]
    return await ran("analytics", "report", report, *span, "--format", form, "--database-url", database_url)


def words(value: Any) -> str:
    return "" if value is None else str(value)


@pytest.mark.parametrize(("french", "english", "locale"), [("30 jours", "", "fr-FR"), ("", "All", "en-GB")])
async def test_the_numbers_on_screen_are_those_of_the_command_line(
    stage: Stage, database_url: str, french: str, english: str, locale: str
) -> None:
    _, page = await come(stage, locale=locale)
    await page.chooses(french, english)
    if english:
        await page.chooses("semaine", "week")
    for name in [*CARDS.values(), ACTIVE]:
        await page.reads(name)
    await page.settled()
    asked = page.asked()
    for report, name in [*CARDS.items(), ("activity", ACTIVE)]:
        rows = json.loads(await told(database_url, report, asked))
        assert rows
        assert await page.values(name) == [[words(value) for value in row.values()] for row in rows], report


async def test_what_is_read_is_told_in_the_person_s_words(stage: Stage) -> None:
    _, page = await come(stage)
    await page.settled()
    table = await page.reads(CARDS["hours"])
    await expect(table.get_by_role("columnheader")).to_have_text(["Jour", "Heure", "Messages"])
    await expect(table.get_by_role("row").last.get_by_role("cell").first).to_have_text("dimanche")
    table = await page.reads(CARDS["read_times"])
    await expect(table.get_by_role("row").last.get_by_role("cell").nth(1)).to_have_text("sans fin")
    await page.page.get_by_role("button", name="Langue et apparence").click()
    await page.page.get_by_role("radio", name="English").check()
    await expect(table.get_by_role("row").last.get_by_role("cell").nth(1)).to_have_text("no end")


async def test_a_span_is_drawn_moved_and_stretched_with_the_mouse(stage: Stage) -> None:
    _, page = await come(stage)
    await page.settled()
    begin, end = FIRST + timedelta(days=20), FIRST + timedelta(days=39)
    await page.draws(end, begin, FIRST, LAST)
    await expect(page.page).to_have_url(re.compile(f"from={begin}&to={end}&by=day"))
    for field, day in zip(page.dates(), (begin, end), strict=True):
        await expect(field).to_have_value(str(day))
    await page.settled()
    await page.reads(CARDS["activity"])
    assert [row[0] for row in await page.values(CARDS["activity"])] == [
        str(begin + timedelta(days=day)) for day in range(20)
    ]
    middle = begin + timedelta(days=10)
    await page.draws(middle, middle + timedelta(days=5), FIRST, LAST)
    await expect(page.page).to_have_url(re.compile(f"from={begin + timedelta(days=5)}&to={end + timedelta(days=5)}"))
    await page.draws(middle, middle + timedelta(days=400), FIRST, LAST)
    await expect(page.page).to_have_url(re.compile(f"from={LAST - timedelta(days=19)}&to={LAST}"))


async def test_a_span_is_moved_by_keys_and_the_charts_follow(stage: Stage) -> None:
    _, page = await come(stage)
    await page.settled()
    keyboard = page.page.keyboard
    await expect(page.start).to_have_attribute("aria-valuetext", re.compile(r"\d"))
    await page.end.focus()
    await keyboard.press("Home")  # the last day can't come before the first
    await expect(page.page).to_have_url(re.compile(f"from={LAST - timedelta(days=29)}&to={LAST - timedelta(days=29)}"))
    for _ in range(4):
        await keyboard.press("ArrowRight")
    await page.start.focus()
    await keyboard.press("ArrowLeft")
    await expect(page.page).to_have_url(
        re.compile(f"from={LAST - timedelta(days=30)}&to={LAST - timedelta(days=25)}&by=day")
    )
    await page.settled()
    await page.reads(ACTIVE)
    assert len(await page.values(ACTIVE)) == 6
    await page.page.get_by_role("radio", name="7 jours").focus()
    await keyboard.press("Space")
    await expect(page.page).to_have_url(re.compile(f"from={LAST - timedelta(days=6)}&to={LAST}"))
    await keyboard.press("ArrowLeft")  # round to the last of the shortcuts
    await expect(page.page.get_by_role("radio", name="Tout")).to_be_checked()
    await expect(page.page).to_have_url(re.compile(f"from={FIRST}&to={LAST}&by=day"))


async def test_days_are_typed_and_what_is_wrong_with_them_is_said(stage: Stage) -> None:
    _, page = await come(stage)
    await page.settled()
    begin, end = page.dates()
    await begin.fill(str(FIRST))
    await end.fill(str(FIRST + timedelta(days=3)))
    await end.press("Tab")
    await expect(page.page).to_have_url(re.compile(f"from={FIRST}&to={FIRST + timedelta(days=3)}&by=day"))
    await begin.fill(str(FIRST + timedelta(days=9)))
    await begin.press("Shift+Tab")
    await expect(page.page.get_by_role("alert")).to_contain_text("Il faut deux jours dans l’ordre")
    await expect(begin).to_have_attribute("aria-invalid", "true")
    await expect(page.page).to_have_url(re.compile(f"from={FIRST}&to={FIRST + timedelta(days=3)}"))
    await begin.fill(str(FIRST + timedelta(days=1)))
    await begin.press("Shift+Tab")
    await expect(page.page.get_by_text("Il faut deux jours")).to_have_count(0)


async def test_the_address_holds_the_span_and_brings_it_back(stage: Stage) -> None:
    begin, end = FIRST + timedelta(days=7), FIRST + timedelta(days=48)
    ana, page = await come(stage, f"/analytics?from={begin}&to={end}&by=week")
    await page.settled()
    assert "token" not in page.page.url
    await expect(page.page.get_by_role("radio", name="semaine")).to_be_checked()
    await page.chooses("mois", "")
    await page.page.reload()
    await page.settled()
    assert page.asked() == {"from": str(begin), "to": str(end), "by": "month"}
    page = await usage(ana, "/analytics?from=2026-02-31&to=soon&by=hour")
    await page.settled()
    assert page.asked() == {"from": str(LAST - timedelta(days=29)), "to": str(LAST), "by": "day"}


async def test_every_chart_is_downloaded_as_the_command_line_prints_it(stage: Stage, database_url: str) -> None:
    _, page = await come(stage)
    await page.settled()
    asked = page.asked()
    for report, name in CARDS.items():
        async with page.page.expect_download() as download:
            await page.card(name).get_by_role("button", name=re.compile("^Télécharger")).click()
        file = await download.value
        days = f"{asked['from']}-{asked['to']}"
        by = "-day" if report in ("activity", "unread", "growth") else ""
        assert file.suggested_filename == f"litspark-{report}-{days}{by}.csv"
        rows = list(csv.reader((await file.path()).read_text("utf-8").splitlines()))
        printed = await told(database_url, report, asked, "csv")
        assert rows == list(csv.reader(printed.splitlines()))


async def test_every_point_can_be_reached_by_keys_and_says_what_it_is(stage: Stage) -> None:
    _, page = await come(stage, locale="en-GB")
    await page.settled()
    keyboard = page.page.keyboard
    table = await page.reads(CARDS["hours"])
    counts = [row[2] for row in await page.values(CARDS["hours"])]
    await page.reads(CARDS["hours"])
    await expect(table).to_have_count(0)
    hours = page.card(CARDS["hours"]).get_by_role("slider")
    await hours.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowRight", "ArrowRight"):
        await keyboard.press(key)
    said = f"Tuesday 2:00, Messages {int(counts[26]):,}"
    await expect(hours).to_have_attribute("aria-valuetext", said)
    await expect(page.card(CARDS["hours"])).to_contain_text("Tuesday 2:00")
    for name in (CARDS["activity"], ACTIVE, CARDS["response_times"], CARDS["unread"], CARDS["growth"]):
        points = page.card(name).get_by_role("slider")
        await points.focus()
        first = await points.get_attribute("aria-valuetext")
        await keyboard.press("End")
        await expect(points).not_to_have_attribute("aria-valuetext", first or "")


async def test_the_newest_question_wins(stage: Stage) -> None:
    """However slowly the answers to the ones before come."""
    ana, page = await come(stage)
    await page.settled()
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
    await page.settled()
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
    await page.settled()
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


@pytest.mark.settings(analytics_rest=0.05, commands_per_second=3)
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
    _, page = await come(stage)
    await expect(page.page.get_by_role("heading", name="Rien encore à compter.")).to_be_visible()
    await expect(page.freshness).to_have_text("Rien n’est encore enregistré.")


async def test_whoever_only_chats_fetches_nothing_of_it(stage: Stage) -> None:
    alice = await stage.person("Alice")
    loaded: list[str] = []
    alice.context.on("response", lambda response: loaded.append(response.url))
    await alice.tab()
    chat = {url for url in loaded if "/assets/" in url}
    page = await usage(alice)
    await page.settled()
    assert len({url for url in loaded if "/assets/" in url} - chat) >= 2  # its own code, and its own styles
