"""How fast the chat's read models are rebuilt, and all that can be; alone and under a load, and what it notices of it.

`python -m tests.bench.rebuild HISTORY`, or DIR, a data directory into which a history has been imported: it is used in
place.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from interfaces.client.refusal import Refused
from interfaces.embedded_postgres import running
from migrations import migrate
from tests.bench.load import Load, Measured, measure
from tests.client import Client, connected
from tests.faults.checker import Checker
from tests.faults.processes import AS_IT_COMES, ROOT, Server, command, environment, ran, serving, token
from tests.serving import SECRET

LOAD = Load(rate=500, seconds=20)


LONGEST = 120.0
"""Seconds that a load goes on beside a rebuild, at the most."""


async def rebuild(database_url: str, *projections: str) -> list[dict[str, Any]]:
    """What the command says of each; of all, where none is named."""
    process = await asyncio.create_subprocess_exec(
        *command("rebuild", *projections, "--format", "json"),
        env=environment({"database_url": database_url}),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, "the rebuild failed"
    return list(json.loads(said))


@asynccontextmanager
async def checked(url: str) -> AsyncIterator[tuple[Checker, list[Refused]]]:
    """Somebody checks counts while the block lasts, of a conversation where another one writes all the while.

    What is written may be refused where the machine can't keep up.
    """
    talker, silent = Client(url, token("talker")), Checker(url, "silent")
    done = asyncio.Event()
    refused: list[Refused] = []

    async def talk() -> None:
        conversation_id = await talker.start("silent")
        while not done.is_set():
            try:
                await talker.send(conversation_id, "word")
            except Refused as refusal:
                if not refusal.passes:
                    raise
                refused.append(refusal)
            await asyncio.sleep(0.02)

    async with connected(talker), asyncio.TaskGroup() as group:
        group.create_task(talk())
        group.create_task(silent.run(done))
        yield silent, refused
        done.set()


async def compare(database_url: str) -> None:
    tell("alone", rebuilt=await rebuild(database_url))
    async with serving(database_url=database_url, **AS_IT_COMES) as server:
        await measure(server.url, SECRET, Load(rate=500, seconds=2))
        tell("load alone", load=await measure(server.url, SECRET, LOAD))
        async with checked(server.url) as (checker, refused):
            tell("chat under load", *await under_load(server, database_url, "chat"))
            tell("all under load", *await under_load(server, database_url))
        print(f"{checker.asked} checks, none failed, none wrong; the longest took {checker.longest * 1000:.0f} ms")
        print(f"of what was written beside the load, {len(refused)} refused", *sorted({str(one) for one in refused}))


async def under_load(server: Server, database_url: str, *projections: str) -> tuple[list[dict[str, Any]], Measured]:
    """A rebuild while the load goes on, which ends with it."""
    done = asyncio.Event()
    loading = asyncio.create_task(measure(server.url, SECRET, replace(LOAD, seconds=LONGEST), until=done))
    await asyncio.sleep(6)  # until everybody is there and writes
    rebuilt = await rebuild(database_url, *projections)
    if loading.done():
        print(f"the load ended before the rebuild, after {LONGEST:.0f} s", flush=True)
    done.set()
    return rebuilt, await loading


def tell(when: str, rebuilt: Sequence[dict[str, Any]] = (), load: Measured | None = None) -> None:
    for one in rebuilt:
        rate = f"{one['events_a_second']:,} events a second"
        print(f"{when}: {one['projection']}, {one['events']:,} events in {one['seconds']} s, {rate}", flush=True)
    if load:
        rates = f"{load.messages_per_second:.0f} messages a second for {load.seconds:.0f} s"
        lacking = f"{load.refused} refused, {load.lost} lost"
        acks = f"acknowledged in {load.ack_p50:.0f} ms (p99 {load.ack_p99:.0f})"
        delivered = f"delivered in {load.delivery_p50:.0f} ms (p99 {load.delivery_p99:.0f})"
        print(f"{when}: {rates}, {lacking}, {acks}, {delivered}", flush=True)


@contextmanager
def imported(source: Path) -> Iterator[Path]:
    """A data directory with a history in it."""
    if source.is_dir():
        yield source
        return
    with TemporaryDirectory(prefix="lit-") as folder:
        asyncio.run(ran("import", str(source), "--data-dir", folder))
        yield Path(folder)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with imported(Path(sys.argv[1])) as data_dir, running(data_dir) as database_url:
        migrate(database_url)
        asyncio.run(compare(database_url))


if __name__ == "__main__":
    main()
