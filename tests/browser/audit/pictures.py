"""Takes the pictures of the auditors' page anew, from the same made-up conversations: `make screenshots`."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from playwright.async_api import Browser, expect

from tests.browser.audit.archives import Archives, archives
from tests.browser.chromium import launched
from tests.browser.screenshots import evening, history, pictured
from tests.browser.stage import WAITS, Stage
from tests.browser.stories import ENGLISH, FRENCH, Told
from tests.faults.processes import ran, serving, token, until

Moves = Callable[[Archives], Awaitable[None]]


async def goes_on(stage: Stage, told: Told, title: str) -> None:
    """After what was imported: what is fresh, who has read how much of it, somebody new, another title."""
    names = list(dict.fromkeys(name for _, name, _ in told.said))
    first, *others = [await stage.client(name) for name in names]
    await first.sync()
    room = next(one for one, held in first.summaries.items() if held.title == told.title)
    for (name, body), reader in zip(told.fresh, others, strict=False):
        writer = await stage.client(name)
        await writer.mark_as_read(room)
        await writer.send(room, body)
        await reader.mark_as_read(room)
    await first.add(room, "yanis")
    await first.rename(room, title)
    await first.send(room, told.said[0][2])


async def verified(url: str) -> None:
    headers = {"Authorization": f"Bearer {token('root', scope='audit')}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:
        await client.post("/api/audit/verification")

        async def fits() -> bool:
            return bool((await client.get("/api/audit/verification")).json()["fits"])

        await until(fits, 60)


async def taken(
    browser: Browser, stories: list[Told], me: str, title: str, pictures: dict[str, tuple[dict[str, Any], Moves]]
) -> None:
    """Serves these conversations, and takes the pictures: by name, options of the browser and what is done first."""
    with TemporaryDirectory(prefix="lit-") as folder:
        file = Path(folder) / "history.jsonl"
        file.write_text(history(stories, me), "utf-8")
        await ran("import", str(file), "--data-dir", f"{folder}/data")
        async with serving(data_dir=f"{folder}/data", web_waits=json.dumps(WAITS)) as server:
            stage = Stage(browser, server.url)
            await goes_on(stage, stories[0], title)
            await verified(server.url)
            for name, (options, moves) in pictures.items():
                person = await stage.person("Vera Lind", timezone_id=evening(), device_scale_factor=1.5, **options)
                page = await archives(person)
                await page.finds(title.split()[-1])
                await page.found(title).click()
                await page.settled()
                await moves(page)
                await page.page.mouse.move(1, 1)
                await pictured(page.page, name)
            await stage.close()


async def back(page: Archives, steps: int) -> None:
    await page.slider.focus()
    for _ in range(steps):
        await page.page.keyboard.press("ArrowLeft")
    await page.slider.blur()
    await page.settled()
    await expect(page.page.get_by_role("alert")).to_have_count(0)


async def then(page: Archives) -> None:
    await back(page, 6)


async def eyes(page: Archives) -> None:
    await back(page, 6)
    await page.looks("Ines")


async def events(page: Archives) -> None:
    await back(page, 2)
    await page.side("Événements", "Events")


async def main() -> None:
    desk = {"viewport": {"width": 1280, "height": 800}}
    phone = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
    dark = {"locale": "en-GB", "color_scheme": "dark"}
    async with launched() as browser:
        await taken(
            browser,
            FRENCH,
            "Camille Roux",
            "Les mots du mercredi",
            {"audit-fr-light": (desk, then), "audit-phone": (phone, then)},
        )
        await taken(
            browser,
            ENGLISH,
            "Nora Ellis",
            "The Wednesday Readers",
            {"audit-en-dark": (desk | dark, eyes), "audit-phone-events": (phone | dark, events)},
        )


if __name__ == "__main__":
    asyncio.run(main())
