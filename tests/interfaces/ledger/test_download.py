"""A bundle by HTTP: the very one that the command line writes, sent while it is made."""

import json
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
import pytest_asyncio

from interfaces.audit.record import Auditor
from interfaces.ledger.bundle.download import Download
from interfaces.ledger.bundle.reader import Reader
from interfaces.ledger.bundle.selection import Selection
from tests import contract
from tests.interfaces.http.asking import refusal
from tests.interfaces.ledger.stage import GROUP, KEY, PEM, silent
from tests.interfaces.ledger.test_bundle import exported, shown
from tests.serving import Node, serving

PATH = "/api/audit/export"
UP_TO_30 = Selection(last=30, conversation_id=GROUP)
HASTE = {"ledger_key": PEM, "ledger_rest": 0, "ledger_every": 0.1}


@pytest_asyncio.fixture
async def node(talked_in: str) -> AsyncIterator[Node]:
    async with serving(talked_in, **HASTE) as running:
        yield running


@pytest_asyncio.fixture
async def client(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {node.token('carla', scope='audit')}", "Audit-Reason": "complaint"}
    hooks = {"response": [contract.response]}
    async with httpx.AsyncClient(base_url=node.url, headers=headers, timeout=20, event_hooks=hooks) as opened:
        yield opened


async def bundle(client: httpx.AsyncClient, folder: Path, **query: object) -> Path:
    answer = await client.get(PATH, params={key: str(value) for key, value in query.items()})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip"), answer.text
    assert "attachment" in answer.headers["Content-Disposition"]
    with ZipFile(BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return folder


async def test_it_is_verified_by_the_public_key_alone(client: httpx.AsyncClient, tmp_path: Path) -> None:
    report = Reader(await bundle(client, tmp_path / "all"), (KEY.public_key,)).run(silent)
    assert report.fits, report.problem
    assert report.events >= 44


async def test_it_is_the_one_that_the_command_line_writes(
    client: httpx.AsyncClient, talked_in: str, tmp_path: Path
) -> None:
    one = await bundle(client, tmp_path / "one", conversation_id=GROUP, to=30)
    other = tmp_path / "other"
    await exported(talked_in, other, UP_TO_30)
    assert shown(one) == shown(other)
    assert Reader(one, (KEY.public_key,)).run(silent).fits
    manifest = json.loads((one / "manifest.json").read_bytes())
    assert manifest["selection"] == UP_TO_30.written()


async def test_it_is_recorded(client: httpx.AsyncClient, tmp_path: Path) -> None:
    await bundle(client, tmp_path / "one", conversation_id=GROUP, to=30, **{"from": 5})
    answer = await client.get("/api/audit/readings", params={"limit": 1})
    data = answer.json()["readings"][0]["data"]
    assert data == {
        "auditor": "carla",
        "what": "export",
        "reason": "complaint",
        "position": 30,
        "conversation_id": str(GROUP),
        "after": 4,
    }


async def test_what_can_not_be_exported_is_refused(client: httpx.AsyncClient) -> None:
    for query, code in (
        ({"from": "noon"}, "invalid_payload"),
        ({"to": "99999"}, "invalid_payload"),
        ({"from": "9", "to": "5"}, "invalid_payload"),
        ({"user_id": "zoe"}, "not_found"),
        ({"conversation_id": "0190f3a2-6c1e-7d3a-9b52-3f1c8a7e5d10"}, "not_found"),
        ({"conversation_id": str(GROUP), "user_id": "bob"}, "invalid_payload"),
    ):
        refusal(await client.get(PATH, params=query), code)
    answer = await client.get(PATH, headers={"Audit-Reason": ""})
    refusal(answer, "invalid_payload", "Audit-Reason")
    assert (await client.get("/api/audit/readings")).json()["readings"] == []


async def test_what_is_not_signed_yet_has_to_wait(database_url: str) -> None:
    async with serving(database_url, ledger=False) as node:
        headers = {"Authorization": f"Bearer {node.token('carla', scope='audit')}", "Audit-Reason": "complaint"}
        async with httpx.AsyncClient(base_url=node.url, headers=headers) as client:
            refusal(await client.get(PATH), "unavailable")


async def test_who_goes_in_the_middle_leaves_nothing_open(node: Node) -> None:
    pieces = await Download(node.chat).begin(Auditor("carla", "complaint"), None, None, None, None)
    assert await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined]
    with pytest.raises(StopAsyncIteration):
        await anext(pieces)
