"""Conversations begin, change, and end."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.tab import Tab, either

pytestmark = pytest.mark.slow


async def choose(tab: Tab, typed: str, name: str) -> None:
    field = tab.dialog.get_by_role("searchbox")
    await field.fill(typed)
    found = tab.dialog.get_by_role("list", name=either("Personnes trouvées", "People found"))
    await found.get_by_role("button", name=name).first.click()


async def test_a_direct_conversation_begins_with_a_search_by_name(stage: Stage) -> None:
    alice, bob = await stage.person("Alice"), await stage.person("Bob")
    here, there = await alice.tab(), await bob.tab()
    await here.button("Nouvelle conversation", "New conversation").first.click()
    await expect(here.dialog.get_by_role("searchbox")).to_be_focused()
    await choose(here, "Bo", "Bob")
    await here.page.get_by_role("button", name="Démarrer la conversation").click()
    await expect(here.heading).to_have_text("Bob")
    await expect(here.dialog).to_have_count(0)
    await here.writes("Premier mot")
    await there.opens("Alice")
    await expect(there.message("Premier mot")).to_be_visible()
    await expect(here.row("Bob")).to_contain_text("Vous : Premier mot")


async def test_a_group_has_a_title_or_the_names_of_its_people(stage: Stage) -> None:
    alice, bob, chloe = [await stage.person(name) for name in ("Alice", "Bob", "Chloe")]
    here, there, third = await alice.tab(), await bob.tab(), await chloe.tab()
    await here.button("Nouvelle conversation", "New conversation").first.click()
    await choose(here, "bob", "Bob")
    await choose(here, "Chlo", "Chloe")
    await expect(here.dialog.get_by_role("list", name="Personnes choisies").get_by_role("listitem")).to_have_count(2)
    await here.dialog.get_by_role("textbox", name="Titre du groupe").fill("Cercle de lecture")
    await here.page.get_by_role("button", name="Créer le groupe").click()
    await expect(here.heading).to_have_text("Cercle de lecture")
    await there.opens("Cercle de lecture")
    await third.opens("Cercle de lecture")
    await there.writes("Me voici")
    for tab in (here, third):
        await expect(tab.message("Me voici")).to_be_visible()
    await here.button("Nouvelle conversation", "New conversation").first.click()
    await choose(here, "bob", "Bob")
    await choose(here, "Chlo", "Chloe")
    await here.page.get_by_role("button", name="Créer le groupe").click()
    await expect(here.heading).to_have_text("Bob, Chloe")


async def test_somebody_unknown_so_far_is_found_by_an_exact_identifier(stage: Stage) -> None:
    alice = await stage.person("Alice")
    tab = await alice.tab()
    await tab.button("Nouvelle conversation", "New conversation").first.click()
    await tab.dialog.get_by_role("searchbox").fill("auth0|5f7c")
    await expect(tab.dialog).to_contain_text("Personne de ce nom pour l’instant.")
    await tab.dialog.get_by_role("button", name="auth0|5f7c").click()
    await tab.page.get_by_role("button", name="Démarrer la conversation").click()
    await expect(tab.heading).to_have_text("auth0|5f7c")


async def test_people_are_added_and_removed_and_the_title_changes_on_every_screen(stage: Stage) -> None:
    client = await stage.client("Alice")
    group = await client.start("bob", title="Ancien titre")
    alice, bob, chloe = [await stage.person(name) for name in ("Alice", "Bob", "Chloe")]
    here, there, third = await alice.tab(f"/c/{group}"), await bob.tab(f"/c/{group}"), await chloe.tab()
    await here.button("Détails de la conversation", "").click()
    title = here.dialog.get_by_role("textbox", name="Titre")
    await title.fill("Nouveau titre")
    await title.press("Enter")
    for tab in (here, there):
        await expect(tab.page.get_by_role("main").get_by_role("heading", name="Nouveau titre")).to_be_attached()
        await expect(tab.row("Nouveau titre")).to_be_attached()
    await here.dialog.get_by_text("Ajouter des personnes").click()
    await choose(here, "chl", "Chloe")
    await here.dialog.get_by_role("button", name="Ajouter 1 personne").click()
    await expect(here.dialog.get_by_role("button", name="Retirer Chloe", exact=True)).to_be_visible()
    await third.opens("Nouveau titre")
    await expect(third.page.get_by_role("main")).to_contain_text("3 personnes")
    await expect(there.page.get_by_role("main")).to_contain_text("3 personnes")
    await here.dialog.get_by_role("button", name="Retirer Bob").click()
    await here.dialog.get_by_role("button", name="Retirer", exact=True).click()
    await expect(here.dialog.get_by_role("listitem").filter(has_text="Bob")).to_have_count(0)
    await expect(there.page.get_by_role("heading", name="Conversation introuvable")).to_be_visible()
    await expect(there.row("Nouveau titre")).to_have_count(0)
    await here.page.keyboard.press("Escape")
    await expect(here.dialog).to_have_count(0)


async def test_only_the_owner_removes_others(stage: Stage) -> None:
    group = await (await stage.client("Alice")).start("bob", "chloe", title="À trois")
    bob = await stage.person("Bob", locale="en-GB")
    tab = await bob.tab(f"/c/{group}")
    await tab.button("Détails de la conversation", "Details of the conversation").click()
    await expect(tab.dialog.get_by_role("listitem").filter(has_text="owner")).to_contain_text("Alice")
    await expect(tab.dialog.get_by_role("button", name=re.compile("^Remove"))).to_have_count(0)
    await tab.button("Fermer", "Close").click()


async def test_whoever_leaves_is_asked_once_and_is_gone_from_every_screen(stage: Stage) -> None:
    client = await stage.client("Alice")
    group = await client.start("bob", title="À quitter")
    await client.start("bob", title="À garder")
    alice, bob = await stage.person("Alice"), await stage.person("Bob")
    here, there = await alice.tab(f"/c/{group}"), await bob.tab(f"/c/{group}")
    await there.button("Détails de la conversation", "").click()
    await there.page.get_by_role("button", name="Quitter la conversation").click()
    await there.page.get_by_role("button", name="Annuler").click()
    await there.page.get_by_role("button", name="Quitter la conversation").click()
    await there.page.get_by_role("button", name="Oui, quitter").click()
    await expect(there.row("À quitter")).to_have_count(0)
    await expect(there.row("À garder")).to_be_visible()
    await expect(there.page.get_by_role("heading", name="Choisissez une conversation")).to_be_visible()
    await expect(here.page.get_by_role("main")).to_contain_text("1 personne")


async def test_the_list_is_in_the_order_of_the_last_words_and_can_be_filtered(stage: Stage) -> None:
    client = await stage.client("Bob")
    ids = [await client.start("alice", title=f"Groupe {n}") for n in range(9)]
    alice = await stage.person("Alice")
    tab = await alice.tab()
    rows = tab.conversations.get_by_role("link")
    await expect(rows).to_have_count(9)
    await expect(rows.first).to_contain_text("Groupe 8")
    await client.send(ids[3], "Du nouveau")
    await expect(rows.first).to_contain_text("Groupe 3")
    await expect(rows.first).to_contain_text("Bob : Du nouveau")
    await tab.page.get_by_role("searchbox", name="Filtrer les conversations").fill("groupe 5")
    await expect(rows).to_have_count(1)
    await tab.page.get_by_role("searchbox", name="Filtrer les conversations").fill("")
    await expect(rows).to_have_count(9)


async def test_relative_times_move_by_themselves(stage: Stage) -> None:
    client = await stage.client("Bob")
    await client.send(await client.start("alice", kind="direct"), "Il y a peu")
    alice = await stage.person("Alice")
    await alice.context.clock.install()
    tab = await alice.tab()
    await expect(tab.row("Bob")).to_contain_text("à l’instant")
    with alice.cut_off():
        await alice.context.clock.fast_forward(180_000)
        await expect(tab.row("Bob")).to_contain_text(re.compile(r"il y a\s3\smin"))
        await tab.connected()
    await tab.page.close()


async def test_an_address_of_no_conversation_says_so(stage: Stage) -> None:
    alice = await stage.person("Alice")
    tab = await alice.tab("/c/0190a0a0-0000-4000-8000-000000000000")
    await expect(tab.page.get_by_role("heading", name="Conversation introuvable")).to_be_visible()
    await tab.page.get_by_role("link", name="Retour aux conversations").click()
    await expect(tab.page.get_by_role("heading", name="Conversation introuvable")).to_have_count(0)
