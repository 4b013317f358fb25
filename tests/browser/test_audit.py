"""The auditors' page: a conversation at any moment, as the command line tells it."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import httpx
import psycopg
import pytest
from playwright.async_api import Route, expect

from interfaces.ledger.bundle.reader import Reader
from tests.browser.archives import REASON, Archives, Asked, archives
from tests.browser.stage import Stage
from tests.faults.processes import ROOT, command, environment, token, until
from tests.interfaces.ledger.stage import KEY, PEM, silent
from tests.serving import Node

pytestmark = pytest.mark.slow

TALL = {"width": 1280, "height": 2400}
"""So high that all messages of a small conversation are drawn."""


async def story(stage: Stage) -> str:
    """A conversation in which everything happens that can; its id."""
    alice, bob, chloe = [await stage.client(name) for name in ("Alice", "Bob", "Chloe")]
    room = await alice.start("bob", title="Lectures d’hiver")
    for n in range(3):
        await alice.send(room, f"Une phrase, la {n + 1}e")
    await bob.barrier()
    await bob.mark_as_read(room, 2)
    await alice.add(room, "chloe")
    await chloe.barrier()
    await chloe.send(room, "Me voici")
    await alice.rename(room, "Lectures de printemps")
    await alice.send(room, "Un nouveau titre")
    await bob.mark_as_read(room)
    await alice.send(room, "Et une suite")
    await chloe.barrier()
    await alice.remove(room, "chloe")
    await bob.send(room, "Elle est partie")
    await bob.barrier()
    return room


async def told(database_url: str, *words: str) -> Any:
    """What `litspark audit …` answers."""
    process = await asyncio.create_subprocess_exec(
        *command("audit", *words, "--reason", REASON, "--format", "json", "--database-url", database_url),
        env=environment({}),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    answer, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return json.loads(answer)


async def same(page: Archives, answer: dict[str, Any]) -> None:
    """What is on screen is what the command line says."""
    was = answer["conversation"]
    assert await page.position() == answer["position"]
    await expect(page.moment.locator("time")).to_have_attribute("datetime", answer["recorded_at"])
    await expect(page.title).to_have_text(was["title"])
    assert await page.said() == [(one["number"], one["sender_name"], one["body"]) for one in answer["messages"]]
    places = {one["name"]: one["read_number"] for one in was["participants"]}
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


async def test_every_reading_is_recorded_with_the_reason_that_was_asked_for_once(stage: Stage, node: Node) -> None:
    room = await story(stage)
    page = await archives(await stage.person("Vera"), f"/audit/{room}", reason=None)
    await expect(page.page.get_by_role("main")).to_contain_text("Chaque lecture est consignée, avec votre nom (Vera)")
    await expect(page.reason).to_be_focused()
    await expect(page.button("Ouvrir les archives", "")).to_be_disabled()
    asked = Asked(page.page, "/api/audit/conversations")
    await page.reason.fill(REASON)
    await page.reason.press("Enter")
    await page.settled()
    await page.page.reload()
    await page.settled()
    assert asked.requests
    assert {await one.header_value("Audit-Reason") for one in asked.requests} == {quote(REASON)}
    assert not any("Plainte" in address or "token" in address for address in asked.addresses)
    readings = await recorded(node)
    assert {reading["data"]["reason"] for reading in readings} == {REASON}
    assert {reading["actor"] for reading in readings} == {"vera"}
    assert len(readings) == len(asked.requests)


async def recorded(node: Node) -> list[dict[str, Any]]:
    authorization = f"Bearer {node.token('root', scope='audit')}"
    async with httpx.AsyncClient(base_url=node.url, headers={"Authorization": authorization}) as client:
        answer = await client.get("/api/audit/readings")
    found: list[dict[str, Any]] = answer.json()["readings"]
    return found


async def test_the_reason_can_be_another_one_later(stage: Stage, node: Node) -> None:
    room = await story(stage)
    page = await archives(await stage.person("Vera"), f"/audit/{room}")
    await page.settled()
    await page.button("Réglages de Vera", "").click()
    await page.dialog.get_by_role("textbox", name="Raison consignée").fill("Une autre")
    await page.dialog.get_by_role("textbox", name="Raison consignée").press("Enter")
    await expect(page.dialog).to_have_count(0)
    await page.moves(1)
    assert (await recorded(node))[0]["data"]["reason"] == "Une autre"


async def test_a_token_without_the_scope_is_told_so_and_the_attempt_is_recorded(stage: Stage, node: Node) -> None:
    mallory = await stage.person("Mallory")
    with mallory.cut_off():  # the browser says on the console that it was refused
        page = await archives(mallory, scope="analytics", reason=None)
        await expect(page.page.get_by_role("heading", level=1)).to_have_text("Pas avec ce jeton.")
    await expect(page.page.get_by_role("main")).to_contain_text("Vous êtes Mallory")
    await expect(page.page.get_by_role("textbox")).to_have_count(0)
    [refused] = await recorded(node)
    assert (refused["type"], refused["actor"]) == ("audit.refused", "mallory")


@pytest.mark.parametrize(
    "dev",
    [
        pytest.param(True, marks=pytest.mark.settings(dev=True)),
        pytest.param(False, marks=pytest.mark.settings(dev=False)),
    ],
)
async def test_without_a_token_the_page_says_how_to_come_in(stage: Stage, dev: bool) -> None:
    vera = await stage.person("Vera")
    page = await vera.context.new_page()
    await page.goto(f"{vera.url}/audit")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Les archives sont fermées.")
    if not dev:
        await expect(page.get_by_role("main")).to_contain_text("#token=")
        await expect(page.get_by_role("textbox")).to_have_count(0)
        return
    await expect(page.get_by_role("main")).to_contain_text("litspark token <user_id> --scope audit")
    await page.get_by_label("Jeton").fill("nonsense")
    await page.get_by_role("button", name="Entrer").click()
    await expect(page.get_by_role("alert")).to_have_text("Ce n’est pas un jeton.")
    await page.get_by_label("Jeton").fill(token("vera", "Vera", scope="audit"))
    await page.get_by_role("button", name="Entrer").click()
    await expect(Archives(page).reason).to_be_visible()
    assert page.url == f"{vera.url}/audit"


async def test_a_token_in_the_address_of_the_open_page_counts_and_is_taken_out(stage: Stage) -> None:
    vera = await stage.person("Vera")
    page = await vera.context.new_page()
    await page.goto(f"{vera.url}/audit")
    await page.evaluate("given => { location.hash = `token=${given}` }", token("vera", "Vera", scope="audit"))
    await expect(Archives(page).reason).to_be_visible()
    assert page.url == f"{vera.url}/audit"


async def test_a_session_that_ends_says_so(stage: Stage) -> None:
    room = await story(stage)
    vera = await stage.person("Vera")
    page = await archives(vera, f"/audit/{room}")
    await page.settled()
    with vera.cut_off():
        await page.page.evaluate(
            "given => sessionStorage.setItem('litspark.token', given)", token("vera", "Vera", -1, "audit")
        )
        await page.page.reload()
        await expect(page.page.get_by_role("main")).to_contain_text("Votre session est terminée")


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


LEDGER = {"ledger_key": PEM, "ledger_rest": 0, "ledger_every": 0.1}
"""A ledger that is signed, in haste."""


@pytest.mark.settings(**LEDGER)
async def test_what_is_exported_is_verified_by_the_public_key_alone(stage: Stage, node: Node, tmp_path: Path) -> None:
    room = await story(stage)
    vera = await stage.person("Vera")
    page = await archives(vera, f"/audit/{room}")
    await page.settled()
    await until(lambda: signed(node, room), 15)
    await page.moves(8)
    position = await page.position()
    await page.button("Exporter", "").click()
    async with page.page.expect_download() as coming:
        await page.dialog.get_by_role("button", name="Télécharger").click()
    bundle = await coming.value
    assert bundle.suggested_filename == f"litspark-conversation-{position}.zip"
    await expect(page.dialog.get_by_role("status")).to_contain_text("C’est fait")
    with ZipFile(await bundle.path()) as archive:
        archive.extractall(tmp_path)
    report = Reader(tmp_path, (KEY.public_key,)).run(silent)
    assert report.fits, report.problem
    selection = json.loads((tmp_path / "manifest.json").read_bytes())["selection"]
    assert (selection["conversation_id"], selection["last"]) == (room, position)


async def signed(node: Node, room: str) -> bool:
    """Whether all that was said is in a checkpoint."""
    headers = {"Authorization": f"Bearer {node.token('root', scope='audit')}", "Audit-Reason": "waiting"}
    async with httpx.AsyncClient(base_url=node.url, headers=headers) as client:
        return (await client.get("/api/audit/export", params={"conversation_id": room})).status_code == 200


@pytest.mark.settings(**LEDGER, web_waits={"verifying": 0.1})
async def test_the_badge_says_how_the_last_verification_came_out(stage: Stage, node: Node, database_url: str) -> None:
    room = await story(stage)
    page = await archives(await stage.person("Vera"))
    await until(lambda: signed(node, room), 15)
    await page.button("Jamais vérifié", "").click()
    verify = page.dialog.get_by_role("button", name="Vérifier maintenant")
    await verify.click()
    verdict = page.dialog.get_by_role("status")
    await expect(verdict).to_have_text("Chaque événement est tel qu’il a été écrit, à sa place.", timeout=60_000)
    await expect(page.dialog).to_contain_text(re.compile(r"\d+ événements"))
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as database:
        await database.execute(
            "UPDATE events SET recorded_at = recorded_at - interval '1 second' WHERE notification_id = 5"
        )
    await verify.click()
    await expect(verdict).to_have_text("Le journal n’est plus tel qu’il a été écrit.", timeout=60_000)
    await expect(page.dialog).to_contain_text("Position 5")
    await expect(page.dialog).to_contain_text("modifié")
    await page.page.keyboard.press("Escape")
    await expect(page.button("Ne concorde pas.*", "")).to_be_visible()


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
