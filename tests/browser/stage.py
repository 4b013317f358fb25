"""A server, and people at browsers of their own. In the end every screen shows what a fresh load shows."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from difflib import unified_diff
from itertools import chain, count
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from playwright.async_api import Browser

from tests.browser.person import Person, identifier
from tests.browser.tab import shown
from tests.client import Client
from tests.faults.processes import token, until

WAITS = {"toast": 60, "retry": 0.1, "longest_retry": 0.4, "yield": 0.1, "gap": 0.2}
"""Toasts stay until a test has seen them, and what is lost is tried again at once."""

TAIL = 6

CUT = 400

_shots = count(1)


class Stage:
    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.people: list[Person] = []
        self.clients: list[Client] = []

    async def person(self, name: str = "Alice", **options: Any) -> Person:
        """Somebody who comes with a browser; by default French, at a desk."""
        person = await Person(self.browser, self.url, identifier(name), name, options).comes()
        self.people.append(person)
        return person

    async def client(self, name: str) -> Client:
        """Somebody who comes without a browser."""
        client = await Client(self.url, token(identifier(name), name)).connect()
        self.clients.append(client)
        return client

    async def check(self) -> None:
        await asyncio.gather(*(same_as_fresh(person, url) for person in self.people for url in person.open))
        for person in self.people:
            assert not person.faults, f"{person.name}: " + "\n".join(person.faults)

    async def shoot(self) -> None:
        """Pictures of all tabs, for whoever looks into a failure."""
        for person in self.people:
            for tab in chain(*person.open.values()):
                path = Path(gettempdir()) / f"litspark-{next(_shots)}-{person.user_id}.png"
                await tab.page.screenshot(path=path)
                print(f"{person.name} at {tab.page.url} saw {path}", file=sys.stderr)
            print(f"{person.name}: {person.faults}", file=sys.stderr)

    async def close(self) -> None:
        for client in self.clients:
            await client.disconnect()
        for person in self.people:
            await person.context.close()


@asynccontextmanager
async def staged(browser: Browser, url: str) -> AsyncIterator[Stage]:
    stage = Stage(browser, url)
    try:
        yield stage
        await stage.check()
    except BaseException:
        await stage.shoot()
        raise
    finally:
        await stage.close()


async def same_as_fresh(person: Person, url: str) -> None:
    """Every tab at this address shows what a fresh load does, once the last pushes have come."""
    fresh = await person.fresh(url)
    tabs = [fresh, *person.open[url]]
    screens: list[dict[str, Any]] = []

    async def agree() -> bool:
        for tab in tabs:
            await tab.scrolls_to_end()
        screens[:] = [await tab.says() for tab in tabs]
        length = min(TAIL, *(len(screen["entries"]) for screen in screens))
        for screen in screens:
            screen["entries"] = screen["entries"][len(screen["entries"]) - length :]
        return all(screen == screens[0] for screen in screens)

    try:
        await until(agree, 15)
    except AssertionError:
        first, *others = map(shown, screens)
        raise AssertionError("\n".join(difference(first, other) for other in others)) from None
    await fresh.page.close()


def difference(afresh: str, on_screen: str) -> str:
    """Line by line, each cut: a message may be of 8,000 characters."""
    lines = unified_diff(afresh.splitlines(), on_screen.splitlines(), "afresh", "on screen", lineterm="")
    return "\n".join(line if len(line) <= CUT else f"{line[: CUT // 2]}…{line[-CUT // 2 :]}" for line in lines)
