"""The badge of the last verification: never, fits, does not fit, or tried in vain."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from interfaces.audit.verifying import Verifying
from tests import contract
from tests.faults.processes import until
from tests.interfaces.ledger.stage import Superuser, talked
from tests.serving import serving

PATH = "/api/audit/verification"
MOMENTS = 60
"""Seconds that a loaded machine may take to start a process, and to verify a small log."""


@asynccontextmanager
async def at_work(url: str, every: float = 0) -> AsyncIterator[Verifying]:
    verifying = Verifying(url, every)
    running = asyncio.create_task(verifying.run())
    try:
        yield verifying
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def verdict(verifying: Verifying, known: Callable[[Any], Any] = lambda told: told["verified_at"]) -> Any:
    await until(lambda: known(verifying.told()) and not verifying.told()["running"], within=MOMENTS)
    return verifying.told()


async def test_over_http_it_is_asked_for_and_then_read(database_url: str) -> None:
    await talked(database_url)
    async with serving(database_url) as node:
        headers = {"Authorization": f"Bearer {node.token('carla', scope='audit')}"}
        hooks: Any = {"response": [contract.response]}
        async with httpx.AsyncClient(base_url=node.url, headers=headers, timeout=20, event_hooks=hooks) as client:
            never = (await client.get(PATH)).json()
            assert never == {**dict.fromkeys(never), "running": False}
            assert (await client.post(PATH)).json()["running"]
            answer: dict[str, Any] = {}

            async def verified() -> bool:
                answer.update((await client.get(PATH)).json())
                return answer["verified_at"] is not None and not answer["running"]

            await until(verified, within=MOMENTS)
            assert (answer["fits"], answer["first_problem"], answer["failure"]) == (True, None, None)
            assert answer["size"] >= 44 and len(answer["root"]) == 64


async def test_what_was_tampered_with_is_named(database_url: str) -> None:
    await talked(database_url)
    Superuser(database_url).does("DELETE FROM events WHERE notification_id = 20")
    async with at_work(database_url) as verifying:
        verifying.begin()
        told = await verdict(verifying)
    assert told["fits"] is False
    assert (told["first_problem"]["position"], told["first_problem"]["kind"]) == (20, "missing")


async def test_it_verifies_by_itself_now_and_then(database_url: str) -> None:
    async with at_work(database_url, every=0.01) as verifying:
        first = await verdict(verifying)
        await until(lambda: verifying.told()["verified_at"] > first["verified_at"], within=MOMENTS)


async def test_what_could_not_be_verified_is_told(database_url: str) -> None:
    async with at_work("postgresql://nobody@127.0.0.1:1/nothing") as verifying:
        verifying.begin()
        verifying.begin()
        told = await verdict(verifying, lambda told: told["failure"])
    assert told["fits"] is None and "in vain" in told["failure"]


async def test_one_that_is_under_way_ends_with_the_server(database_url: str) -> None:
    async with at_work(database_url) as verifying:
        verifying.begin()
        await until(lambda: verifying._running)
