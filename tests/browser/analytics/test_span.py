"""Which days are looked at: by the mouse, by keys, by dates, by the address."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.browser.analytics.season import FIRST, LAST
from tests.browser.analytics.usage import ACTIVE, CARDS, come, usage
from tests.browser.stage import Stage

pytestmark = pytest.mark.slow


async def test_a_span_is_drawn_moved_and_stretched_with_the_mouse(stage: Stage) -> None:
    _, page = await come(stage)
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
    assert "token" not in page.page.url
    await expect(page.page.get_by_role("radio", name="semaine")).to_be_checked()
    await page.chooses("mois", "")
    await page.page.reload()
    await page.settled()
    assert page.asked() == {"from": str(begin), "to": str(end), "by": "month"}
    page = await usage(ana, "/analytics?from=2026-02-31&to=soon&by=hour")
    await page.settled()
    assert page.asked() == {"from": str(LAST - timedelta(days=29)), "to": str(LAST), "by": "day"}
