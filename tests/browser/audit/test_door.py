"""Who comes in, for what reason, and what of it is recorded."""

from urllib.parse import quote

import pytest
from playwright.async_api import expect

from tests.browser.audit.archives import REASON, Archives, Asked, archives
from tests.browser.audit.story import recorded, story
from tests.browser.stage import Stage
from tests.faults.processes import token
from tests.serving import Node

pytestmark = pytest.mark.slow


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
