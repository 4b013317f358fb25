"""Takes the pictures of the docs anew, from made-up conversations: `make screenshots`.

python -m tests.browser.screenshots HISTORY    those of the analysts' page of a history, too
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import Browser, Page, expect

from interfaces.embedded_postgres import running
from migrations import migrate
from tests.browser.analytics.season import Season, put
from tests.browser.analytics.usage import CARDS, come, followed
from tests.browser.chromium import launched
from tests.browser.looks import still
from tests.browser.person import identifier
from tests.browser.stage import WAITS, Stage
from tests.browser.stories import ENGLISH, FRENCH, Told
from tests.browser.tab import Tab
from tests.faults.processes import ROOT, ran, serving

IMAGES = ROOT / "docs" / "images"
PAGE_OF_FIGURES: dict[str, Any] = {"device_scale_factor": 1.5, "viewport": {"width": 1200, "height": 1250}}
PHONE_SCREEN: dict[str, Any] = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
TOAST = {
    "fr": ("Léa Fontaine", "Et une fenêtre, si la porte reste fermée."),
    "en": ("Leah Ford", "And a window, if the door stays shut."),
}


def history(stories: list[Told], me: str) -> str:
    now = datetime.now(UTC)
    lines = [
        {
            "conversation": str(room),
            "title": told.title,
            "kind": told.kind,
            "message": f"{room}/{n}",
            "sender": identifier(name),
            "sender_name": name,
            "sent_at": (now - timedelta(minutes=ago)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "body": body,
        }
        for room, told in enumerate(stories)
        for n, (ago, name, body) in enumerate(
            told.said if any(name == me for _, name, _ in told.said) else [(told.said[0][0] + 9, me, "👋"), *told.said]
        )
    ]
    return "\n".join(json.dumps(line) for line in sorted(lines, key=lambda line: str(line["sent_at"])))


def evening() -> str:
    """A time zone in which it is evening now."""
    ahead = (20 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


async def told(browser: Browser, name: str, stories: list[Told], me: str, **options: Any) -> None:
    """Serves these conversations, and takes a picture of what `me` sees."""
    with TemporaryDirectory(prefix="lit-") as folder:
        file = Path(folder) / "history.jsonl"
        file.write_text(history(stories, me), "utf-8")
        await ran("import", str(file), "--data-dir", f"{folder}/data")
        async with serving(data_dir=f"{folder}/data", web_waits=json.dumps(WAITS)) as server:
            stage = Stage(browser, server.url)
            tab = await opened(stage, me, options)
            await goes_on(stage, stories)
            await shot(stage, stories, tab, name)
            await stage.close()


async def opened(stage: Stage, me: str, options: dict[str, Any]) -> Tab:
    person = await stage.person(me, timezone_id=evening(), device_scale_factor=1.5, **options)
    tab = await person.tab()
    await tab.hides()
    return tab


async def goes_on(stage: Stage, stories: list[Told]) -> None:
    for told in stories:
        for name, body in told.fresh:
            client = await stage.client(name)
            await client.sync()
            room = next(one for one, held in client.summaries.items() if held.title == told.title)
            await client.mark_as_read(room)
            await client.send(room, body)


async def shot(stage: Stage, stories: list[Told], tab: Tab, name: str) -> None:
    first = stories[0]
    assert first.title
    await expect(tab.badge(first.title)).to_be_visible()
    await expect(tab.toasts).to_have_count(1)
    if name.endswith("list"):
        await tab.toasts.get_by_role("button").last.click()
        await expect(tab.toasts).to_have_count(0)
        await tab.attends()
    else:
        await tab.toasts.get_by_role("button").first.click()
        await expect(tab.message(first.fresh[-1][1])).to_be_visible()
        await tab.attends()
        await expect(tab.badge(first.title)).to_have_count(0)
    if name.startswith("desk"):
        sender, body = TOAST["fr" if stories is FRENCH else "en"]
        client = await stage.client(sender)
        await client.sync()
        await client.send(next(iter(client.summaries)), body)
        await expect(tab.toasts).to_have_count(1)
    await tab.page.mouse.move(1, 1)
    await pictured(tab.page, name)


async def pictured(page: Page, name: str) -> None:
    await still(page)
    IMAGES.mkdir(exist_ok=True)
    path = IMAGES / f"{name}.png"
    await page.screenshot(path=path, caret="hide")
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1024:.0f} KiB")


async def year(browser: Browser) -> None:
    """Takes pictures of the analysts' page after a made-up year."""
    made_up = Season(datetime.now(UTC).date() - timedelta(days=430), days=430, people=90, rooms=50).happened()
    with TemporaryDirectory(prefix="lit-") as folder:
        with running(folder) as database_url:
            migrate(database_url)
            put(database_url, made_up)
        async with counting(browser, folder, len(made_up)) as stage:
            _, page = await come(stage, **PAGE_OF_FIGURES)
            await page.chooses("Un an", "A year")
            await page.settled()
            await page.plot(CARDS["activity"]).hover()
            await pictured(page.page, "usage-fr-light")
            _, page = await come(stage, **PAGE_OF_FIGURES, locale="en-GB", color_scheme="dark")
            await page.plot(CARDS["unread"]).scroll_into_view_if_needed()
            await pictured(page.page, "usage-en-dark")


async def past(browser: Browser, history: str) -> None:
    """Takes pictures of the analysts' page of an imported history, from its beginning to its end."""
    with TemporaryDirectory(prefix="lit-") as folder:
        await ran("import", history, "--data-dir", folder)
        async with counting(browser, folder, 1) as stage:  # an import has them counted
            for name, options in (("light", {}), ("dark", {"locale": "en-GB", "color_scheme": "dark"})):
                _, page = await come(stage, **PAGE_OF_FIGURES, **options)
                await page.chooses("Tout", "All")
                await page.settled()
                await pictured(page.page, f"usage-history-{name}")


@asynccontextmanager
async def counting(browser: Browser, folder: str, position: int) -> AsyncIterator[Stage]:
    async with serving(data_dir=folder, analytics_rest=0) as server:
        await followed(server.url, position, within=300)
        stage = Stage(browser, server.url)
        yield stage
        await stage.close()


async def main() -> None:
    desk = {"viewport": {"width": 1120, "height": 720}}
    async with launched() as browser:
        await told(browser, "desk-fr-light", FRENCH, "Camille Roux", **desk)
        await told(browser, "desk-en-dark", ENGLISH, "Nora Ellis", **desk, locale="en-GB", color_scheme="dark")
        await told(browser, "phone-list", FRENCH, "Camille Roux", **PHONE_SCREEN)
        await told(browser, "phone-conversation", FRENCH, "Camille Roux", **PHONE_SCREEN)
        await year(browser)
        for history in sys.argv[1:]:
            await past(browser, history)


if __name__ == "__main__":
    asyncio.run(main())
