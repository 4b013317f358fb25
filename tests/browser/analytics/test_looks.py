"""Small and large, light and dark, without motion, and for whoever can't see it."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.analytics.usage import ACTIVE, CARDS, come, usage
from tests.browser.looks import accessible, fits
from tests.browser.person import PHONE
from tests.browser.stage import Stage

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("theme", "locale"), [("light", "fr-FR"), ("dark", "en-GB")])
async def test_the_whole_page_is_accessible(stage: Stage, theme: str, locale: str) -> None:
    ana, page = await come(stage, color_scheme=theme, locale=locale)
    await accessible(page.page, "charts")
    await page.card(CARDS["hours"]).get_by_role("slider").focus()
    await page.plot(ACTIVE).hover()
    await accessible(page.page, "points")
    for name in CARDS.values():
        await page.reads(name)
    await accessible(page.page, "tables")
    begin, _ = page.dates()
    await begin.fill("1999-01-01")
    await begin.press("Shift+Tab")
    await expect(page.page.get_by_role("alert").filter(has_text=re.compile("ordre|order"))).to_be_visible()
    await accessible(page.page, "days out of order")
    await page.page.get_by_role("button", name=re.compile("Langue|Language")).click()
    await expect(page.page.get_by_role("dialog")).to_be_visible()
    await accessible(page.page, "language and appearance")
    await page.page.keyboard.press("Escape")
    with ana.cut_off():
        await ana.context.set_offline(True)
        await page.chooses("7 jours", "7 days")
        await expect(page.card(CARDS["growth"]).get_by_role("alert")).to_be_visible()
        await accessible(page.page, "nothing comes")
        await ana.context.set_offline(False)
    await page.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    await accessible(page.page, "on a phone")


@pytest.mark.parametrize("past", [False], indirect=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_what_stands_in_its_place_is_accessible(stage: Stage, theme: str) -> None:
    ana = await stage.person("Ana", color_scheme=theme)
    page = await usage(ana)
    await expect(page.page.get_by_role("heading", level=2)).to_have_text("Rien encore à compter.")
    await accessible(page.page, "nothing yet")
    with ana.cut_off():
        page = await usage(ana, scope="")
        await expect(page.page.get_by_role("heading", level=1)).to_have_text("Réservé à l’analyse.")
        await accessible(page.page, "no scope")


@pytest.mark.parametrize(("width", "height"), [(360, 740), (768, 1024), (1280, 800), (3840, 2160)])
async def test_it_fits_every_screen(stage: Stage, width: int, height: int) -> None:
    _, page = await come(stage, viewport={"width": width, "height": height})
    await fits(page.page)
    for name in [*CARDS.values(), ACTIVE]:
        await page.reads(name)
    await fits(page.page)
    for name in [*CARDS.values(), ACTIVE]:
        table, card = page.card(name).get_by_role("table"), await page.card(name).bounding_box()
        around = await table.locator("..").bounding_box()
        assert around and card
        assert around["x"] + around["width"] <= card["x"] + card["width"]


async def test_charts_grow_and_shrink_with_the_screen(stage: Stage) -> None:
    _, page = await come(stage)
    room = page.plot(CARDS["activity"])
    for width in (1600, 400, 900):
        await page.page.set_viewport_size({"width": width, "height": 800})
        wide = int(await room.evaluate("one => one.getBoundingClientRect().width"))
        await expect(room.locator("> svg")).to_have_attribute("width", re.compile(rf"^{wide}\b"))


async def test_nothing_moves_for_whoever_wants_no_motion(stage: Stage) -> None:
    _, page = await come(stage, reduced_motion="reduce")
    await page.page.evaluate(
        """() => { window.durations = []; window.moving = setInterval(() => window.durations.push(
            ...document.getAnimations().map((one) => one.effect.getComputedTiming())
                .map(({ duration, delay }) => duration + delay)), 1); }"""
    )
    await page.chooses("Tout", "All")
    await page.settled()
    await page.reads(CARDS["hours"])
    assert max(await page.page.evaluate("window.durations"), default=0) <= 1


async def test_landmarks_and_headings_tell_where_one_is(stage: Stage) -> None:
    _, page = await come(stage)
    for role in ("banner", "main"):
        await expect(page.page.get_by_role(role)).to_have_count(1)  # type: ignore[arg-type]
    await expect(page.page.get_by_role("heading", level=1)).to_have_text("LitSpark Usage")
    await expect(page.cards).to_have_count(len(CARDS) + 1)
    await expect(page.page).to_have_title("LitSpark · Usage")
    await page.page.keyboard.press("Tab")
    await expect(page.page.get_by_role("link", name="Aller aux graphiques")).to_be_focused()
    await page.page.keyboard.press("Enter")
    await page.page.keyboard.press("Tab")
    await expect(page.card(CARDS["activity"]).get_by_role("button").first).to_be_focused()
