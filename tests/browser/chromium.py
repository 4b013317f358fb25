"""Which browser the tests drive, and how it is started."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
]


def executable() -> str | None:
    """The one of LITSPARK_CHROMIUM, else the machine's; None: the one that Playwright has fetched."""
    return os.environ.get("LITSPARK_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@asynccontextmanager
async def launched(*more: str) -> AsyncIterator[Browser]:
    root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=[*FLAGS, *root, *more])
        yield browser
        await browser.close()


if __name__ == "__main__":  # for `make setup`: whether one has to be fetched
    raise SystemExit(0 if executable() else 1)
