"""Two people write to each other."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.tab import Tab
from tests.faults import processes

pytestmark = pytest.mark.slow

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
async def pair(stage: Stage) -> tuple[Tab, Tab]:
    """Alice, French, and Bob, English, each with their conversation open."""
    await (await stage.client("Alice")).start("bob", kind="direct")
    alice, bob = await stage.person("Alice"), await stage.person("Bob", locale="en-GB", color_scheme="dark")
    here, there = await alice.tab(), await bob.tab()
    await here.page.get_by_role("link", name="bob").click()
    await there.opens("Alice")
    return here, there


async def test_a_message_is_at_once_on_the_other_screen_and_is_ticked_when_read(pair: tuple[Tab, Tab]) -> None:
    here, there = pair
    await there.hides()
    await here.writes("Bonjour Bob !")
    await expect(there.message("Bonjour Bob !")).to_be_visible()
    await expect(here.tick("Bonjour Bob !", "Envoyé", "Sent")).to_be_visible()
    await there.attends()
    await expect(here.tick("Bonjour Bob !", "Lu", "Read")).to_be_visible()
    await there.writes("Salut Alice")
    await expect(here.message("Salut Alice")).to_be_visible()
    await expect(there.tick("Salut Alice", "Lu", "Read")).to_be_visible()


async def test_a_message_is_on_screen_before_the_server_has_it(pair: tuple[Tab, Tab], stage: Stage) -> None:
    here, there = pair
    with stage.people[0].cut_off():
        await stage.people[0].context.set_offline(True)
        await here.writes("Déjà là")
        await expect(here.tick("Déjà là", "En attente", "Waiting")).to_be_visible()
        await expect(there.message("Déjà là")).to_have_count(0)
        await stage.people[0].context.set_offline(False)
        await expect(there.message("Déjà là")).to_be_visible()
        await expect(here.tick("Déjà là", "Lu", "Read")).to_be_visible()


async def test_what_looks_like_code_is_shown_as_harmless_text(pair: tuple[Tab, Tab]) -> None:
    here, there = pair
    evil = "<img src=x onerror=\"document.title='pwned'\"> <script>alert(1)</script> &lt;b&gt;"
    link = "javascript:alert(document.domain) data:text/html,x vbscript:x"
    await here.writes(evil, link)
    for tab in pair:
        await expect(tab.message("onerror").get_by_role("paragraph")).to_have_text(evil)
        await expect(tab.message("javascript:").get_by_role("paragraph")).to_have_text(link)
        await expect(tab.log.get_by_role("link")).to_have_count(0)
        await expect(tab.log.locator("img, script")).to_have_count(0)
        assert "pwned" not in await tab.page.title()
    await expect(there.row("Alice")).to_contain_text("javascript:alert(document.domain)")


async def test_links_open_elsewhere_and_tell_nothing(pair: tuple[Tab, Tab]) -> None:
    here, there = pair
    await here.writes("Voir https://example.org/a?b=c#d, www.example.com ou mailto:alice@example.org !")
    links = there.message("Voir").get_by_role("link")
    await expect(links).to_have_text(["https://example.org/a?b=c#d", "www.example.com", "mailto:alice@example.org"])
    for link in await links.all():
        await expect(link).to_have_attribute("target", "_blank")
        assert set(str(await link.get_attribute("rel")).split()) >= {"noopener", "noreferrer", "nofollow"}


async def test_text_is_kept_as_it_was_typed(pair: tuple[Tab, Tab]) -> None:
    here, there = pair
    await here.field.fill("  deux   espaces")
    await here.field.press("Shift+Enter")
    await here.field.press_sequentially("\tpuis une ligne")
    await here.field.press("Enter")
    shown = there.message("deux").get_by_role("paragraph")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("p => p.textContent") == "  deux   espaces\n\tpuis une ligne"
    assert str(await shown.evaluate("p => getComputedStyle(p).whiteSpace")).startswith("pre-wrap")


async def test_right_to_left_text_and_emoji_find_their_shape(pair: tuple[Tab, Tab]) -> None:
    here, there = pair
    await here.writes("שלום, מה שלומך?", "Un mot", "🌟👩‍👩‍👧")
    assert await there.message("שלום").get_by_role("paragraph").evaluate("p => getComputedStyle(p).direction") == "rtl"

    async def size(words: str) -> float:
        found = there.message(words).get_by_role("paragraph")
        return float(await found.evaluate("p => parseFloat(getComputedStyle(p).fontSize)"))

    assert await size("🌟") > 1.5 * await size("Un mot")


async def test_a_message_can_have_8000_characters_and_no_more(pair: tuple[Tab, Tab]) -> None:
    here, there = pair
    await here.field.fill("é" * 7_990)
    await expect(here.page.get_by_text("encore 10 caractères")).to_be_visible()
    await here.field.fill("é" * 8_001)
    await expect(here.page.get_by_text("1 caractère de trop")).to_be_visible()
    await expect(here.page.get_by_role("button", name="Envoyer")).to_be_disabled()
    await here.field.press("Enter")
    await expect(here.messages).to_have_count(0)
    await here.field.fill("🙂" * 8_000)
    await here.field.press("Enter")
    await expect(there.messages).to_have_count(1)


async def test_in_a_group_one_sees_who_speaks_and_who_has_read_up_to_where(stage: Stage) -> None:
    writer, bob, chloe, dora = [await stage.client(name) for name in ("Alice", "Bob", "Chloe", "Dora")]
    group = await writer.start("bob", "chloe", "dora", title="Lectures d’hiver")
    alice = await stage.person("Alice")
    here = await alice.tab(f"/c/{group}")
    await here.writes("Qui a lu Proust ?")
    await expect(here.tick("Proust", "Envoyé", "Sent")).to_be_visible()
    await bob.mark_as_read(group)
    await expect(here.tick("Proust", "Envoyé, lu par 1 personne", "Sent, read by 1 person")).to_be_visible()
    await chloe.send(group, "Moi, deux fois")
    await expect(here.tick("Proust", "Envoyé, lu par 2 personnes", "Sent, read by 2 people")).to_be_visible()
    await expect(here.page.get_by_role("article", name="Chloe")).to_contain_text("Moi, deux fois")
    await expect(here.log.get_by_role("img", name="Lu jusqu’ici par Bob")).to_be_visible()
    await dora.mark_as_read(group)
    await expect(here.tick("Proust", "Lu par tous", "Read by everyone")).to_be_visible()


async def test_a_writer_is_told_how_to_write_and_a_reader_what_came(pair: tuple[Tab, Tab]) -> None:
    here, there = pair
    await expect(here.field).to_have_accessible_description("Entrée pour envoyer, Maj + Entrée pour aller à la ligne")
    await here.writes("Un mot pour toi")
    live = there.page.locator("[aria-live=polite]")
    await expect(live.filter(has_text="Alice: Un mot pour toi")).to_be_attached()


async def test_days_part_a_conversation_and_minutes_group_it(stage: Stage, database_url: str, tmp_path: Path) -> None:
    noon = datetime.now(PARIS).replace(hour=12, minute=0, second=0, microsecond=0)
    said = [(8, 0, "bob"), (1, 0, "bob"), (1, 20, "bob"), (1, 70, "bob"), (1, 80, "alice")]  # days, seconds before
    lines = [
        {
            "conversation": "c",
            "title": "Carnet",
            "message": str(n),
            "sender": sender,
            "sent_at": (noon - timedelta(days=days) + timedelta(seconds=seconds)).isoformat(),
            "body": f"Note {n}",
        }
        for n, (days, seconds, sender) in enumerate(said)
    ]
    file = tmp_path / "history.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    await processes.ran("import", str(file), "--database-url", database_url)
    alice = await stage.person("Alice", timezone_id="Europe/Paris")
    tab = await alice.tab()
    await tab.opens("Carnet")
    await tab.writes("Note d’aujourd’hui")
    days = tab.log.get_by_role("heading", level=3)
    await expect(days).to_have_text(
        [re.compile(r"^(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) \d"), "Hier", "Aujourd’hui"]
    )
    times = [await tab.message(f"Note {n}").get_by_text(re.compile(r"^\d\d:\d\d$")).count() for n in range(5)]
    assert times == [1, 0, 1, 1, 1]  # the last of a minute and sender says when


async def test_a_draft_stays_with_its_conversation_and_survives_a_reload(stage: Stage) -> None:
    client = await stage.client("Alice")
    await client.start("bob", kind="direct")
    await client.start("chloe", kind="direct")
    alice = await stage.person("Alice")
    tab = await alice.tab()
    await tab.opens("bob")
    await tab.field.fill("Presque fini")
    await tab.opens("chloe")
    await expect(tab.field).to_have_value("")
    await expect(tab.row("bob")).to_contain_text("Brouillon : Presque fini")
    await tab.page.reload()
    await tab.opens("bob")
    await expect(tab.field).to_have_value("Presque fini")
    await tab.field.press("Enter")
    await expect(tab.tick("Presque fini", "Envoyé", "Sent")).to_be_visible()
    await expect(tab.field).to_have_value("")
