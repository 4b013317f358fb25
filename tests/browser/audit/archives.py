"""The auditors' page, by the roles and names that a screen reader would use, in either language."""

import re

from playwright.async_api import Locator, Page, Request, expect

from tests.browser.person import Person
from tests.browser.tab import either
from tests.faults.processes import token

REASON = "Plainte n° 411"

TALL = {"width": 1280, "height": 2400}
"""So high that all messages of a small conversation are drawn."""

READ = re.compile(r"a lu (\d+) sur \d+")
READ_ALL = "a tout lu"


async def archives(
    person: Person, path: str = "/audit", *, scope: str = "audit", reason: str | None = REASON
) -> "Archives":
    """A new tab of the page, signed in by a token, and past the question for the reason."""
    page = await person.context.new_page()
    await page.goto(f"{person.url}{path}#token={token(person.user_id, person.name, scope=scope)}")
    opened = Archives(page)
    if reason is not None:
        await opened.reason.fill(reason)
        await opened.reason.press("Enter")
        await expect(opened.search).to_be_visible()
    return opened


class Archives:
    def __init__(self, page: Page) -> None:
        self.page = page

    # What is on it

    @property
    def reason(self) -> Locator:
        return self.page.get_by_role("textbox", name=either("Raison", "Reason"))

    @property
    def search(self) -> Locator:
        return self.page.get_by_role("searchbox", name=either("Titre, nom ou identifiant", "Title, name or identifier"))

    def found(self, words: str) -> Locator:
        return self.page.get_by_role("navigation", name="Conversations").get_by_role("link").filter(has_text=words)

    @property
    def title(self) -> Locator:
        return self.page.get_by_role("main").get_by_role("heading", level=2).first

    @property
    def slider(self) -> Locator:
        return self.page.get_by_role("slider", name="Moment")

    @property
    def moment(self) -> Locator:
        return self.page.get_by_role("region", name="Moment", exact=True)

    @property
    def messages(self) -> Locator:
        return self.page.get_by_role("log").get_by_role("article")

    @property
    def events(self) -> Locator:
        return self.page.get_by_role("listbox", name=either("Événements", "Events")).get_by_role("option")

    @property
    def marked(self) -> Locator:
        """The event under the slider."""
        return self.page.get_by_role("option", selected=True)

    @property
    def card(self) -> Locator:
        return self.page.get_by_role("region", name=either("Événement à ce moment", "Event at this moment"))

    @property
    def people(self) -> Locator:
        return self.page.get_by_role("group", name=either("Personnes à ce moment", "People at this moment"))

    def button(self, french: str, english: str) -> Locator:
        return self.page.get_by_role("button", name=either(french, english))

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    # What one does with it

    async def finds(self, words: str) -> None:
        await self.search.fill(words)
        await self.search.press("Enter")

    async def side(self, french: str, english: str) -> None:
        await self.page.get_by_role("radio", name=either(french, english)).check()

    async def moves(self, index: int) -> None:
        """The slider, to the event of an index from 0 on; waits until what was asked has come."""
        await self.slider.fill(str(index))
        await self.settled()

    async def settled(self) -> None:
        await expect(self.page.locator(".case-head .who")).to_have_attribute("aria-busy", "false")

    async def looks(self, name: str) -> None:
        """Through somebody's eyes."""
        await self.side("Personnes", "People")
        await self.people.get_by_role("button").filter(has_text=name).click()
        await self.settled()

    # What it says

    async def position(self) -> int:
        found = re.search(r"[Pp]osition (\d+)", await self.moment.inner_text())
        assert found
        return int(found[1])

    async def said(self) -> list[tuple[int, str, str]]:
        """The messages: number, whose, what. All have to be drawn."""
        return [
            (
                int(str(await one.get_attribute("data-number"))),
                str(await one.get_attribute("aria-label")),
                await one.get_by_role("paragraph").inner_text(),
            )
            for one in await self.messages.all()
        ]

    async def places(self, last: int) -> dict[str, int]:
        """Who takes part, by name, and how far each had read of `last` messages. In French."""
        await self.side("Personnes", "People")
        found: dict[str, int] = {}
        for one in await self.people.get_by_role("button").all():
            name = (await one.locator(".title").inner_text()).removesuffix(" propriétaire")
            hint = await one.inner_text()
            read = READ.search(hint)
            assert read or READ_ALL in hint
            found[name] = int(read[1]) if read else last
        return found


class Asked:
    """The questions that a page puts to /api/audit, from now on."""

    def __init__(self, page: Page, path: str) -> None:
        self.requests: list[Request] = []
        self._path = path
        page.on("request", self._hear)

    def _hear(self, request: Request) -> None:
        if re.search(self._path, request.url):
            self.requests.append(request)

    @property
    def addresses(self) -> list[str]:
        return [request.url for request in self.requests]
