"""The analysts' page, by the roles and names that a screen reader would use, in either language."""

import re
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from playwright.async_api import Locator, Page, expect

from tests.browser.person import Person
from tests.browser.stage import Stage
from tests.browser.tab import either
from tests.faults.processes import token, until

CARDS = {
    "activity": either("Messages", "Messages"),
    "hours": either("Heures de la semaine", "Hours of the week"),
    "conversations": either("Conversations les plus vives", "Busiest conversations"),
    "response_times": either("Temps de réponse", "Response times"),
    "read_times": either("Temps jusqu’à la lecture", "Times to read"),
    "unread": either("Messages en attente de lecture", "Messages waiting to be read"),
    "growth": either("Croissance", "Growth"),
}
"""By the report that each shows; that of the active people shows `activity` too."""

ACTIVE = either("Personnes actives", "Active people")

VALUES = """table => [...table.querySelectorAll("tbody tr")].map(
    (row) => [...row.querySelectorAll("data")].map((cell) => cell.value))"""


class Usage:
    def __init__(self, page: Page) -> None:
        self.page = page

    def card(self, name: re.Pattern[str]) -> Locator:
        return self.page.get_by_role("region", name=name).filter(has=self.page.get_by_role("heading", level=2))

    def plot(self, name: re.Pattern[str]) -> Locator:
        return self.card(name).locator(".plot")

    @property
    def cards(self) -> Locator:
        return self.page.get_by_role("heading", level=2)

    @property
    def strip(self) -> Locator:
        return self.page.get_by_role("group", name=re.compile("^Messages (depuis|since)"))

    @property
    def start(self) -> Locator:
        return self.page.get_by_role("slider", name=either("Premier jour de la période", "First day of the span"))

    @property
    def end(self) -> Locator:
        return self.page.get_by_role("slider", name=either("Dernier jour de la période", "Last day of the span"))

    def dates(self) -> tuple[Locator, Locator]:
        return self.page.get_by_label(either("Du", "From")), self.page.get_by_label(either("au", "to"))

    @property
    def freshness(self) -> Locator:
        return self.page.get_by_role("banner").get_by_role("paragraph")

    def asked(self) -> dict[str, str]:
        """The span, as the address has it."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.page.url).query).items()}

    async def chooses(self, french: str, english: str) -> None:
        await self.page.get_by_role("radio", name=either(french, english)).check()

    async def settled(self) -> "Usage":
        """Every card shows what the address asks for."""
        await expect(self.cards.first).to_be_visible()
        await expect(self.page.locator("section[aria-busy=true]")).to_have_count(0)
        return self

    async def reads(self, name: re.Pattern[str]) -> Locator:
        """Turns a chart into its table."""
        await self.card(name).get_by_role("button", name=re.compile("^(Lire en tableau|Read as a table)")).click()
        return self.card(name).get_by_role("table")

    async def values(self, name: re.Pattern[str]) -> list[list[str]]:
        """What is in the table of a card, cell by cell, as numbers and not in words."""
        table = self.card(name).get_by_role("table")
        found: list[list[str]] = await table.evaluate(VALUES)
        return found

    async def draws(self, begin: date, end: date, first: date, last: date) -> None:
        """Draws from one day to another on the strip, which goes from `first` to `last`."""
        box = await self.strip.locator("svg").first.bounding_box()
        assert box

        def place(day: date) -> float:
            return box["x"] + box["width"] * ((day - first).days + 0.5) / ((last - first).days + 1)

        mouse, y = self.page.mouse, box["y"] + 20
        await mouse.move(place(begin), y)
        await mouse.down()
        await mouse.move((place(begin) + place(end)) / 2, y)
        await mouse.move(place(end), y)
        await mouse.up()


async def usage(person: Person, path: str = "/analytics", **claims: Any) -> Usage:
    """A new page of an analyst's, in the browser of a person."""
    page = await person.context.new_page()
    told = {"scope": "analytics"} | claims
    await page.goto(f"{person.url}{path}#token={token(person.user_id, person.name, **told)}")
    return Usage(page)


async def come(stage: Stage, path: str = "/analytics", **options: Any) -> tuple[Person, Usage]:
    """Somebody with a page that shows its charts."""
    ana = await stage.person("Ana", **options)
    return ana, await (await usage(ana, path)).settled()


async def followed(url: str, position: int, within: float = 20) -> None:
    """Waits until the analytics of a server have come so far."""
    headers = {"Authorization": f"Bearer {token('ana', scope='analytics')}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:

        async def reached() -> bool:
            answer = (await client.get("/api/analytics")).raise_for_status()
            return bool(answer.json()["freshness"]["position"] >= position)

        await until(reached, within)
