"""Whether the log is as it was written, and what is taken away from it."""

import json
import re
from pathlib import Path
from zipfile import ZipFile

import httpx
import psycopg
import pytest
from playwright.async_api import expect

from interfaces.ledger.bundle.reader import Reader
from tests.browser.audit.archives import archives
from tests.browser.audit.story import story
from tests.browser.stage import Stage
from tests.faults.processes import until
from tests.interfaces.ledger.stage import KEY, PEM, silent
from tests.serving import Node

pytestmark = pytest.mark.slow

LEDGER = {"ledger_key": PEM, "ledger_rest": 0, "ledger_every": 0.1}
"""A ledger that is signed, in haste."""


@pytest.mark.settings(**LEDGER)
async def test_what_is_exported_is_verified_by_the_public_key_alone(stage: Stage, node: Node, tmp_path: Path) -> None:
    room = await story(stage)
    vera = await stage.person("Vera")
    page = await archives(vera, f"/audit/{room}")
    await page.settled()
    await until(lambda: signed(node, room), 15)
    await page.moves(8)
    position = await page.position()
    await page.button("Exporter", "").click()
    async with page.page.expect_download() as coming:
        await page.dialog.get_by_role("button", name="Télécharger").click()
    bundle = await coming.value
    assert bundle.suggested_filename == f"litspark-conversation-{position}.zip"
    await expect(page.dialog.get_by_role("status")).to_contain_text("C’est fait")
    with ZipFile(await bundle.path()) as archive:
        archive.extractall(tmp_path)
    report = Reader(tmp_path, (KEY.public_key,)).run(silent)
    assert report.fits, report.problem
    selection = json.loads((tmp_path / "manifest.json").read_bytes())["selection"]
    assert (selection["conversation_id"], selection["last"]) == (room, position)


async def signed(node: Node, room: str) -> bool:
    """Whether all that was said is in a checkpoint."""
    headers = {"Authorization": f"Bearer {node.token('root', scope='audit')}", "Audit-Reason": "waiting"}
    async with httpx.AsyncClient(base_url=node.url, headers=headers) as client:
        return (await client.get("/api/audit/export", params={"conversation_id": room})).status_code == 200


@pytest.mark.settings(**LEDGER, web_waits={"verifying": 0.1})
async def test_the_badge_says_how_the_last_verification_came_out(stage: Stage, node: Node, database_url: str) -> None:
    room = await story(stage)
    page = await archives(await stage.person("Vera"))
    await until(lambda: signed(node, room), 15)
    await page.button("Jamais vérifié", "").click()
    verify = page.dialog.get_by_role("button", name="Vérifier maintenant")
    await verify.click()
    verdict = page.dialog.get_by_role("status")
    await expect(verdict).to_have_text("Chaque événement est tel qu’il a été écrit, à sa place.", timeout=60_000)
    await expect(page.dialog).to_contain_text(re.compile(r"\d+ événements"))
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as database:
        await database.execute(
            "UPDATE events SET recorded_at = recorded_at - interval '1 second' WHERE notification_id = 5"
        )
    await verify.click()
    await expect(verdict).to_have_text("Le journal n’est plus tel qu’il a été écrit.", timeout=60_000)
    await expect(page.dialog).to_contain_text("Position 5")
    await expect(page.dialog).to_contain_text("modifié")
    await page.page.keyboard.press("Escape")
    await expect(page.button("Ne concorde pas.*", "")).to_be_visible()
