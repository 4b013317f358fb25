"""A tab, by the roles and names that a screen reader would use, in either language."""

import json
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, expect

SCREEN = (Path(__file__).parent / "screen.js").read_text("utf-8")


def either(french: str, english: str) -> re.Pattern[str]:
    """A name in French or in English, whole."""
    return re.compile(f"^(?:{french}|{english})$")


class Tab:
    def __init__(self, page: Page) -> None:
        self.page = page

    # What is on it

    @property
    def connection(self) -> Locator:
        return self.page.get_by_role("banner").get_by_role("status")

    @property
    def conversations(self) -> Locator:
        return self.page.get_by_role("navigation", name="Conversations")

    def row(self, words: str) -> Locator:
        """The conversation in the list that has these words in its title or preview."""
        return self.conversations.get_by_role("link").filter(has_text=words)

    def badge(self, words: str) -> Locator:
        return self.row(words).get_by_role("img", name=re.compile("non lu|unread"))

    @property
    def heading(self) -> Locator:
        """What the open conversation is called."""
        return self.page.get_by_role("main").get_by_role("heading", level=2).first

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log", name="Messages")

    @property
    def messages(self) -> Locator:
        return self.log.get_by_role("article")

    def message(self, words: str) -> Locator:
        return self.messages.filter(has_text=words)

    def tick(self, words: str, french: str, english: str) -> Locator:
        return self.message(words).get_by_role("img", name=either(french, english))

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox", name=either("Votre message", "Your message"))

    @property
    def new_line(self) -> Locator:
        return self.log.get_by_role("heading", name=either("Nouveaux messages", "New messages"))

    @property
    def toasts(self) -> Locator:
        named = re.compile("Nouveaux messages ailleurs|New messages elsewhere")
        return self.page.get_by_role("region", name=named).get_by_role("listitem")

    def button(self, french: str, english: str) -> Locator:
        return self.page.get_by_role("button", name=either(french, english))

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    # What one does with it

    async def opens(self, words: str) -> None:
        """Opens a conversation out of the list."""
        await self.row(words).click()
        await expect(self.field).to_be_visible()

    async def writes(self, *bodies: str) -> None:
        for body in bodies:
            await self.field.fill(body)
            await self.field.press("Enter")
            await expect(self.message(body)).to_be_visible()

    async def attends(self, visible: bool = True, focused: bool = True) -> None:
        """Somebody looks at it, or not."""
        await self.page.evaluate("([sight, focus]) => window.attention(sight, focus)", [visible, focused])

    async def hides(self) -> None:
        await self.attends(False, False)

    async def scrolls_to_end(self) -> None:
        if await self.log.count():
            await self.log.evaluate("log => log.scrollTo(0, log.scrollHeight)")

    # What it says

    async def says(self) -> dict[str, Any]:
        """What is on screen, for a comparison."""
        return dict(await self.page.evaluate(SCREEN))

    async def bodies(self) -> list[str]:
        """The texts of the messages that are drawn, from the first to the last."""
        return await self.messages.get_by_role("paragraph").all_inner_texts()

    async def connected(self) -> "Tab":
        await expect(self.connection).to_have_text(re.compile("Connecté en temps réel|Connected in real time"))
        return self


def shown(screen: dict[str, Any]) -> str:
    return json.dumps(screen, ensure_ascii=False, indent=1)
