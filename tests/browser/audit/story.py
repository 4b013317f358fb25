"""What auditors look at, and what they are told elsewhere."""

import json
from typing import Any

import httpx

from tests.browser.audit.archives import REASON
from tests.browser.stage import Stage
from tests.faults.processes import ran
from tests.serving import Node


async def story(stage: Stage) -> str:
    """A conversation in which everything happens that can; its id."""
    alice, bob, chloe = [await stage.client(name) for name in ("Alice", "Bob", "Chloe")]
    room = await alice.start("bob", title="Lectures d’hiver")
    for n in range(3):
        await alice.send(room, f"Une phrase, la {n + 1}e")
    await bob.barrier()
    await bob.mark_as_read(room, 2)
    await alice.add(room, "chloe")
    await chloe.barrier()
    await chloe.send(room, "Me voici")
    await alice.rename(room, "Lectures de printemps")
    await alice.send(room, "Un nouveau titre")
    await bob.mark_as_read(room)
    await alice.send(room, "Et une suite")
    await chloe.barrier()
    await alice.remove(room, "chloe")
    await bob.send(room, "Elle est partie")
    await bob.barrier()
    return room


async def told(database_url: str, *words: str) -> Any:
    """What `litspark audit …` answers."""
    words = (*words, "--reason", REASON, "--format", "json", "--database-url", database_url)
    return json.loads(await ran("audit", *words))


async def recorded(node: Node) -> list[dict[str, Any]]:
    authorization = f"Bearer {node.token('root', scope='audit')}"
    async with httpx.AsyncClient(base_url=node.url, headers={"Authorization": authorization}) as client:
        answer = await client.get("/api/audit/readings")
    found: list[dict[str, Any]] = answer.json()["readings"]
    return found
