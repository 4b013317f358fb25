"""What one writes arrives, once, in order; or says why not."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.serving import Node

pytestmark = pytest.mark.slow


async def test_what_is_written_offline_survives_a_reload_and_leaves_in_order(stage: Stage) -> None:
    client = await stage.client("Bob")
    direct = await client.start("alice", kind="direct")
    await client.join(direct)
    alice = await stage.person("Alice")
    tab = await alice.tab(f"/c/{direct}")
    await expect(tab.field).to_be_visible()
    with alice.cut_off():
        # The page is to come back while the server can't be spoken to: only its assets go through.
        await alice.context.route(re.compile(r"/(socket\.io|api|dev)/"), lambda route: route.abort())
        await tab.page.reload()
        await expect(tab.page.get_by_role("banner")).to_be_visible()
        await alice.context.unroute_all()
        await tab.connected()
        await alice.context.set_offline(True)
        await tab.writes("Premier", "Deuxième", "Troisième")
        await expect(tab.tick("Troisième", "En attente", "Waiting")).to_be_visible()
        await expect(tab.row("Bob").get_by_role("img", name="en attente d’envoi")).to_be_visible()
        await alice.context.set_offline(False)
        await alice.context.route(re.compile(r"/(socket\.io|api|dev)/"), lambda route: route.abort())
        await tab.page.reload()
        await expect(tab.page.get_by_role("banner")).to_be_visible()
        await alice.context.unroute_all()
        await tab.connected()
        for body in ("Premier", "Deuxième", "Troisième"):
            await expect(tab.tick(body, "Envoyé", "Sent")).to_be_visible()
    await client.barrier()
    sent = [client.rooms[direct].messages[number].body for number in sorted(client.rooms[direct].messages)]
    assert sent == ["Premier", "Deuxième", "Troisième"]


@pytest.mark.settings(commands_per_second=4, command_burst=6)
async def test_whoever_writes_too_fast_waits_and_nothing_is_lost(stage: Stage) -> None:
    client = await stage.client("Bob")
    direct = await client.start("alice", kind="direct")
    await client.join(direct)
    alice = await stage.person("Alice")
    tab = await alice.tab(f"/c/{direct}")
    bodies = [f"Vite {n:02}" for n in range(15)]
    await tab.writes(*bodies)
    await expect(tab.tick(bodies[-1], "Envoyé", "Sent")).to_be_visible()
    await client.barrier()
    messages = client.rooms[direct].messages
    assert [messages[number].body for number in sorted(messages)] == bodies


async def test_a_refused_message_says_why_and_can_be_dropped_tried_again_or_edited(stage: Stage) -> None:
    owner = await stage.client("Owner")
    group = await owner.start("alice", title="Porte à battants")
    alice = await stage.person("Alice")
    tab = await alice.tab(f"/c/{group}")
    await expect(tab.field).to_be_visible()
    # The server can't refuse what this page lets out, so something on the way spoils it.
    await tab.page.reload()
    await tab.connected()
    await expect(tab.page.locator(".sign .doing")).to_have_count(0)  # by WebSocket
    await expect(tab.field).to_be_visible()
    await tab.page.evaluate(
        """() => {
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (data) {
                send.call(this, typeof data === "string" ? data.replace('"body":"Gâté', '"bodi":"Gâté') : data);
            };
        }"""
    )
    for body in ("Gâté un", "Gâté deux", "Gâté trois"):
        await tab.field.fill(body)
        await tab.field.press("Enter")
        await expect(tab.tick(body, "Refusé", "Refused")).to_be_visible()
    await expect(tab.message("Gâté un").get_by_role("alert")).to_contain_text("Non envoyé")
    await tab.message("Gâté un").get_by_role("button", name="Abandonner").click()
    await expect(tab.message("Gâté un")).to_have_count(0)
    await tab.message("Gâté deux").get_by_role("button", name="Modifier").click()
    await expect(tab.message("Gâté deux")).to_have_count(0)
    await expect(tab.field).to_have_value("Gâté deux")
    await tab.writes("Tout frais")
    await expect(tab.tick("Tout frais", "Envoyé", "Sent")).to_be_visible()
    await tab.page.reload()
    await tab.message("Gâté trois").get_by_role("button", name="Réessayer").click()
    await expect(tab.tick("Gâté trois", "Envoyé", "Sent")).to_be_visible()


async def test_what_is_written_to_a_group_that_one_was_removed_from_says_so(stage: Stage) -> None:
    owner = await stage.client("Owner")
    group = await owner.start("alice", title="Fermé bientôt")
    alice = await stage.person("Alice")
    tab = await alice.tab(f"/c/{group}")
    await expect(tab.field).to_be_visible()
    with alice.cut_off():
        await alice.context.set_offline(True)
        await tab.writes("Trop tard")
        await owner.remove(group, "alice")
        await alice.context.set_offline(False)
        await tab.connected()
        await expect(tab.page.get_by_role("heading", name="Conversation introuvable")).to_be_visible()
        await expect(tab.page.get_by_role("main")).to_contain_text(
            re.compile("Non envoyé.*Trop tard|Trop tard.*Non envoyé")
        )
    await owner.add(group, "alice")
    await expect(tab.message("Trop tard").get_by_role("alert")).to_contain_text("Non envoyé")
    await tab.message("Trop tard").get_by_role("button", name="Réessayer").click()
    await expect(tab.tick("Trop tard", "Lu", "Read").or_(tab.tick("Trop tard", "Envoyé", "Sent"))).to_be_visible()


async def test_two_tabs_send_what_was_written_in_both_once(stage: Stage, node: Node) -> None:
    client = await stage.client("Bob")
    direct = await client.start("alice", kind="direct")
    await client.join(direct)
    alice = await stage.person("Alice")
    tabs = [await alice.tab(f"/c/{direct}") for _ in range(2)]
    for tab in tabs:
        await expect(tab.page.get_by_role("heading", name="La page est blanche.")).to_be_visible()
    with alice.cut_off():
        await alice.context.set_offline(True)
        bodies = []
        for n in range(6):
            bodies.append(f"Onglet {n % 2}, ligne {n}")
            await tabs[n % 2].writes(bodies[-1])
            await expect(tabs[1 - n % 2].message(bodies[-1])).to_be_visible()
        await alice.context.set_offline(False)
        for tab in tabs:
            await expect(tab.tick(bodies[-1], "Envoyé", "Sent")).to_be_visible()
    await client.barrier()
    messages = client.rooms[direct].messages
    assert [messages[number].body for number in sorted(messages)] == bodies
    for tab in tabs:
        assert await tab.bodies() == bodies


async def test_a_browser_that_keeps_nothing_is_told_of_and_sends_all_the_same(stage: Stage) -> None:
    client = await stage.client("Bob")
    direct = await client.start("alice", kind="direct")
    alice = await stage.person("Alice")
    alice.expected.append(re.compile("reload"))  # one warning on the console says why
    await alice.context.add_init_script(
        "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }"
    )
    tab = await alice.tab(f"/c/{direct}")
    await expect(tab.page.get_by_role("alert").filter(has_text="Ce navigateur ne garde rien")).to_be_visible()
    await tab.writes("Quand même")
    await expect(tab.tick("Quand même", "Envoyé", "Sent")).to_be_visible()
