"""What comes in elsewhere is told, once."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.tab import Tab
from tests.client import Client
from tests.faults.processes import until

pytestmark = pytest.mark.slow

NOTIFICATIONS = """
window.notifications = [];
if (location.protocol.startsWith("http")) window.Notification = class {
    static permission = localStorage.getItem("permission") ?? "default";
    static async requestPermission() {
        localStorage.setItem("permission", "granted");
        return (this.permission = "granted");
    }
    constructor(title, options) {
        Object.assign(this, options, { title });
        window.notifications.push(this);
    }
    close() {}
};
"""


SHOWN = "window.notifications.map(({ title, body }) => [title, body])"


async def talks(client: Client, *titles: str) -> list[str]:
    """Conversations with Alice, one for each title."""
    return [await client.start("alice", title=title) for title in titles]


async def test_a_message_elsewhere_is_told_by_a_toast_that_opens_it(stage: Stage) -> None:
    client = await stage.client("Bob")
    one, two = await talks(client, "Ici", "Là")
    alice = await stage.person("Alice")
    tab = await alice.tab()
    await tab.opens("Ici")
    await client.send(one, "Je le vois déjà")
    await expect(tab.message("Je le vois déjà")).to_be_visible()
    await client.send(two, "Coucou   toi")
    await expect(tab.toasts).to_have_count(1)
    await expect(tab.toasts).to_contain_text("Bob · Là")
    await expect(tab.toasts).to_contain_text("Coucou toi")
    box = await tab.toasts.bounding_box()
    assert box
    assert box["x"] + box["width"] > 1280 - 40  # at the top right
    assert box["y"] < 100
    await tab.toasts.get_by_role("button", name=re.compile("Bob")).click()
    await expect(tab.heading).to_have_text("Là")
    await expect(tab.message("Coucou")).to_be_visible()
    await expect(tab.toasts).to_have_count(0)


@pytest.mark.settings(web_waits={"toast": 4})
async def test_a_toast_goes_by_itself_but_not_under_the_pointer_or_the_focus(stage: Stage) -> None:
    client = await stage.client("Bob")
    _, two = await talks(client, "Ici", "Là")
    alice = await stage.person("Alice")
    tab = await alice.tab()
    await tab.opens("Ici")
    await client.send(two, "Passager")
    await expect(tab.toasts).to_have_count(1)
    await expect(tab.toasts).to_have_count(0)
    for held in ("pointer", "focus"):
        await client.send(two, f"Retenu {held}")
        toast = tab.toasts.filter(has_text=f"Retenu {held}")
        button = toast.get_by_role("button", name=re.compile("Bob"))
        await (button.hover() if held == "pointer" else button.focus())
        began = await tab.page.evaluate("performance.now()")
        await expect(tab.page.locator("html")).to_have_js_property("isConnected", True)
        await tab.page.evaluate(
            "(until) => new Promise((go) => setTimeout(go, until - performance.now()))", began + 5000
        )
        await expect(toast).to_have_count(1)
        await (tab.page.mouse.move(200, 700) if held == "pointer" else tab.field.focus())
        await expect(tab.toasts).to_have_count(0)


async def test_a_toast_can_be_closed(stage: Stage) -> None:
    client = await stage.client("Bob")
    (one,) = await talks(client, "Un")
    alice = await stage.person("Alice")
    tab = await alice.tab()
    await client.send(one, "Ferme-moi")
    await tab.toasts.get_by_role("button", name="Fermer").click()
    await expect(tab.toasts).to_have_count(0)
    assert tab.page.url == f"{alice.url}/"


async def test_several_in_a_burst_are_told_as_one(stage: Stage) -> None:
    client = await stage.client("Bob")
    talking = await talks(client, *"ABCD")
    alice = await stage.person("Alice")
    tab = await alice.tab()
    for one in (*talking, talking[0]):
        await client.send(one, f"Pour {one}")
    await expect(tab.toasts.filter(has_text="5 nouveaux messages dans 4 conversations")).to_have_count(1)
    await expect(tab.toasts).to_have_count(1)


async def test_several_of_one_conversation_are_one_toast(stage: Stage) -> None:
    client = await stage.client("Bob")
    (one,) = await talks(client, "Un")
    alice = await stage.person("Alice")
    tab = await alice.tab()
    for n in range(3):
        await client.send(one, f"Numéro {n}")
    await expect(tab.toasts.filter(has_text="3 nouveaux messages · Numéro 2")).to_have_count(1)
    await expect(tab.toasts).to_have_count(1)


async def test_what_came_during_an_absence_is_told_as_one(stage: Stage) -> None:
    client = await stage.client("Bob")
    (one,) = await talks(client, "Un")
    alice = await stage.person("Alice")
    tab = await alice.tab()
    with alice.cut_off():
        await alice.context.set_offline(True)
        await expect(tab.connection).to_contain_text("Déconnecté")
        await client.send_all(one, [f"Numéro {n}" for n in range(10)])
        await alice.context.set_offline(False)
        await tab.connected()
    await expect(tab.toasts.filter(has_text="10 nouveaux messages · Numéro 9")).to_have_count(1)
    await expect(tab.toasts).to_have_count(1)


async def test_one_s_own_message_from_another_device_is_no_news(stage: Stage) -> None:
    client, me = await stage.client("Bob"), await stage.client("Alice")
    (one,) = await talks(client, "Un")
    alice = await stage.person("Alice")
    tab = await alice.tab()
    await me.send(one, "De mon téléphone")
    await expect(tab.row("Un")).to_contain_text("Vous : De mon téléphone")
    await client.send(one, "Réponse")
    await expect(tab.toasts).to_have_count(1)
    await expect(tab.toasts).to_contain_text("Réponse")


async def told(tabs: list[Tab]) -> list[int]:
    return [await tab.toasts.count() for tab in tabs]


@pytest.mark.settings(web_waits={"yield": 0.5})
async def test_of_three_tabs_one_shows_the_toast(stage: Stage) -> None:
    client = await stage.client("Bob")
    one, two = await talks(client, "Un", "Deux")
    alice = await stage.person("Alice")
    tabs = [await alice.tab() for _ in range(3)]
    await tabs[0].attends(True, False)
    await tabs[2].hides()
    for conversation_id, expected in ((one, 1), (two, 2)):  # the second: by then the others would have shown the first
        await client.send(conversation_id, "Une seule fois")
        await expect(tabs[1].toasts).to_have_count(expected)
        for tab in tabs:
            await expect(tab.page).to_have_title(f"({expected}) LitSpark")
    assert await told(tabs) == [0, 2, 0]


async def test_of_three_tabs_that_nobody_looks_at_one_notifies_the_desktop(stage: Stage) -> None:
    client = await stage.client("Bob")
    one, two = await talks(client, "Un", "Deux")
    alice = await stage.person("Alice")
    await alice.context.add_init_script(NOTIFICATIONS)
    tabs = [await alice.tab()]
    assert await tabs[0].page.evaluate("Notification.permission") == "default"  # nobody is asked unasked
    await tabs[0].page.get_by_role("button", name="Réglages de Alice").click()
    await tabs[0].dialog.get_by_role("switch", name="Notifications du bureau").check()
    await tabs[0].page.keyboard.press("Escape")
    tabs += [await alice.tab() for _ in range(2)]
    for tab in tabs:
        await tab.hides()
    for conversation_id, expected in ((one, 1), (two, 2)):
        await client.send(conversation_id, "Dans ton dos")
        for tab in tabs:
            await expect(tab.page).to_have_title(f"({expected}) LitSpark")
    shown: list[list[str]] = []

    async def both() -> bool:
        shown[:] = [one for tab in tabs for one in await tab.page.evaluate(SHOWN)]
        return len(shown) >= 2

    await until(both)
    assert sorted(shown) == [["Bob · Deux", "Dans ton dos"], ["Bob · Un", "Dans ton dos"]]
    for tab in tabs:
        await tab.attends()


async def test_without_leave_nothing_is_notified(stage: Stage) -> None:
    client = await stage.client("Bob")
    (one,) = await talks(client, "Un")
    alice = await stage.person("Alice")
    await alice.context.add_init_script(NOTIFICATIONS)
    tab = await alice.tab()
    await tab.hides()
    await client.send(one, "Silence")
    await expect(tab.toasts).to_have_count(1)
    assert await tab.page.evaluate("window.notifications.length") == 0
    await tab.attends()
