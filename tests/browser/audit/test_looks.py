"""The auditors' page: small and large, light and dark, by keyboard alone, and for whoever can't see it."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.audit.archives import Archives, archives
from tests.browser.audit.story import story
from tests.browser.looks import accessible, fits
from tests.browser.person import PHONE
from tests.browser.stage import Stage

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("theme", "locale"), [("light", "fr-FR"), ("dark", "en-GB")])
async def test_every_state_of_the_page_is_accessible(stage: Stage, theme: str, locale: str) -> None:
    await story(stage)
    vera = await stage.person("Vera", color_scheme=theme, locale=locale)
    stranger = await vera.context.new_page()
    await stranger.goto(f"{vera.url}/audit")
    await expect(stranger.get_by_role("heading", level=1)).to_be_visible()
    await accessible(stranger, "no way in")
    await stranger.close()
    page = await archives(vera, reason=None)
    await expect(page.reason).to_be_visible()
    await accessible(page.page, "the question for the reason")
    await page.reason.fill("Plainte 411")
    await accessible(page.page, "a reason given")
    await page.reason.press("Enter")
    await expect(page.search).to_be_visible()
    await accessible(page.page, "nothing chosen")
    await page.finds("Lectures")
    await expect(page.found("Lectures")).to_be_visible()
    await accessible(page.page, "found")
    await page.found("Lectures").click()
    await page.settled()
    await accessible(page.page, "a conversation now")
    await page.moves(4)
    await accessible(page.page, "a conversation then")
    await page.looks("Bob")
    await accessible(page.page, "through somebody's eyes, the people beside")
    await page.side("Événements", "Events")
    await accessible(page.page, "through somebody's eyes, the events beside")
    for french, english in (
        ("Sa liste de conversations", "Their list of conversations"),
        ("Exporter", "Export"),
        ("Aller à un moment", "Go to a moment"),
        ("Réglages de Vera", "Settings of Vera"),
        ("Jamais vérifié.*|Tout concorde.*", "Never verified.*|All fits.*"),
        ("[0-9] non lus?", "[0-9] unread"),
    ):
        await page.button(french, english).click()
        await expect(page.dialog).to_be_visible()
        await expect(page.dialog.get_by_role("heading", level=2)).not_to_have_text("…")
        await accessible(page.page, french)
        await page.page.keyboard.press("Escape")
    with vera.cut_off():
        await page.moves(0)
        await vera.context.set_offline(True)
        await page.moves(2)
        await expect(page.page.get_by_role("alert")).to_be_visible()
        await accessible(page.page, "what failed")
        await vera.context.set_offline(False)
        await page.button("Réessayer", "Try again").click()
        await page.settled()
        await page.button("Ne plus regarder.*", "No longer look.*").click()
        await page.moves(6)
        await page.looks("Chloe")
        await page.moves(2)
        await expect(page.page.get_by_role("heading", name=re.compile("n’y était pas|was not there"))).to_be_visible()
        await accessible(page.page, "somebody who was not there yet")
        await page.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        await page.moves(7)
        for french, english in (("Événements", "Events"), ("Personnes", "People"), ("Conversation", "Conversation")):
            await page.side(french, english)
            await accessible(page.page, f"{french} on a phone")
        await page.page.goto(f"{vera.url}/audit/0190a0a0-0000-4000-8000-000000000000")
        await expect(page.page.get_by_role("heading", name=re.compile("introuvable|not found"))).to_be_visible()
        await accessible(page.page, "no such conversation")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_word_to_whoever_may_not_come_in_is_accessible(stage: Stage, theme: str) -> None:
    mallory = await stage.person("Mallory", color_scheme=theme)
    with mallory.cut_off():
        page = await archives(mallory, scope="", reason=None)
        await expect(page.page.get_by_role("heading", level=1)).to_have_text("Pas avec ce jeton.")
        await accessible(page.page, "without the scope")


@pytest.mark.parametrize(("width", "height"), [(360, 740), (768, 1024), (1280, 800), (3840, 2160)])
async def test_it_fits_every_screen(stage: Stage, width: int, height: int) -> None:
    alice = await stage.client("Alice")
    room = await alice.start("bob", title="Un titre de groupe qui est vraiment très long et qui doit bien finir")
    await alice.send(room, "Un mot, puis unmotsansfin" + "in" * 200)
    await alice.send(room, "https://example.org/" + "a/b" * 100)
    bob = await stage.client("Bob" + "o" * 100)
    await alice.add(room, "bob" + "o" * 100)
    await bob.send(room, "Un mot")
    vera = await stage.person("Vera", viewport={"width": width, "height": height})
    page = await archives(vera)
    await fits(page.page)
    await page.finds("Un titre")
    await page.found("Un titre").click()
    await page.settled()
    await fits(page.page)
    wide = width > 1200
    for side in ("Événements", "Personnes"):
        await page.side(side, "")
        await fits(page.page)
        await expect(page.messages.last).to_be_visible(visible=wide)
    await page.people.get_by_role("button").last.click()
    await page.settled()
    await fits(page.page)
    await expect(page.messages.last).to_be_in_viewport()
    await page.button("Exporter", "").click()
    await fits(page.page)
    await page.page.keyboard.press("Escape")
    await expect(page.search).to_be_visible(visible=width > 700)
    if width < 700:
        await page.page.get_by_role("link", name="Retour à la recherche").click()
        await expect(page.search).to_be_visible()
        await expect(page.found("Un titre")).to_be_visible()


async def value(page: Archives) -> int:
    return int(await page.slider.input_value())


async def test_the_slider_and_the_events_go_by_keys(stage: Stage) -> None:
    room = await story(stage)
    page = await archives(await stage.person("Vera"), f"/audit/{room}")
    await page.settled()
    last = await value(page)
    await page.slider.focus()
    keyboard = page.page.keyboard
    for key, expected in (
        ("Home", 0),
        ("ArrowRight", 1),
        ("ArrowUp", 2),
        ("ArrowLeft", 1),
        ("ArrowDown", 0),
        ("End", last),
    ):
        await keyboard.press(key)
        assert await value(page) == expected, key
    await keyboard.press("PageDown")
    assert await value(page) < last
    await keyboard.press("PageUp")
    assert await value(page) == last
    await expect(page.slider).to_have_attribute("aria-valuetext", re.compile(r"position \d+\s: Bob\s: Elle est partie"))
    await page.page.get_by_role("listbox", name="Événements").focus()
    for key, expected in (("ArrowUp", last - 1), ("Home", 0), ("ArrowDown", 1), ("End", last)):
        await keyboard.press(key)
        assert await value(page) == expected, key
        await expect(page.marked).to_be_in_viewport()


async def test_everything_can_be_done_by_keyboard(stage: Stage) -> None:
    await story(stage)
    page = await archives(await stage.person("Vera"), reason=None)
    keyboard = page.page.keyboard
    await expect(page.reason).to_be_focused()
    await keyboard.type("Plainte 411")
    await keyboard.press("Enter")
    await page.search.focus()
    await keyboard.type("printemps")
    await keyboard.press("Enter")
    await expect(page.found("printemps")).to_be_visible()
    await tabs(page, "Lectures de printemps")
    await keyboard.press("Enter")
    await page.settled()
    await tabs(page, "Par les yeux de…")
    await keyboard.press("Enter")
    await expect(page.people).to_be_visible()
    await tabs(page, "Alice propriétaire")
    await keyboard.press("ArrowDown")
    await keyboard.press("Enter")
    await expect(page.page.get_by_text("Par les yeux de Bob")).to_be_visible()
    await tabs(page, "Moment")
    await keyboard.press("Home")
    assert await value(page) == 0


async def tabs(page: Archives, words: str) -> None:
    """Goes by the Tab key alone to what has these words; every stop on the way can be seen."""
    said = "() => { const at = document.activeElement; return `${at.ariaLabel ?? ''} ${at.textContent}`; }"
    for _ in range(40):
        if words in await page.page.evaluate(said):
            outline = "() => getComputedStyle(document.activeElement).outlineStyle"
            assert await page.page.evaluate(outline) != "none"
            return
        await page.page.keyboard.press("Tab")
    raise AssertionError(f"no way to {words}")


async def test_there_is_no_motion_for_whoever_wants_none(stage: Stage) -> None:
    room = await story(stage)
    vera = await stage.person("Vera", reduced_motion="reduce")
    page = await archives(vera, f"/audit/{room}")
    await page.page.evaluate(
        """() => { window.durations = []; setInterval(() => window.durations.push(
            ...document.getAnimations().map((one) => one.effect.getComputedTiming().duration)), 1); }"""
    )
    await page.moves(2)
    await page.button("Exporter", "").click()
    await page.page.keyboard.press("Escape")
    await page.moves(5)
    assert max(await page.page.evaluate("window.durations"), default=0) <= 1


async def test_landmarks_and_headings_tell_where_one_is(stage: Stage) -> None:
    room = await story(stage)
    page = await archives(await stage.person("Vera"), f"/audit/{room}")
    await page.settled()
    for role in ("banner", "navigation", "main", "search"):
        await expect(page.page.get_by_role(role)).to_have_count(1)  # type: ignore[arg-type]
    await expect(page.page.get_by_role("heading", level=1)).to_have_text(re.compile("LitSpark.*Audit"))
    await expect(page.page.get_by_role("region", name="Lectures de printemps")).to_be_visible()
    await expect(page.page).to_have_title("LitSpark · Audit")
