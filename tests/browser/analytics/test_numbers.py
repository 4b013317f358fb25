"""The numbers on the page, in its tables, files and points."""

import csv
import json
import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.analytics.usage import ACTIVE, CARDS, come
from tests.browser.stage import Stage
from tests.faults.processes import ran

pytestmark = pytest.mark.slow


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
    table = await page.reads(CARDS["hours"])
    await expect(table.get_by_role("columnheader")).to_have_text(["Jour", "Heure", "Messages"])
    await expect(table.get_by_role("row").last.get_by_role("cell").first).to_have_text("dimanche")
    table = await page.reads(CARDS["read_times"])
    await expect(table.get_by_role("row").last.get_by_role("cell").nth(1)).to_have_text("sans fin")
    await page.page.get_by_role("button", name="Langue et apparence").click()
    await page.page.get_by_role("radio", name="English").check()
    await expect(table.get_by_role("row").last.get_by_role("cell").nth(1)).to_have_text("no end")


async def test_every_chart_is_downloaded_as_the_command_line_prints_it(stage: Stage, database_url: str) -> None:
    _, page = await come(stage)
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
