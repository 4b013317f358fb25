"""What a server says of its ledger: how far it is, whether it is signed, and whether that keeps others from work."""

from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.docs.test_watching import samples, value
from tests.faults.processes import until
from tests.interfaces.ledger.stage import KEY, PEM, Superuser
from tests.serving import Node, serving

HASTE = {"ledger_key": PEM, "ledger_rest": 0, "ledger_every": 0.05, "poll": 0.02}


async def ready(node: Node) -> tuple[int, dict[str, Any]]:
    async with httpx.AsyncClient(base_url=node.url) as client:
        response = await client.get("/readyz")
    told: dict[str, Any] = response.json()["checks"]["projections"]["ledger"]
    return response.status_code, told


async def serves(node: Node) -> bool:
    """Whether nothing else, like the analytics, is behind any more."""
    return (await ready(node))[0] == 200


async def test_it_is_told_how_far_the_ledger_is(talked_in: str, tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.jsonl"
    async with serving(talked_in, ledger_file=path, **HASTE) as node:
        keeper = node.chat.keeper
        assert keeper and keeper.signer and keeper.signer.key.key_id == KEY.key_id
        await until(lambda: keeper.signer and keeper.signer.last and keeper.deliveries[0].taken == 44)
        await until(lambda: serves(node))
        assert await ready(node) == (200, {"position": 44, "behind": 0, "behind_seconds": 0.0, "failure": None})
        found = await samples(node)
    assert value(found, "litspark_projection_position", projection="ledger") == 44
    assert value(found, "litspark_ledger_signed_position") == 44
    assert value(found, "litspark_ledger_taken_position", outlet="file") == 44
    assert value(found, "litspark_ledger_unsigned") == value(found, "litspark_ledger_not_taken") == 0


async def test_a_ledger_that_is_switched_off_is_not_told_of(talked_in: str) -> None:
    async with serving(talked_in, ledger=False, **HASTE) as node, httpx.AsyncClient(base_url=node.url) as client:
        told = (await client.get("/readyz")).json()
    assert "ledger" not in told["checks"]["projections"]


async def test_one_that_is_behind_keeps_no_server_from_work(talked_in: str, superuser: Superuser) -> None:
    """Here by a minute: its events are a day old, and somebody else holds its row."""
    superuser.does(
        "UPDATE projections SET position = 0 WHERE name = 'ledger'",
        "DELETE FROM ledger_1.entries",
        "UPDATE events SET recorded_at = recorded_at - interval '1 day'",
    )
    with psycopg.connect(talked_in) as other:
        other.execute("SELECT FROM projections WHERE name = 'ledger' FOR UPDATE")
        async with serving(talked_in, **HASTE) as node:
            await until(lambda: serves(node))
            status, told = await ready(node)
            assert (status, told["behind"], told["behind_seconds"] > 10) == (200, 44, True)


async def test_one_that_can_not_follow_does(talked_in: str, superuser: Superuser) -> None:
    superuser.does("DELETE FROM events WHERE notification_id = 44")
    superuser.does(
        "INSERT INTO events SELECT 46, gen_random_uuid(), 1, 'profile.name-told', state, recorded_at FROM events "
        "WHERE notification_id = 1",
        "UPDATE projections SET position = 46 WHERE name = 'chat'",
    )
    async with serving(talked_in, **HASTE) as node:

        async def stuck() -> bool:
            status, told = await ready(node)
            return status == 503 and told["failure"] == "Gap after position 44"

        await until(stuck)
        assert value(await samples(node), "litspark_projection_stuck", projection="ledger") == 1


async def test_one_that_contradicts_what_was_signed_is_told(talked_in: str, superuser: Superuser) -> None:
    superuser.does("UPDATE checkpoints SET root = sha256(root) WHERE size = 44")
    async with serving(talked_in, **HASTE) as node:
        keeper = node.chat.keeper
        assert keeper
        await until(lambda: keeper.signer and keeper.signer.failure)
        assert value(await samples(node), "litspark_ledger_unsigned") == 1
        await until(lambda: serves(node))  # who reads and writes
