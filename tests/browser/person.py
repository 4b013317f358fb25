"""Somebody at a browser of their own, whose pages are watched for whatever should not be."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.browser.tab import Tab
from tests.faults.processes import token

ATTENTION = Path(__file__).parent / "attention.js"

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}

NETWORK = re.compile(r"^(Failed to load resource: |WebSocket connection to )")
"""What the browser itself says on the console where there is no network."""

GIVEN_UP = re.compile(r"^WebSocket connection to .* failed: WebSocket is closed before the connection is established")
"""What it says where the page itself needs no answer any more, like `net::ERR_ABORTED` of a request."""


def identifier(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return plain.lower().replace(" ", "-")


class Person:
    def __init__(self, browser: Browser, url: str, user_id: str, name: str, options: dict[str, Any]) -> None:
        self.browser = browser
        self.url = url
        self.user_id = user_id
        self.name = name
        self.options = {"locale": "fr-FR", "timezone_id": "Europe/Paris", "viewport": DESK} | options
        self.tabs: list[Tab] = []
        self.faults: list[str] = []
        self.context: BrowserContext
        self.expected: list[re.Pattern[str]] = []
        self._cut_off = False

    async def comes(self) -> "Person":
        """With a fresh browser."""
        self.context = await self.browser.new_context(**self.options)
        self.context.set_default_timeout(15_000)
        await self.context.add_init_script(path=ATTENTION)
        self.context.on("page", self._watch)
        return self

    async def tab(self, path: str = "/", *, ttl: float = 3600) -> Tab:
        """A new tab, signed in by a token."""
        page = await self.context.new_page()
        await page.goto(f"{self.url}{path}#token={token(self.user_id, self.name, ttl)}")
        tab = Tab(page)
        self.tabs.append(tab)
        return await tab.connected()

    async def stranger_tab(self, path: str = "/") -> Tab:
        """A new tab, not signed in."""
        page = await self.context.new_page()
        await page.goto(self.url + path)
        self.tabs.append(tab := Tab(page))
        return tab

    @property
    def open(self) -> dict[str, list[Tab]]:
        """The tabs that are open, by what they show."""
        found: dict[str, list[Tab]] = {}
        for tab in self.tabs:
            if not tab.page.is_closed():
                found.setdefault(tab.page.url, []).append(tab)
        return found

    async def fresh(self, url: str) -> Tab:
        """One more tab, at which somebody only looks: it changes nothing."""
        page = await self.context.new_page()
        await page.add_init_script("window.attention(true, false)")
        await page.goto(f"{url}#token={token(self.user_id, self.name)}")
        return await Tab(page).connected()

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """For a while the network may fail, and the browser may say so."""
        self._cut_off = True
        yield
        self._cut_off = False

    def _watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}\n{error.stack}"))
        page.on("request", lambda request: self._asks(request.url))
        page.on("websocket", lambda socket: self._asks(socket.url))
        page.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        expected = [GIVEN_UP, *self.expected, *([NETWORK] if self._cut_off else [])]
        if message.type in ("error", "warning") and not any(one.search(message.text) for one in expected):
            self.faults.append(f"console {message.type}: {message.text} ({message.location})")

    def _asks(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in ("data", "blob") and address.netloc != urlsplit(self.url).netloc:
            self.faults.append(f"a request to another host: {url}")

    def _failed(self, request: Request) -> None:
        given_up = request.failure == "net::ERR_ABORTED"  # by the page itself, which needs no answer any more
        if not given_up and not self._cut_off:
            self.faults.append(f"a failed request: {request.method} {request.url}: {request.failure}")
