"""What is unread, where it is shown, and when it counts as read."""

import re
from urllib.parse import unquote

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.tab import Tab

pytestmark = pytest.mark.slow


async def icon(tab: Tab) -> str:
    return unquote(str(await tab.page.locator("link[rel=icon]").get_attribute("href")))


async def test_what_is_unread_stands_in_the_list_the_title_and_the_icon(stage: Stage) -> None:
    client = await stage.client("Bob")
    one, two = await client.start("alice", kind="direct"), await client.start("alice", title="Lectures")
    for body in ("Un", "Deux"):
        await client.send(one, body)
    alice = await stage.person("Alice")
    tab = await alice.tab()
    await expect(tab.badge("Bob")).to_have_accessible_name("2 messages non lus")
    await expect(tab.page).to_have_title("(2) LitSpark")
    await expect(tab.page.locator("link[rel=icon]")).to_have_attribute("href", re.compile(r"2%3C(/|%2F)text"))
    await client.send(two, "Trois")
    await expect(tab.page).to_have_title("(3) LitSpark")
    await tab.opens("Deux")
    await expect(tab.badge("Deux")).to_have_count(0)
    await expect(tab.page).to_have_title("(1) LitSpark")
    await tab.opens("Lectures")
    await expect(tab.page).to_have_title("LitSpark · Messages")
    assert "text" not in await icon(tab)


async def test_a_message_is_read_only_where_somebody_looks(stage: Stage) -> None:
    client = await stage.client("Bob")
    direct = await client.start("alice", kind="direct")
    alice, bob = await stage.person("Alice"), await stage.person("Bob")
    here, there = await alice.tab(f"/c/{direct}"), await bob.tab(f"/c/{direct}")
    for visible, focused in ((False, False), (True, False)):
        await here.attends(visible, focused)
        body = f"visible {visible}"
        await there.writes(body)
        await expect(here.message(body)).to_be_visible()
        await expect(there.tick(body, "Envoyé", "Sent")).to_be_visible()
        await client.barrier()
        assert client.summaries[direct].last_message.preview == body
        await expect(here.page).to_have_title("(1) LitSpark")
        await expect(there.tick(body, "Envoyé", "Sent")).to_be_visible()
        await here.attends()
        await expect(there.tick(body, "Lu", "Read")).to_be_visible()
        await expect(here.page).to_have_title("LitSpark · Messages")


async def test_what_has_not_been_on_screen_is_not_read(stage: Stage) -> None:
    client = await stage.client("Bob")
    direct = await client.start("alice", kind="direct")
    await client.send_all(direct, [f"Message numéro {n:02}\navec\nquelques\nlignes" for n in range(60)])
    alice = await stage.person("Alice")
    tab = await alice.tab(f"/c/{direct}")
    await expect(tab.new_line).to_be_visible()
    await expect(tab.message("numéro 00")).to_be_in_viewport()
    left = tab.page.get_by_role("button", name=re.compile("nouveaux? messages?"))
    await expect(left).to_be_visible()
    await expect(tab.badge("Bob")).to_have_accessible_name(re.compile("^5[0-9] messages non lus$"))
    await left.click()
    await expect(tab.message("numéro 59")).to_be_in_viewport()
    await expect(tab.badge("Bob")).to_have_count(0)
    await expect(left).to_have_count(0)


async def test_new_messages_begin_at_a_line_where_one_left_off(stage: Stage) -> None:
    bob, alice = await stage.client("Bob"), await stage.client("Alice")
    direct = await bob.start("alice", kind="direct")
    await bob.send(direct, "Déjà lu")
    await alice.mark_as_read(direct)
    await bob.send(direct, "Encore à lire")
    tab = await (await stage.person("Alice")).tab()
    await expect(tab.badge("Bob")).to_have_accessible_name("1 message non lu")
    await tab.opens("Bob")
    await expect(tab.new_line).to_be_visible()
    line, old, new = [
        await found.bounding_box() for found in (tab.new_line, tab.message("Déjà lu"), tab.message("Encore à lire"))
    ]
    assert line and old and new
    assert old["y"] < line["y"] < new["y"]


async def test_the_line_also_marks_what_came_while_one_looked_away(stage: Stage) -> None:
    client = await stage.client("Bob")
    direct = await client.start("alice", kind="direct")
    await client.send(direct, "Avant")
    alice = await stage.person("Alice")
    tab = await alice.tab(f"/c/{direct}")
    await expect(tab.message("Avant")).to_be_visible()
    await expect(tab.page).to_have_title("LitSpark · Messages")
    await client.send(direct, "Sous les yeux")
    await expect(tab.message("Sous les yeux")).to_be_visible()
    await expect(tab.page).to_have_title("LitSpark · Messages")
    await expect(tab.new_line.filter(visible=True)).to_have_count(1)  # from the opening: there it stays
    await tab.hides()
    await client.send(direct, "Dans le dos")
    await expect(tab.message("Dans le dos")).to_be_visible()
    await tab.attends()
    await expect(tab.new_line).to_be_visible()


async def test_reading_on_one_device_is_reading_on_all(stage: Stage) -> None:
    client = await stage.client("Bob")
    direct = await client.start("alice", kind="direct")
    await client.send(direct, "Lis-moi")
    desk, phone = await stage.person("Alice"), await stage.person("Alice")
    here, there = await desk.tab(), await phone.tab()
    await expect(there.badge("Bob")).to_have_accessible_name("1 message non lu")
    await here.opens("Bob")
    await expect(there.badge("Bob")).to_have_count(0)
