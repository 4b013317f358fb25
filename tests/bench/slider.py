"""How a conversation of 10,000 messages opens and moves on the auditors' page: `make bench-slider`.

Figures, not judgements: a machine that is busy with something else makes them worse.
"""

import asyncio
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from playwright.async_api import expect

from tests.bench.web import MESSAGES, imported, middle, over, tasks
from tests.browser.audit.archives import Archives, Asked, archives
from tests.browser.chromium import launched
from tests.browser.stage import Stage
from tests.faults.processes import serving

ROUNDS = 5
STEPS = 300

expect.set_options(timeout=60_000)

DRAG = """
(steps) => new Promise((go) => {
    const slider = document.querySelector("input[type=range]");
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
    const frames = [];
    let before = performance.now(), left = steps;
    const step = (now) => {
        frames.push(now - before);
        before = now;
        set.call(slider, Math.round((slider.max * Math.abs(2 * left - steps)) / steps));
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        if (--left > 0) requestAnimationFrame(step);
        else go(frames.slice(1));
    };
    requestAnimationFrame(step);
})
"""
"""From now to the beginning and back, a step a frame."""


async def opened(stage: Stage, path: str) -> tuple[Archives, float]:
    """The page, and milliseconds from the reason given to the state of now on screen."""
    vera = await stage.person("Vera")
    page = await archives(vera, path, reason=None)
    await page.reason.fill("how long it takes")
    began = perf_counter()
    await page.reason.press("Enter")
    await page.settled()
    await expect(page.messages.last).to_contain_text("n° 9999")
    return page, (perf_counter() - began) * 1000


async def dragged(page: Archives) -> None:
    asked = Asked(page.page, "/api/audit/")
    browser = page.page.context.browser
    assert browser
    await browser.start_tracing(page=page.page, categories=["toplevel", "devtools.timeline"])
    frames = sorted(await page.page.evaluate(DRAG, STEPS))
    walls, works = tasks(json.loads(await browser.stop_tracing()))
    asks = len(asked.addresses)
    print(
        f"  dragged there and back, {STEPS} steps: a frame takes {frames[len(frames) // 2]:.0f} ms,"
        f" 99 % under {frames[int(len(frames) * 0.99)]:.0f} ms; longest task {max(walls):.0f} ms"
        f" ({max(works):.0f} ms of it at work), over 100 ms: {over(walls)} ({over(works)}); {asks} questions meanwhile"
    )


async def rested(page: Archives, index: int) -> float:
    """Milliseconds from a move to the state of that moment, the rest that is waited for among them."""
    began = perf_counter()
    await page.moves(index)
    return (perf_counter() - began) * 1000


async def main() -> None:
    with TemporaryDirectory(prefix="lit-") as folder:
        data_dir = f"{folder}/data"
        await imported(Path(folder), data_dir)
        async with serving(data_dir=data_dir) as server, launched() as browser:
            stage = Stage(browser, server.url)
            alice = await stage.client("Alice")
            await alice.sync()
            path = next(f"/audit/{one}" for one, held in alice.summaries.items() if held.last_number == MESSAGES)
            busy = f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
            print(f"A conversation of {MESSAGES} messages, {busy}")
            await opened(stage, path)  # the first one finds everything cold
            print(f"  opens: {middle([(await opened(stage, path))[1] for _ in range(ROUNDS)])}")
            page, _ = await opened(stage, path)
            await dragged(page)
            await page.settled()
            moves = [await rested(page, index) for index in (100, 9_000, 5_000, 2_500, 7_500)]
            print(f"  a moment after a move: {middle(moves)}")
            await stage.close()


if __name__ == "__main__":
    asyncio.run(main())
