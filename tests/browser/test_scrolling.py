"""Long conversations."""

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from tests.browser.stage import Stage
from tests.browser.tab import Tab
from tests.faults.processes import until

pytestmark = pytest.mark.slow

LINES = 320


@pytest.fixture
async def long(stage: Stage) -> str:
    """A conversation of Alice and Bob, read by both."""
    alice, bob = await stage.client("Alice"), await stage.client("Bob")
    conversation_id = await alice.start("bob", kind="direct")
    for start in range(0, LINES, 20):  # one writes 20 lines, then the other
        lines = [f"Ligne {n:03} " + "et la suite " * (n % 7) for n in range(start, start + 20)]
        await (alice, bob)[start % 40 // 20].send_all(conversation_id, lines)
    await alice.mark_as_read(conversation_id)
    return conversation_id


async def place(tab: Tab, words: str) -> float:
    box = await tab.message(words).bounding_box()
    assert box
    return box["y"]


async def top(tab: Tab) -> float:
    return float(await tab.log.evaluate("log => log.scrollTop"))


async def wheel(tab: Tab, distance: int) -> None:
    """Turns the wheel, and waits until the view has moved and stands still."""
    await until(lambda: settled(tab))
    await tab.log.hover()
    before = await top(tab)

    async def moved() -> bool:
        return await top(tab) != before

    await tab.page.mouse.wheel(0, distance)
    await until(moved)
    await until(lambda: settled(tab))


async def test_it_opens_at_the_end_and_follows_what_comes(stage: Stage, long: str) -> None:
    alice = await stage.person("Alice")
    tab = await alice.tab(f"/c/{long}")
    await expect(tab.message(f"Ligne {LINES - 1}")).to_be_in_viewport()
    bob = await stage.client("Bob")
    for n in range(5):
        await bob.send(long, f"Nouvelle ligne {n}")
        await expect(tab.message(f"Nouvelle ligne {n}")).to_be_in_viewport()


async def test_whoever_reads_above_stays_there_when_something_comes(stage: Stage, long: str) -> None:
    alice = await stage.person("Alice")
    tab = await alice.tab(f"/c/{long}")
    await expect(tab.message(f"Ligne {LINES - 1}")).to_be_in_viewport()
    await wheel(tab, -1500)
    seen = await middle(tab)
    before = await place(tab, seen)
    bob = await stage.client("Bob")
    await bob.send(long, "Vient d’en bas")
    await expect(tab.page.get_by_role("button", name="1 nouveau message")).to_be_visible()
    assert abs(await place(tab, seen) - before) < 2
    await tab.page.get_by_role("button", name="1 nouveau message").click()
    await expect(tab.message("Vient d’en bas")).to_be_in_viewport()


async def settled(tab: Tab) -> bool:
    """The view stands still for some frames."""
    return bool(
        await tab.log.evaluate(
            """log => new Promise((go) => {
                const start = log.scrollTop, height = log.scrollHeight;
                let frames = 12;
                const look = () => {
                    if (log.scrollTop !== start || log.scrollHeight !== height) go(false);
                    else if (--frames) requestAnimationFrame(look);
                    else go(true);
                };
                look();
            })"""
        )
    )


async def middle(tab: Tab) -> str:
    """The words of the message in the middle of the view."""
    words = await tab.log.evaluate(
        """log => {
            const { top, height } = log.getBoundingClientRect();
            const middle = [...log.querySelectorAll("article")].find(
                (one) => one.getBoundingClientRect().bottom > top + height / 2);
            return middle.querySelector("p").textContent.slice(0, 9);
        }"""
    )
    return str(words)


async def test_older_messages_load_as_one_scrolls_up_without_a_jump(stage: Stage, long: str) -> None:
    alice = await stage.person("Alice")
    go_on = asyncio.Event()
    asked = asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await go_on.wait()
        await route.continue_()

    await alice.context.route(re.compile(r"/messages\?.*before="), hold)
    tab = await alice.tab(f"/c/{long}")
    await expect(tab.message(f"Ligne {LINES - 1}")).to_be_in_viewport()
    while not asked.is_set():
        await wheel(tab, -400)
    seen = await middle(tab)
    before, height = await place(tab, seen), await tab.log.evaluate("log => log.scrollHeight")
    go_on.set()
    await until(lambda: grown(tab, height))
    await until(lambda: settled(tab))
    assert abs(await place(tab, seen) - before) < 2
    numbers: set[int] = set()
    while 0 not in numbers:
        await wheel(tab, -600)
        drawn = [int(found[1]) for body in await tab.bodies() if (found := re.match(r"Ligne (\d+)", body))]
        assert drawn == list(range(drawn[0], drawn[-1] + 1))  # in order, none missing, none twice
        numbers.update(drawn)
        assert len(drawn) < 120  # only what is near is drawn
    assert numbers >= set(range(LINES - 60))


async def grown(tab: Tab, height: float) -> bool:
    return float(await tab.log.evaluate("log => log.scrollHeight")) > height


async def test_whoever_comes_back_finds_the_place(stage: Stage, long: str) -> None:
    """The browser's own back leads from one conversation to the other and to the list."""
    client = await stage.client("Alice")
    await client.start("chloe", title="Autre")
    alice = await stage.person("Alice")
    tab = await alice.tab()
    await tab.opens("Bob")
    await expect(tab.message(f"Ligne {LINES - 1}")).to_be_in_viewport()
    await tab.opens("Autre")
    await tab.page.go_back()
    await expect(tab.heading).to_have_text("Bob")
    await expect(tab.message(f"Ligne {LINES - 1}")).to_be_in_viewport()
    await tab.page.go_back()
    await expect(tab.page.get_by_role("heading", name="Choisissez une conversation")).to_be_visible()
