"""Small and large, light and dark, by keyboard alone, and for whoever can't see it."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.looks import accessible, fits
from tests.browser.person import PHONE
from tests.browser.stage import Stage
from tests.browser.tab import Tab

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("theme", "locale"), [("light", "fr-FR"), ("dark", "en-GB")])
async def test_every_page_is_accessible(stage: Stage, theme: str, locale: str) -> None:
    bob, chloe = await stage.client("Bob"), await stage.client("Chloe")
    direct = await bob.start("alice", kind="direct")
    group = await chloe.start("alice", "bob", title="Lectures d’hiver")
    await bob.send(direct, "Voir https://example.org et שלום 🙂")
    for n in range(30):
        await (bob, chloe)[n % 2].send(group, f"Une phrase, la {n}e")
    alice = await stage.person("Alice", color_scheme=theme, locale=locale)
    tab = await alice.stranger_tab()
    page = tab.page
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await accessible(page, "signing in")
    await page.get_by_role("textbox").fill("Alice")
    await page.get_by_role("button", name=re.compile("Changer|Change")).click()
    await accessible(page, "signing in, identifier shown")
    await page.get_by_role("button", name=re.compile("^(Entrer|Come in)$")).click()
    await tab.connected()
    await expect(tab.row("Lectures")).to_be_visible()
    await accessible(page, "the list, nothing chosen")
    await tab.opens("Lectures")
    await expect(tab.new_line).to_be_visible()
    await accessible(page, "a conversation with new messages")
    await bob.send(direct, "Coucou")
    await expect(tab.toasts).to_have_count(1)
    await accessible(page, "a toast")
    await tab.toasts.get_by_role("button", name=re.compile("Bob")).click()
    await expect(tab.message("Coucou")).to_be_visible()
    await tab.writes("Un mot à toi", "🌟")
    await expect(tab.tick("Un mot à toi", "Envoyé", "Sent")).to_be_visible()
    await accessible(page, "own messages, links, emoji")
    await tab.field.fill("x" * 7_900)
    await accessible(page, "near the limit")
    await tab.field.fill("x" * 8_001)
    await accessible(page, "over the limit")
    await tab.field.fill("")
    await tab.button("Détails de la conversation", "Details of the conversation").click()
    await expect(tab.dialog).to_be_visible()
    await accessible(page, "the details of a direct conversation")
    await page.keyboard.press("Escape")
    await tab.opens("Lectures")
    await tab.button("Détails de la conversation", "Details of the conversation").click()
    await tab.dialog.get_by_role("button", name=re.compile("Quitter la|Leave the")).click()
    await tab.dialog.get_by_text(re.compile("Ajouter des|Add people")).click()
    await accessible(page, "the details of a group, leaving it")
    await page.keyboard.press("Escape")
    await tab.button("Nouvelle conversation", "New conversation").first.click()
    await tab.dialog.get_by_role("searchbox").fill("b")
    await expect(tab.dialog.get_by_role("button", name="Bob")).to_be_visible()
    await accessible(page, "searching for people")
    for name in ("Bob", "Chloe"):
        await tab.dialog.get_by_role("searchbox").fill(name)
        await tab.dialog.get_by_role("button", name=name).first.click()
    await accessible(page, "a new group")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name=re.compile("Réglages|Settings")).click()
    await expect(tab.dialog).to_be_visible()
    await accessible(page, "settings")
    await page.keyboard.press("Escape")
    with alice.cut_off():
        await alice.context.set_offline(True)
        await tab.writes("Hors ligne")
        await accessible(page, "offline, waiting")
        await alice.context.set_offline(False)
        await tab.connected()
    await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    await accessible(page, "a conversation on a phone")
    await page.get_by_role("link", name=re.compile("Retour|Back")).click()
    await accessible(page, "the list on a phone")
    await page.goto(f"{alice.url}/c/0190a0a0-0000-4000-8000-000000000000")
    await expect(page.get_by_role("heading", name=re.compile("introuvable|not found"))).to_be_visible()
    await accessible(page, "no such conversation")


@pytest.mark.settings(dev=False)
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_closed_door_is_accessible(stage: Stage, theme: str) -> None:
    tab = await (await stage.person("Alice", color_scheme=theme)).stranger_tab()
    await expect(tab.page.get_by_role("heading", level=1)).to_be_visible()
    await accessible(tab.page, "no way in")
    empty = await (await stage.person("Bob", color_scheme=theme)).tab()
    await accessible(empty.page, "nothing yet")
    await tab.page.close()


@pytest.mark.parametrize(("width", "height"), [(360, 740), (768, 1024), (1280, 800), (3840, 2160)])
async def test_it_fits_every_screen(stage: Stage, width: int, height: int) -> None:
    bob = await stage.client("Bob")
    direct = await bob.start("alice", kind="direct")
    await bob.start(
        "alice", title="Un titre de groupe qui est vraiment très long et qui doit bien finir quelque part " * 1
    )
    await bob.send(direct, "Un mot, puis unmotsansfin" + "in" * 200)
    await bob.send(direct, "https://example.org/" + "a/b" * 100)
    alice = await stage.person("Alice", viewport={"width": width, "height": height})
    tab = await alice.tab()
    await expect(tab.row("Un titre")).to_be_visible()
    await fits(tab.page)
    await tab.opens("Bob")
    await expect(tab.message("Un mot")).to_be_visible()
    await fits(tab.page)
    if width < 500:
        await expect(tab.conversations).to_be_hidden()
        await tab.page.get_by_role("link", name="Retour aux conversations").click()
        await expect(tab.conversations).to_be_visible()
        await expect(tab.field).to_have_count(0)
        await tab.page.go_back()
        await expect(tab.field).to_be_visible()
    else:
        await expect(tab.conversations).to_be_visible()
    await tab.button("Détails de la conversation", "").click()
    await expect(tab.dialog).to_be_visible()
    await fits(tab.page)
    await tab.page.keyboard.press("Escape")
    bubble = await tab.message("https").get_by_role("paragraph").bounding_box()
    assert bubble
    assert bubble["width"] <= 80 * 16 * 1.3  # a line that the eye can follow, also at 4K


async def test_the_theme_is_the_device_s_until_one_is_chosen(stage: Stage) -> None:
    alice = await stage.person("Alice", color_scheme="dark")
    tab = await alice.tab()

    async def brightness() -> int:
        colour = await tab.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return sum(int(part) for part in re.findall(r"\d+", colour)[:3])

    assert await brightness() < 200
    await tab.page.emulate_media(color_scheme="light")
    assert await brightness() > 600
    await tab.page.get_by_role("button", name="Réglages de Alice").click()
    await tab.dialog.get_by_role("radio", name="Sombre").check()
    assert await brightness() < 200
    await tab.page.reload()
    await tab.connected()
    assert await brightness() < 200


async def focused(tab: Tab) -> Locator:
    return tab.page.locator(":focus")


async def tabs_to(tab: Tab, target: Locator, key: str = "Tab") -> None:
    """Goes there by the Tab key alone; every stop on the way can be seen."""
    for _ in range(40):
        if await target.evaluate("one => one === document.activeElement"):
            outline = await target.evaluate(
                "one => getComputedStyle(one).outlineStyle + getComputedStyle(one).boxShadow"
            )
            assert outline != "nonenone"
            return
        await tab.page.keyboard.press(key)
    raise AssertionError("no way there")


async def test_everything_can_be_done_by_keyboard(stage: Stage) -> None:
    bob = await stage.client("Bob")
    await stage.client("Chloe")
    for n in range(4):
        await bob.start("alice", title=f"Groupe {n}")
    alice = await stage.person("Alice")
    tab = await alice.tab()
    page, keyboard = tab.page, tab.page.keyboard
    await expect(tab.row("Groupe 3")).to_be_visible()
    await tabs_to(tab, tab.row("Groupe 3"))
    await keyboard.press("ArrowDown")
    await expect(tab.row("Groupe 2")).to_be_focused()
    await keyboard.press("End")
    await expect(tab.row("Groupe 0")).to_be_focused()
    await keyboard.press("Home")
    await keyboard.press("ArrowDown")
    await keyboard.press("Enter")
    await expect(tab.heading).to_have_text("Groupe 2")
    await expect(tab.field).to_be_focused()
    await keyboard.type("Sans souris")
    await keyboard.press("Enter")
    await expect(tab.tick("Sans souris", "Envoyé", "Sent")).to_be_visible()
    details = tab.button("Détails de la conversation", "")
    await tabs_to(tab, details, "Shift+Tab")
    await keyboard.press("Enter")
    await expect(tab.dialog).to_be_visible()
    await tabs_to(tab, tab.dialog.get_by_role("textbox", name="Titre"))
    await keyboard.press("ControlOrMeta+a")
    await keyboard.type("Renommé")
    await keyboard.press("Enter")
    await expect(tab.row("Renommé")).to_be_attached()
    await keyboard.press("Escape")
    await expect(details).to_be_focused()
    await keyboard.press("Escape")
    await expect(tab.row("Renommé")).to_be_focused()
    await expect(page.get_by_role("heading", name="Choisissez une conversation")).to_be_visible()
    await tabs_to(tab, tab.button("Nouvelle conversation", "").first, "Shift+Tab")
    await keyboard.press("Enter")
    await expect(tab.dialog.get_by_role("searchbox")).to_be_focused()
    await keyboard.type("Chlo")
    await expect(tab.dialog.get_by_role("button", name="Chloe")).to_be_visible()
    await keyboard.press("Enter")
    await expect(tab.dialog.get_by_role("list", name="Personnes choisies")).to_contain_text("Chloe")
    await tabs_to(tab, page.get_by_role("button", name="Démarrer la conversation"))
    await keyboard.press("Enter")
    await expect(tab.heading).to_have_text("Chloe")
    await expect(tab.field).to_be_focused()


async def test_motion_is_short_and_there_is_none_for_whoever_wants_none(stage: Stage) -> None:
    bob = await stage.client("Bob")
    direct = await bob.start("alice", kind="direct")
    alice = await stage.person("Alice")
    tab = await alice.tab()
    for motion, longest in (("no-preference", 200), ("reduce", 1)):
        await tab.page.emulate_media(reduced_motion=motion)
        durations = await tab.page.evaluate(
            """() => { window.durations = []; window.moving = setInterval(() => window.durations.push(
                ...document.getAnimations().map((one) => one.effect.getComputedTiming())
                    .map(({ duration, delay, iterations }) => (duration + delay) * iterations)), 1); }"""
        )
        await bob.send(direct, f"Bouge {motion}")
        await expect(tab.toasts).to_have_count(1)
        await tab.toasts.get_by_role("button", name="Fermer").click()
        await tab.page.get_by_role("button", name="Réglages de Alice").click()
        await tab.page.get_by_role("button", name="Fermer").click()
        await expect(tab.dialog).to_have_count(0)
        durations = await tab.page.evaluate("() => { clearInterval(window.moving); return window.durations; }")
        assert max(durations, default=0) <= longest


async def test_landmarks_and_headings_tell_where_one_is(stage: Stage) -> None:
    bob = await stage.client("Bob")
    direct = await bob.start("alice", kind="direct")
    await bob.send(direct, "Bonjour")
    tab = await (await stage.person("Alice")).tab(f"/c/{direct}")
    for role in ("banner", "navigation", "main"):
        await expect(tab.page.get_by_role(role)).to_have_count(1)  # type: ignore[arg-type]
    await expect(tab.page.get_by_role("heading", level=1)).to_have_text(re.compile("LitSpark"))
    await expect(tab.page.get_by_role("region", name="Bob")).to_be_visible()
    await expect(tab.log).to_be_visible()
    await expect(tab.page.get_by_role("link", name="Bob")).to_have_attribute("aria-current", "page")
