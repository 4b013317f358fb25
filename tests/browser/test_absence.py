"""Whatever breaks, and for however long: afterwards everything is there, once and in order, on every screen."""

import json
import re
from typing import Any

import pytest
from playwright.async_api import Browser, WebSocketRoute, expect

from tests.browser.stage import WAITS, Stage, staged
from tests.browser.tab import Tab
from tests.faults import processes

pytestmark = pytest.mark.slow


async def arrived(*tabs: Tab, bodies: list[str]) -> None:
    """Exactly these messages are on screen, each once, in the same order everywhere; own ones are acknowledged."""
    for tab in tabs:
        for body in bodies:
            await expect(tab.message(body)).to_have_count(1)
        await expect(
            tab.log.get_by_role("img", name=re.compile("^(En attente|Waiting|Envoi…|Sending…)$"))
        ).to_have_count(0)
    orders = [await tab.bodies() for tab in tabs]
    assert all(order == orders[0] for order in orders)
    assert sorted(orders[0]) == sorted(bodies)


async def test_offline_while_ten_messages_come_in_and_two_are_written(stage: Stage) -> None:
    alice, bob = await stage.person("Alice", viewport={"width": 1280, "height": 1600}), await stage.client("Bob")
    other = await stage.person("Bob", viewport={"width": 1280, "height": 1600})
    direct = await bob.start("alice", kind="direct")
    here, there = await alice.tab(f"/c/{direct}"), await other.tab(f"/c/{direct}")
    await there.writes("Avant")
    await expect(here.message("Avant")).to_be_visible()
    theirs = [f"Pendant ton absence, {n}" for n in range(10)]
    mine = ["Du fond du tunnel, un", "Du fond du tunnel, deux"]
    with alice.cut_off():
        await alice.context.set_offline(True)
        await expect(here.connection).to_contain_text("Déconnecté")
        await expect(here.page.get_by_role("banner")).to_contain_text("hors ligne : vos messages partiront")
        await there.writes(*theirs[:5])
        await here.writes(*mine)
        await there.writes(*theirs[5:])
        await expect(here.message("Pendant")).to_have_count(0)
        await alice.context.set_offline(False)
        await here.connected()
    await arrived(here, there, bodies=["Avant", *theirs, *mine])
    assert [body for body in await here.bodies() if body in mine] == mine
    await expect(here.tick(mine[1], "Lu", "Read")).to_be_visible()


async def test_an_absence_so_long_that_catching_up_takes_many_pages(stage: Stage) -> None:
    alice, bob = await stage.person("Alice"), await stage.client("Bob")
    direct = await bob.start("alice", kind="direct")
    await bob.send(direct, "Avant")
    tab = await alice.tab(f"/c/{direct}")
    await expect(tab.message("Avant")).to_be_visible()
    with alice.cut_off():
        await alice.context.set_offline(True)
        await expect(tab.connection).to_contain_text("Déconnecté")
        await bob.send_all(direct, [f"Page après page {n}" for n in range(420)])
        await alice.context.set_offline(False)
        await tab.connected()
    await expect(tab.row("Bob")).to_contain_text("Page après page 419")
    await tab.scrolls_to_end()
    await expect(tab.message("Page après page 419")).to_be_visible()


async def test_the_server_is_killed_and_started_again(browser: Browser, database_url: str) -> None:
    settings: dict[str, Any] = {
        "database_url": database_url,
        "dev": True,
        "web_waits": json.dumps(WAITS | {"retry": 0.5, "longest_retry": 1}),
    }
    async with processes.serving(**settings) as first:
        port = first.url.rsplit(":", 1)[1]
        async with staged(browser, first.url) as stage:
            tall = {"width": 1280, "height": 1600}
            alice, bob = await stage.person("Alice", viewport=tall), await stage.person("Bob", viewport=tall)
            client = await stage.client("Bob")
            direct = await client.start("alice", kind="direct")
            here, there = await alice.tab(f"/c/{direct}"), await bob.tab(f"/c/{direct}")
            await here.writes("Avant la chute")
            await expect(there.message("Avant la chute")).to_be_visible()
            with alice.cut_off(), bob.cut_off():
                await first.kill()
                await expect(here.connection).to_have_text(re.compile("Reconnexion…|Déconnecté"))
                await expect(here.page.get_by_role("banner")).to_contain_text(re.compile("nouvel essai dans|tentative"))
                await here.writes("Dans le vide, un", "Dans le vide, deux")
                await there.writes("De l’autre côté du vide")
                async with processes.serving(**settings, port=port):
                    await here.connected()
                    await there.connected()
                    bodies = ["Avant la chute", "Dans le vide, un", "Dans le vide, deux", "De l’autre côté du vide"]
                    await arrived(here, there, bodies=bodies)
                    await stage.check()
                    await stage.close()
                    stage.people, stage.clients = [], []


@pytest.mark.settings(web_waits={"retry": 60, "longest_retry": 60})
async def test_a_broken_connection_says_when_it_tries_again_and_can_be_hurried(stage: Stage) -> None:
    alice, bob = await stage.person("Alice"), await stage.client("Bob")
    direct = await bob.start("alice", kind="direct")
    await alice.context.route_web_socket(re.compile(r"/socket\.io/"), lambda socket: None)  # says nothing
    tab = await alice.tab()
    broken = re.compile(r"/socket\.io/")
    with alice.cut_off():
        await alice.context.route(broken, lambda route: route.abort())
        await bob.send(direct, "Le dernier mot qui passe")  # it ends the poll that is under way; the next one fails
        await expect(tab.connection).to_contain_text("Reconnexion…")
        await expect(tab.page.get_by_role("banner")).to_contain_text(re.compile(r"nouvel essai dans [1-9]\d? s"))
        await bob.send(direct, "Entre-temps")
        await alice.context.unroute(broken)
        await tab.page.get_by_role("button", name="Réessayer").click()
        await tab.connected()
    await expect(tab.row("Entre-temps")).to_be_visible()


async def silent(socket: WebSocketRoute) -> None:
    """Takes everything, and says nothing."""


async def closed(socket: WebSocketRoute) -> None:
    await socket.close()


@pytest.mark.parametrize("block", [silent, closed], ids=["swallowed", "refused"])
async def test_where_websocket_is_blocked_everything_works_by_polling(stage: Stage, block: Any) -> None:
    alice, bob = await stage.person("Alice"), await stage.person("Bob", locale="en-GB")
    for person in (alice, bob):
        await person.context.route_web_socket(re.compile(r"/socket\.io/"), block)
    client = await stage.client("Chloe")
    group = await client.start("alice", "bob", title="Par petits bouts")
    here, there = await alice.tab(f"/c/{group}"), await bob.tab(f"/c/{group}")
    await expect(here.page.get_by_role("banner")).to_contain_text("par interrogation régulière")
    await here.writes("Un", "Deux")
    await there.writes("Three")
    await arrived(here, there, bodies=["Un", "Deux", "Three"])
    await expect(here.tick("Un", "Envoyé, lu par 1 personne", "")).to_be_visible()
    other = await client.start("alice", title="Ailleurs")
    await client.send(other, "Un coup d’œil ?")
    await expect(here.toasts).to_contain_text("Un coup d’œil ?")
    with alice.cut_off():
        await alice.context.set_offline(True)
        await here.writes("Hors ligne")
        await there.writes("Meanwhile")
        await alice.context.set_offline(False)
        await arrived(here, there, bodies=["Un", "Deux", "Three", "Hors ligne", "Meanwhile"])


@pytest.mark.settings(web_waits={"ack": 1})
async def test_a_connection_that_has_gone_deaf_is_given_up_for_another(stage: Stage) -> None:
    """No error, no end: the network just takes everything, as it does on a train."""
    deaf = False
    alice, bob = await stage.person("Alice"), await stage.client("Bob")
    direct = await bob.start("alice", kind="direct")
    await bob.join(direct)

    async def pass_on(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        mute = deaf  # a new one hears again
        socket.on_message(lambda data: None if deaf and not mute else server.send(data))
        server.on_message(lambda data: None if deaf and not mute else socket.send(data))

    await alice.context.route_web_socket(re.compile(r"/socket\.io/"), pass_on)
    tab = await alice.tab(f"/c/{direct}")
    await expect(tab.field).to_be_visible()
    await tab.writes("Tu m’entends ?")
    await expect(tab.tick("Tu m’entends ?", "Envoyé", "Sent")).to_be_visible()
    deaf = True
    await bob.send(direct, "Oui, et toi ?")
    with alice.cut_off():
        await tab.writes("Allô ?")
        await expect(tab.tick("Allô ?", "Envoyé", "Sent")).to_be_visible()
    await arrived(tab, bodies=["Tu m’entends ?", "Oui, et toi ?", "Allô ?"])


@pytest.mark.settings(web_waits={"away": 0.3})
async def test_who_does_not_look_for_a_while_leaves_and_comes_back_to_where_it_was(stage: Stage, node: Any) -> None:
    bob = await stage.client("Bob")
    direct = await bob.start("alice", kind="direct")
    await bob.send(direct, "Avant")
    alice = await stage.person("Alice")
    tab = await alice.tab(f"/c/{direct}")
    await expect(tab.message("Avant")).to_be_visible()
    await expect(tab.page).to_have_title("LitSpark · Messages")
    assert watched(node, "alice") == {direct}
    await tab.hides()
    await processes.until(lambda: watched(node, "alice") == set())
    for n in range(3):
        await bob.send(direct, f"Pendant, {n}")
    await expect(tab.page).to_have_title("(3) LitSpark")
    await expect(tab.message("Pendant")).to_have_count(0)
    await tab.attends()
    await processes.until(lambda: watched(node, "alice") == {direct})
    await expect(tab.message("Pendant, 2")).to_be_visible()
    await arrived(tab, bodies=["Avant", "Pendant, 0", "Pendant, 1", "Pendant, 2"])
    await expect(tab.page).to_have_title("LitSpark · Messages")


async def test_opening_joins_and_leaving_leaves(stage: Stage, node: Any) -> None:
    bob = await stage.client("Bob")
    one, two = await bob.start("alice", title="Un"), await bob.start("alice", title="Deux")
    alice = await stage.person("Alice")
    tab = await alice.tab()
    assert watched(node, "alice") == set()
    await tab.page.get_by_role("link", name="Deux").click()
    await processes.until(lambda: watched(node, "alice") == {two})
    await tab.page.get_by_role("link", name=re.compile("^Un ")).click()
    await processes.until(lambda: watched(node, "alice") == {one})
    await tab.page.go_back()
    await processes.until(lambda: watched(node, "alice") == {two})
    await tab.page.go_back()
    await processes.until(lambda: watched(node, "alice") == set())


def watched(node: Any, user_id: str) -> set[str]:
    receivers = node.audience.users.get(user_id, set())
    return {str(conversation_id) for receiver in receivers for conversation_id in receiver.watching}


async def test_a_message_that_never_came_is_fetched(stage: Stage) -> None:
    """A push that is lost on the way shows as a gap in the numbers."""
    bob = await stage.client("Bob")
    direct = await bob.start("alice", kind="direct")
    alice = await stage.person("Alice")

    async def lose(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda data: None if "new_message" in data and "Perdu" in data else socket.send(data))

    await alice.context.route_web_socket(re.compile(r"/socket\.io/"), lose)
    tab = await alice.tab(f"/c/{direct}")
    await expect(tab.field).to_be_visible()
    for body in ("Un", "Perdu", "Trois"):
        await bob.send(direct, body)
    await expect(tab.messages).to_have_count(3)
    await arrived(tab, bodies=["Un", "Perdu", "Trois"])
