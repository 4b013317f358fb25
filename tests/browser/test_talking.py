"""Two people write to each other."""

from playwright.async_api import expect

from tests.browser.stage import Stage


async def test_a_message_is_at_once_on_the_other_screen_and_is_ticked_when_read(stage: Stage) -> None:
    alice, bob = await stage.person("Alice"), await stage.person("Bob", locale="en-GB")
    here, there = await alice.tab(), await bob.tab()
    client = await stage.client("Alice")
    await client.start("bob", kind="direct")
    await here.opens("bob")
    await there.opens("Alice")
    await here.writes("Bonjour Bob !")
    await expect(there.message("Bonjour Bob !")).to_be_visible()
    await expect(here.tick("Bonjour Bob !", "Lu", "Read")).to_be_visible()
    await there.writes("Salut Alice")
    await expect(here.message("Salut Alice")).to_be_visible()
