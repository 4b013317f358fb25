"""Coming in, and going out again."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.tab import Tab
from tests.faults.processes import token

pytestmark = pytest.mark.slow


async def test_one_comes_in_by_a_name_from_which_an_identifier_is_made(stage: Stage) -> None:
    person = await stage.person("Chloe-Lefevre")
    tab = await person.stranger_tab()
    await expect(tab.page.get_by_role("heading", level=1)).to_have_text("Bienvenue.")
    name = tab.page.get_by_role("textbox", name="Nom")
    await expect(name).to_be_focused()
    await expect(tab.page.get_by_role("button", name="Entrer")).to_be_disabled()
    await name.fill("Chloé Lefèvre")
    await expect(tab.page.get_by_text("chloe-lefevre")).to_be_visible()
    await name.press("Enter")
    await tab.connected()
    await expect(tab.page.get_by_role("heading", name="Rien encore, tout à écrire.")).to_be_visible()
    await expect(tab.page.get_by_role("button", name="Réglages de Chloé Lefèvre")).to_be_visible()
    await tab.page.reload()
    await tab.connected()


async def test_the_identifier_can_be_chosen_and_what_is_wrong_with_it_is_said(stage: Stage) -> None:
    person = await stage.person("bookworm", locale="en-GB")
    tab = await person.stranger_tab()
    await tab.page.get_by_role("textbox", name="Name").fill("Zoë")
    await tab.page.get_by_role("button", name="Change the identifier").click()
    identifier = tab.page.get_by_role("textbox", name="Identifier")
    await expect(identifier).to_be_focused()
    await expect(identifier).to_have_value("zoe")
    with person.cut_off():  # the browser says on the console that it was refused
        await identifier.fill("book worm")
        await identifier.press("Enter")
        await expect(tab.page.get_by_role("alert")).to_contain_text("An identifier has 1 to 255 characters")
    await identifier.fill("bookworm")
    await identifier.press("Enter")
    await tab.connected()
    await tab.page.get_by_role("button", name="Settings of Zoë").click()
    await expect(tab.dialog).to_contain_text("bookworm")
    await tab.page.keyboard.press("Escape")


async def test_a_token_in_the_address_is_taken_out_of_it_and_lives_as_long_as_the_tab(stage: Stage) -> None:
    alice = await stage.person("Alice")
    tab = await alice.tab("/?from=site")
    assert tab.page.url == f"{alice.url}/?from=site"
    assert "token" not in await tab.page.evaluate("JSON.stringify([...Object.keys(localStorage)])")
    other = await alice.stranger_tab()
    await expect(other.page.get_by_role("textbox", name="Nom")).to_be_visible()
    await other.page.close()


@pytest.mark.settings(dev=False)
async def test_without_a_token_the_page_says_how_to_come_in(stage: Stage) -> None:
    alice = await stage.person("Alice")
    tab = await alice.stranger_tab()
    await expect(tab.page.get_by_role("heading", level=1)).to_have_text("La porte est ailleurs.")
    await expect(tab.page.get_by_role("main")).to_contain_text("On entre dans cette messagerie depuis LitSpark")
    await expect(tab.page.get_by_role("textbox")).to_have_count(0)
    await tab.page.close()


async def test_whoever_goes_out_can_come_back_as_somebody_else(stage: Stage) -> None:
    alice = await stage.person("Alice")
    tab = await alice.tab()
    await tab.page.get_by_role("button", name="Réglages de Alice").click()
    await tab.page.get_by_role("button", name="Changer de personne").click()
    await tab.page.get_by_role("textbox", name="Nom").fill("Bob")
    await tab.page.get_by_role("button", name="Entrer").click()
    await tab.connected()
    await expect(tab.page.get_by_role("button", name="Réglages de Bob")).to_be_visible()
    alice.user_id, alice.name = "bob", "Bob"


async def test_the_language_is_the_browser_s_until_one_is_chosen(stage: Stage) -> None:
    bob = await stage.person("Bob", locale="en-US")
    tab = await bob.tab()
    await expect(tab.connection).to_have_text(re.compile("Connected in real time"))
    await expect(tab.page.locator("html")).to_have_attribute("lang", "en")
    await tab.page.get_by_role("button", name="Settings of Bob").click()
    await tab.page.get_by_role("radio", name="Français").check()
    await tab.page.get_by_role("button", name="Fermer").click()
    await expect(tab.connection).to_have_text(re.compile("Connecté en temps réel"))
    await expect(tab.page.locator("html")).to_have_attribute("lang", "fr")
    await tab.page.reload()
    await expect(tab.connection).to_have_text(re.compile("Connecté en temps réel"))


async def test_a_browser_of_another_language_gets_the_site_s_own(stage: Stage) -> None:
    person = await stage.person("Dora", locale="de-DE")
    await expect((await person.tab()).connection).to_have_text(re.compile("Connecté en temps réel"))


async def noting(tab: Tab) -> None:
    """Notes every word that the connection sign says from now on."""
    await tab.page.evaluate(
        """() => {
            window.standing = [];
            const sign = document.querySelector("header [role=status]");
            new MutationObserver(() => window.standing.push(sign.textContent)).observe(
                sign, { subtree: true, childList: true, characterData: true });
        }"""
    )


@pytest.mark.settings(sign_in_ttl=4)
async def test_a_token_that_expires_is_renewed_unnoticed(stage: Stage) -> None:
    alice, bob = await stage.person("Alice"), await stage.client("Bob")
    direct = await bob.start("alice", kind="direct")
    tab = await alice.stranger_tab()
    await tab.page.get_by_role("textbox", name="Nom").fill("Alice")
    await tab.page.get_by_role("button", name="Entrer").click()
    await tab.connected()
    await noting(tab)
    for _ in range(3):  # halfway each; so the first one is over by far
        async with tab.page.expect_response("**/dev/sign-in"):
            pass
    await bob.send(direct, "Toujours là ?")
    await tab.opens("Bob")
    await expect(tab.message("Toujours là ?")).to_be_visible()
    await tab.writes("Encore là")
    await expect(tab.tick("Encore là", "Envoyé", "Sent")).to_be_visible()
    assert await tab.page.evaluate("window.standing") == []


@pytest.mark.settings(dev=False)
async def test_a_session_that_nobody_renews_says_that_it_is_over_and_where_to_go(stage: Stage) -> None:
    alice = await stage.person("Alice")
    tab = await alice.tab(ttl=6)
    await expect(tab.page.get_by_role("banner")).to_contain_text("votre session est terminée")
    await expect(tab.connection).to_contain_text("Déconnecté")
    await tab.page.get_by_role("button", name="Se reconnecter").click()
    await expect(tab.page.get_by_role("heading", level=1)).to_be_visible()
    await tab.page.goto("about:blank")  # else the fragment alone would change, and nothing be loaded
    await tab.page.goto(f"{alice.url}/#token={token('alice', 'Alice')}")
    await tab.connected()
