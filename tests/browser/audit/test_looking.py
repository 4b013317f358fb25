"""What is found, through whose eyes, and what is told where something fails."""

import re

import pytest
from playwright.async_api import Route, expect

from tests.browser.audit.archives import TALL, Asked, archives
from tests.browser.audit.story import story, told
from tests.browser.stage import Stage

pytestmark = pytest.mark.slow


async def test_a_conversation_is_found_by_its_title_its_people_and_its_id(stage: Stage) -> None:
    room = await story(stage)
    page = await archives(await stage.person("Vera"))
    asked = Asked(page.page, r"/conversations\?")
    for words in ("printemps", "bob", room):
        await page.finds(words)
        await expect(page.found("Lectures de printemps")).to_have_count(1)
    await page.finds("introuvable")
    await expect(page.page.get_by_role("navigation").get_by_role("status")).to_have_text(re.compile("Rien pour"))
    assert len(asked.addresses) == 4  # one for each search, not one for each key
    await page.finds("printemps")
    await page.found("Lectures de printemps").click()
    await expect(page.title).to_have_text("Lectures de printemps")
    await expect(page.found("Lectures de printemps")).to_have_attribute("aria-current", "page")


async def test_what_fails_is_told_in_words_and_can_be_tried_again(stage: Stage) -> None:
    room = await story(stage)
    vera = await stage.person("Vera")
    page = await archives(vera)
    alert = page.page.get_by_role("alert")
    again = page.button("Réessayer", "")
    with vera.cut_off():
        await vera.context.set_offline(True)
        await page.finds("Lectures")
        await expect(alert).to_contain_text("le serveur ne répond pas")
        await vera.context.set_offline(False)
        await again.click()
        await expect(alert).to_have_count(0)
        broken = "**/history*"
        await page.page.route(broken, lambda route: route.fulfill(body='{"position": 1', status=200))
        await page.found("Lectures").click()
        await expect(alert).to_contain_text("le serveur ne répond pas")
        await page.page.unroute(broken)
        await again.click()
        await page.settled()
        problem = {"type": "about:blank", "title": "", "status": 503, "detail": "busy", "code": "unavailable"}
        refusing = "**/replay?*"
        await page.page.route(refusing, lambda route: route.fulfill(json=problem, status=503))
        await page.moves(0)
        await expect(alert).to_contain_text("le serveur est occupé")
        await page.page.unroute(refusing)
        await again.click()
        await expect(alert).to_have_count(0)
        await page.settled()
        await page.page.goto(f"{vera.url}/audit/0190a0a0-0000-4000-8000-000000000000")
        await expect(page.page.get_by_role("heading", name="Conversation introuvable")).to_be_visible()
    assert room


async def test_a_history_that_does_not_agree_with_the_state_is_told(stage: Stage) -> None:
    room = await story(stage)
    page = await archives(await stage.person("Vera"))

    async def leave_out(route: Route) -> None:
        lines = (await (await route.fetch()).text()).splitlines(keepends=True)
        await route.fulfill(body="".join(line for line in lines if "Me voici" not in line))

    await page.page.route("**/history*", leave_out)
    await page.finds(room)
    await page.found("Lectures").click()
    await expect(page.page.get_by_role("alert")).to_contain_text("l’histoire et l’état ne concordent pas")


async def test_before_somebody_came_they_saw_nothing(stage: Stage) -> None:
    room = await story(stage)
    vera = await stage.person("Vera", viewport=TALL)
    with vera.cut_off():
        page = await archives(vera, f"/audit/{room}")
        await page.moves(6)
        await page.looks("Chloe")
        await expect(page.messages).to_have_count(4)
        await page.moves(2)
        await expect(page.page.get_by_role("heading", name=re.compile("n’y était pas"))).to_be_visible()
        await expect(page.messages).to_have_count(0)
        await page.button("Ne plus regarder par les yeux de .*", "").click()
        await expect(page.messages).to_have_count(2)


async def test_why_somebody_had_so_many_unread_is_told_by_the_events(stage: Stage, database_url: str) -> None:
    room = await story(stage)
    vera = await stage.person("Vera", viewport=TALL)
    page = await archives(vera, f"/audit/{room}")
    await page.moves(4)
    await page.looks("Bob")
    [answer] = await told(database_url, "explain", room, "bob", "--at", str(await page.position()))
    await page.page.get_by_title("Pourquoi ce nombre").click()
    await expect(page.dialog).to_contain_text(answer["arithmetic"].replace("-", "−"))
    for event in answer["unread"]:
        await expect(page.dialog).to_contain_text(event["data"]["body"])
    for place in answer["place"]:
        await expect(page.dialog).to_contain_text(f"position {place['event']['position']}")


async def test_somebody_s_list_is_what_they_saw_and_leads_on(stage: Stage) -> None:
    room = await story(stage)
    alice = await stage.client("Alice")
    other = await alice.start("bob", title="Autre chose")
    await alice.send(other, "Pas encore lu")
    await alice.barrier()
    page = await archives(await stage.person("Vera"), f"/audit/{room}")
    await page.looks("Bob")
    await page.button("Sa liste de conversations", "").click()
    row = page.dialog.get_by_role("link").filter(has_text="Lectures")
    await expect(row).to_have_count(1)
    await expect(page.dialog.get_by_role("link")).to_have_count(1)  # at that moment the other one was not yet
    await page.page.keyboard.press("Escape")
    await page.page.goto(f"{page.page.url.split('?')[0].removesuffix(room)}{other}?as=bob")
    await page.settled()
    await page.button("Sa liste de conversations", "").click()
    await expect(page.dialog.get_by_role("link")).to_have_count(2)
    await expect(page.dialog.get_by_role("link").first).to_contain_text("Autre chose")
    await expect(page.dialog.get_by_role("img", name="1 message non lu")).to_be_visible()
    await page.dialog.get_by_role("link").last.click()
    await expect(page.title).to_have_text("Lectures de printemps")
    await expect(page.page.get_by_text("Par les yeux de Bob")).to_be_visible()
