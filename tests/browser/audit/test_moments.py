"""A conversation at any moment, as the command line tells it."""

import asyncio
import json
import re
from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.browser.audit.archives import TALL, Archives, Asked, archives
from tests.browser.audit.story import story, told
from tests.browser.stage import Stage
from tests.faults.processes import until

pytestmark = pytest.mark.slow


async def same(page: Archives, answer: dict[str, Any]) -> None:
    """What is on screen is what the command line says."""
    was = answer["conversation"]
    assert await page.position() == answer["position"]
    await expect(page.moment.locator("time")).to_have_attribute("datetime", answer["recorded_at"])
    await expect(page.title).to_have_text(was["title"])
    assert await page.said() == [(one["number"], one["sender_name"], one["body"]) for one in answer["messages"]]
    places = {one["name"]: one["read_number"] for one in was["participants"]}
    await page.settled()
    await page.side("Personnes", "People")
    await expect(page.people.get_by_role("button")).to_have_count(len(places))  # drawn once the side has turned
    assert await page.places(was["last_number"]) == places


@pytest.mark.parametrize("eyes", [None, "Bob"])
async def test_three_moments_are_what_the_command_line_says(stage: Stage, database_url: str, eyes: str | None) -> None:
    room = await story(stage)
    history = await told(database_url, "history", room)
    vera = await stage.person("Vera", viewport=TALL)
    page = await archives(vera, f"/audit/{room}")
    await expect(page.slider).to_have_attribute("max", str(len(history) - 1))
    if eyes:
        await page.looks(eyes)
    seen = ("--as", eyes.lower()) if eyes else ()
    for index in (len(history) // 3, 2 * len(history) // 3, len(history) - 1):
        await page.moves(index)
        position = await page.position()
        assert position == history[index]["position"]
        [answer] = await told(database_url, "replay", room, "--at", str(position), *seen)
        await same(page, answer)
        if eyes:
            unread = answer["conversation"]["unread_count"]
            badge = page.page.get_by_title("Pourquoi ce nombre")
            await expect(badge).to_have_text(re.compile(f"^{unread} non lus?$" if unread else "^tout lu$"))
            line = page.page.get_by_role("log").get_by_role("heading", name="Pas encore lu par Bob")
            await expect(line).to_have_count(1 if unread else 0)


async def test_the_events_are_those_of_the_history_and_the_one_under_the_slider_is_marked(
    stage: Stage, database_url: str
) -> None:
    room = await story(stage)
    history = await told(database_url, "history", room)
    page = await archives(await stage.person("Vera", viewport=TALL), f"/audit/{room}")
    await expect(page.events).to_have_count(len(history))
    for index, event in enumerate(history):
        await page.events.nth(index).click()
        await expect(page.slider).to_have_value(str(index))
        await expect(page.marked).to_contain_text(f" · {event['position']}")
        await expect(page.marked).to_have_count(1)
        for told_too in (str(event["position"]), event["type"], event["recorded_at"], f"version {event['version']}"):
            await expect(page.card).to_contain_text(told_too)
        assert json.loads(await page.card.locator("pre").inner_text()) == event["data"]


@pytest.mark.settings(web_waits={"rest": 1})
async def test_a_slider_that_moves_fast_asks_once_it_rests(stage: Stage) -> None:
    room = await story(stage)
    page = await archives(await stage.person("Vera"), f"/audit/{room}")
    await page.settled()
    asked = Asked(page.page, r"/replay\?")
    box = await page.slider.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    await page.page.mouse.move(box["x"] + box["width"] - 8, middle)
    await page.page.mouse.down()
    await page.page.mouse.move(box["x"] + 8, middle, steps=50)
    await expect(page.messages).to_have_count(0)  # what is said follows the hand, for it is there already
    await page.page.mouse.move(box["x"] + box["width"] / 2, middle, steps=30)
    await page.page.mouse.up()
    await page.settled()
    assert asked.addresses[-1].endswith(f"?at={await page.position()}&limit=200")
    assert len(asked.addresses) <= 2  # where it turned, at the most, and where it rests


async def test_the_newest_moment_wins_though_an_older_answer_comes_later(stage: Stage, database_url: str) -> None:
    room = await story(stage)
    history = await told(database_url, "history", room)
    page = await archives(await stage.person("Vera", viewport=TALL), f"/audit/{room}")
    await page.settled()
    old = history[2]["position"]
    held: list[Route] = []
    asked = asyncio.Event()

    async def hold(route: Route) -> None:
        held.append(route)
        asked.set()

    await page.page.route(f"**/replay?at={old}&*", hold)
    await page.slider.fill("2")
    await asyncio.wait_for(asked.wait(), 15)
    await page.moves(len(history) - 1)
    await expect(page.title).to_have_text("Lectures de printemps")
    [late] = held
    await late.continue_()
    await page.page.wait_for_load_state("networkidle")
    await expect(page.title).to_have_text("Lectures de printemps")
    assert await page.position() == history[-1]["position"]


async def test_what_an_earlier_answer_said_is_not_shown_of_another_moment_or_person(stage: Stage) -> None:
    room = await story(stage)
    page = await archives(await stage.person("Vera", viewport=TALL), f"/audit/{room}")
    await page.moves(4)
    await page.looks("Bob")
    unread = page.page.get_by_title("Pourquoi ce nombre")
    await expect(unread).to_have_text("1 non lu")
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.page.route("**/replay?*", hold)
    await page.slider.fill("5")
    await expect(unread).to_have_count(0)
    await expect(page.page.get_by_role("log").get_by_role("heading", name="Pas encore lu")).to_have_count(0)
    held.set()
    await page.settled()
    await expect(unread).to_have_count(1)


async def test_the_address_names_the_moment_and_the_eyes(stage: Stage, database_url: str) -> None:
    room = await story(stage)
    history = await told(database_url, "history", room)
    vera = await stage.person("Vera", viewport=TALL)
    page = await archives(vera, f"/audit/{room}")
    await page.settled()
    await page.moves(5)
    await page.looks("Bob")
    kept = f"{vera.url}/audit/{room}?at={history[5]['position']}&as=bob"
    await until(lambda: is_at(page, kept), 15)
    await page.page.reload()
    await page.settled()
    await expect(page.slider).to_have_value("5")
    await expect(page.page.get_by_text("Par les yeux de Bob")).to_be_visible()


async def is_at(page: Archives, address: str) -> bool:
    return page.page.url == address


async def test_a_moment_can_be_named_by_its_instant_or_position(stage: Stage, database_url: str) -> None:
    room = await story(stage)
    history = await told(database_url, "history", room)
    page = await archives(await stage.person("Vera"), f"/audit/{room}")
    await page.settled()
    await page.button("Aller à un moment", "").click()
    await page.dialog.get_by_role("spinbutton").fill(str(history[3]["position"]))
    await page.dialog.get_by_role("spinbutton").press("Enter")
    await expect(page.slider).to_have_value("3")
    await page.button("Aller à un moment", "").click()
    await page.dialog.get_by_role("spinbutton").fill("0")
    await page.dialog.get_by_role("spinbutton").press("Enter")
    await expect(page.dialog.get_by_role("alert")).to_have_text("La conversation n’existait pas encore.")
    await page.dialog.get_by_label("Date et heure").fill("2001-01-01T00:00:00")
    await page.dialog.get_by_role("button", name="Y aller").first.click()
    await expect(page.dialog.get_by_role("alert")).to_have_text("La conversation n’existait pas encore.")
    await page.dialog.get_by_label("Date et heure").fill("2099-01-01T00:00:00")
    await page.dialog.get_by_role("button", name="Y aller").first.click()
    await expect(page.slider).to_have_value(str(len(history) - 1))


async def test_what_happens_meanwhile_is_read_on_demand(stage: Stage) -> None:
    room = await story(stage)
    page = await archives(await stage.person("Vera", viewport=TALL), f"/audit/{room}")
    await page.settled()
    before = await page.messages.count()
    bob = await stage.client("Bob")
    await bob.send(room, "Encore un mot")
    await page.button("Lire ce qui s’est passé depuis", "").click()
    await expect(page.messages).to_have_count(before + 1)
    await expect(page.messages.last).to_contain_text("Encore un mot")


async def test_of_ten_thousand_messages_those_on_screen_are_drawn(stage: Stage) -> None:
    bob = await stage.client("Bob")
    room = await bob.start("alice", title="Longtemps")
    for start in range(0, 10_000, 500):
        await bob.send_all(room, [f"Message {n}" for n in range(start, start + 500)])
    page = await archives(await stage.person("Vera"), f"/audit/{room}")
    await expect(page.slider).to_have_attribute("max", "10000")
    asked = Asked(page.page, "/api/audit/")
    await page.settled()
    for index, last in ((5_000, "Message 4999"), (1, "Message 0"), (9_999, "Message 9998")):
        await page.moves(index)
        await expect(page.messages.last).to_contain_text(last)
        await expect(page.messages.last).to_be_in_viewport()
        await expect(page.marked).to_be_in_viewport()
        assert await page.messages.count() < 100
        assert await page.events.count() < 100
    assert len(asked.addresses) <= 4
