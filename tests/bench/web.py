"""How a conversation of 10,000 messages opens and scrolls in the web client, and what that weighs: `make bench-web`.

Figures, not judgements: a machine that is busy with something else makes them worse.
"""

import asyncio
import gzip
import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import CDPSession, Page, Response, expect

from tests.browser.chromium import launched
from tests.browser.stage import Stage
from tests.browser.tab import Tab
from tests.faults.processes import ran, serving

MESSAGES = 10_000
ROUNDS = 5
WORDS = (
    "le livre",
    "la page",
    "un chapitre",
    "une phrase",
    "lire",
    "écrire",
    "encore",
    "peut-être",
    "bien sûr",
    "hier",
)

FIRST_MESSAGE = """
(() => {
    const look = () => {
        const log = document.querySelector("[role=log]");
        const last = [...(log?.querySelectorAll("article") ?? [])].at(-1);
        if (last && last.getBoundingClientRect().top < innerHeight && last.textContent.includes("n° 9999"))
            requestAnimationFrame(() => setTimeout(() => (window.shown = performance.now())));
        else requestAnimationFrame(look);
    };
    look();
})()
"""
"""Notes when the last message has been painted."""

SCROLL = """
([distance, steps]) => new Promise((go) => {
    const log = document.querySelector("[role=log]");
    const frames = [];
    let before = performance.now(), left = steps, still = 0, top = log.scrollTop;
    const step = (now) => {
        frames.push(now - before);
        before = now;
        log.scrollBy(0, distance);
        still = log.scrollTop === top ? still + 1 : 0;
        top = log.scrollTop;
        if (--left > 0 && still < 90) return requestAnimationFrame(step);
        const numbers = [...log.querySelectorAll("article p")].map((one) => /n° (\\d+)/.exec(one.textContent)?.[1]);
        go({ frames: frames.slice(1), first: numbers[0], last: numbers.at(-1), drawn: numbers.length });
    };
    requestAnimationFrame(step);
})
"""


def history() -> Iterator[str]:
    """Two who have written to each other for three years, and some who have less to say."""
    chance = random.Random(7)
    at = datetime(2023, 9, 1, 8, tzinfo=UTC)
    for n in range(MESSAGES):
        at += timedelta(seconds=chance.expovariate(1 / 9_000) + (chance.random() < 0.6 and 20))
        words = " ".join(chance.choices(WORDS, k=min(200, int(chance.lognormvariate(2.2, 0.9)) + 1)))
        link = " https://example.org/lire" if chance.random() < 0.03 else ""
        sender = chance.choice(["Alice", "Bob"])
        yield line("long", "Trois ans de lettres", n, sender, at, f"{words}{link} n° {n}")
    for room in range(40):
        yield line(f"short {room}", f"Groupe {room}", 0, "Chloe", at, "Un mot")
        yield line(f"short {room}", f"Groupe {room}", 1, "Alice", at, "Et sa réponse")


def line(room: str, title: str, n: int, sender: str, at: datetime, body: str) -> str:
    sent_at = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    told = {"conversation": room, "title": title, "message": f"{room}/{n}", "sender": sender.lower()}
    return json.dumps(told | {"sender_name": sender, "sent_at": sent_at, "body": body}, ensure_ascii=False)


async def imported(folder: Path, data_dir: str) -> None:
    file = folder / "history.jsonl"
    file.write_text("\n".join(history()), "utf-8")
    await ran("import", str(file), "--data-dir", data_dir)


def middle(figures: list[float]) -> str:
    ordered = sorted(figures)
    return f"{ordered[len(ordered) // 2]:.0f} ms (best {ordered[0]:.0f}, worst {ordered[-1]:.0f}, of {len(ordered)})"


async def opening(stage: Stage, address: str | None) -> float:
    """Milliseconds from the navigation (with an address) or the click in the list to the last message painted."""
    alice = await stage.person("Alice")
    try:
        if address:
            await alice.context.add_init_script(FIRST_MESSAGE)
            tab = await alice.tab(address)
            began = 0.0
        else:
            tab = await alice.tab()
            await expect(tab.row("Trois ans")).to_be_visible()
            began = await tab.page.evaluate(FIRST_MESSAGE + "; performance.now()")
            await tab.row("Trois ans").click()
            await expect(tab.message("n° 9999")).to_be_in_viewport()
        await expect(tab.message("n° 9999")).to_be_in_viewport()
        return float(await shown(tab.page)) - began
    finally:
        stage.people.remove(alice)
        await alice.context.close()


async def shown(page: Page) -> float:
    look = "const look = () => (window.shown ? go(window.shown) : setTimeout(look, 5)); look();"
    return float(await page.evaluate(f"() => new Promise((go) => {{ {look} }})"))


async def scrolled(tab: Tab, name: str, distance: int) -> None:
    """By so many pixels each frame, until it goes no further."""
    browser = tab.page.context.browser
    assert browser
    await browser.start_tracing(page=tab.page, categories=["toplevel", "devtools.timeline"])
    done: dict[str, Any] = await tab.page.evaluate(SCROLL, [distance, 5_000])
    walls, works = tasks(json.loads(await browser.stop_tracing()))
    frames = sorted(done["frames"])
    print(
        f"  {name}, {abs(distance)} px a frame, {len(frames)} frames: longest task {max(walls):.0f} ms"
        f" ({max(works):.0f} ms of it at work), over 100 ms: {over(walls)} ({over(works)});"
        f" a frame takes {frames[len(frames) // 2]:.0f} ms, 99 % under {frames[int(len(frames) * 0.99)]:.0f} ms;"
        f" {done['drawn']} messages drawn, n° {done['first']} to {done['last']}"
    )


def over(durations: list[float]) -> int:
    return sum(duration > 100 for duration in durations)


def tasks(trace: dict[str, Any]) -> tuple[list[float], list[float]]:
    """How long the tasks of the page's main thread took, and of that, how long the processor was at it."""
    events = trace["traceEvents"]
    main = {
        (one["pid"], one["tid"])
        for one in events
        if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"
    }
    found = [one for one in events if "RunTask" in one["name"] and "dur" in one and (one["pid"], one["tid"]) in main]
    return [one["dur"] / 1000 for one in found], [one.get("tdur", one["dur"]) / 1000 for one in found]


async def scrolling(stage: Stage, address: str) -> None:
    """All the way up, loading everything, then down and up again, faster than any hand."""
    alice = await stage.person("Alice")
    tab = await alice.tab(address)
    await expect(tab.message("n° 9999")).to_be_in_viewport()
    await scrolled(tab, "up, loading", -600)
    await scrolled(tab, "down, all there", 1_500)
    await scrolled(tab, "up, all there", -1_500)
    print(f"  JavaScript heap with all of it: {await memory(tab):.0f} MiB")
    stage.people.remove(alice)
    await alice.context.close()


async def memory(tab: Tab) -> float:
    session: CDPSession = await tab.page.context.new_cdp_session(tab.page)
    await session.send("HeapProfiler.collectGarbage")
    return float((await session.send("Runtime.getHeapUsage"))["usedSize"]) / 2**20


async def weight(stage: Stage, address: str) -> None:
    alice = await stage.person("Alice")
    loaded: list[Response] = []
    alice.context.on("response", lambda response: loaded.append(response))
    tab = await alice.tab(address)
    await expect(tab.message("n° 9999")).to_be_in_viewport()
    sizes: dict[str, int] = {}
    for one in loaded:
        if "/assets/" in one.url:
            kind = one.url.rsplit(".", 1)[1]
            sizes[kind] = sizes.get(kind, 0) + len(gzip.compress(await one.body()))
    print("  gzipped: " + ", ".join(f"{kind} {size / 1024:.1f} KiB" for kind, size in sorted(sizes.items())))
    stage.people.remove(alice)
    await alice.context.close()


async def main() -> None:
    with TemporaryDirectory(prefix="lit-") as folder:
        data_dir = f"{folder}/data"
        await imported(Path(folder), data_dir)
        async with serving(data_dir=data_dir) as server, launched() as browser:
            stage = Stage(browser, server.url)
            alice = await stage.client("Alice")
            await alice.sync()
            address = next(f"/c/{one}" for one, held in alice.summaries.items() if held.last_number == MESSAGES)
            busy = f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
            print(f"A conversation of {MESSAGES} messages, {busy}")
            await opening(stage, address)  # the first one finds everything cold, which is not the client's doing
            print(
                f"  opens at its address, empty cache: {middle([await opening(stage, address) for _ in range(ROUNDS)])}"
            )
            print(f"  opens out of the list: {middle([await opening(stage, None) for _ in range(ROUNDS)])}")
            await weight(stage, address)
            await scrolling(stage, address)
            await stage.close()


if __name__ == "__main__":
    asyncio.run(main())
