"""Half of what saturates it, for as long as one likes: is it in the end as it was at the start? `make bench-soak`.

A row a minute. In the end, the medians of the last fifth of the minutes to those of the first, without the warm-up in
which caches fill. The load is one process, with the same 100 people from the beginning to the end.
"""

import argparse
import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from interfaces.embedded_postgres import running
from tests.bench.cpu import files, proportional, resident
from tests.bench.load import Load, Measured, measure, measures
from tests.bench.sides import cluster, database
from tests.faults.processes import AS_IT_COMES, serving
from tests.serving import SECRET

MIB = 1 << 20
TRIES = 3
BEHIND = re.compile(r"^litspark_projection_behind_events\{.*\} (\S+)$", re.MULTILINE)
FLAT = 0.05
"""What memory may move by and still be called flat."""


@dataclass(frozen=True)
class Minute:
    """What a minute was like. Memory is in MiB, latencies are in milliseconds."""

    measured: Measured
    server: float
    postgres: float
    files: int
    behind: int
    """Events that the projection that is the furthest behind had not come to yet."""


COLUMNS: dict[str, Callable[[Minute], float]] = {
    "messages/s": lambda one: one.measured.messages_per_second,
    "delivered p50": lambda one: one.measured.delivery_p50,
    "p99": lambda one: one.measured.delivery_p99,
    "acked p99": lambda one: one.measured.ack_p99,
    "server MiB": lambda one: one.server,
    "PostgreSQL MiB": lambda one: one.postgres,
    "load MiB": lambda one: one.measured.memory / MIB,
    "files": lambda one: one.files,
    "behind": lambda one: one.behind,
    "refused": lambda one: one.measured.refused,
    "lost": lambda one: one.measured.lost,
    "twice": lambda one: one.measured.twice,
}
COMPARED = ("messages/s", "delivered p50", "p99", "acked p99", "server MiB", "PostgreSQL MiB", "load MiB", "files")


async def soak(minutes: int, seconds: float, rate: float) -> None:
    with TemporaryDirectory(prefix="lit-") as folder, running(Path(folder) / "data") as postgres_url:
        postgres = cluster(Path(folder) / "data")
        if not rate:
            full = await saturation(database(postgres_url, "saturated"))
            print(f"saturated: {full:,.0f} messages a second, to 5 each")
            rate = full / 2
        print(f"{rate:,.0f} messages a second, to 5 each, for {minutes} minutes", flush=True)
        async with serving(database_url=database(postgres_url, "soaked"), **AS_IT_COMES) as server:
            there = []
            print("| minute |", " | ".join(COLUMNS), "|\n| --- |", "--- | " * len(COLUMNS))
            load = Load(rate=rate, seconds=seconds, windows=minutes)
            async for measured in measures(server.url, SECRET, load):
                there.append(await minute(measured, server.url, server.process.pid, postgres))
                print(
                    f"| {len(there)} |", " | ".join(f"{of(there[-1]):,.4g}" for of in COLUMNS.values()), "|", flush=True
                )
            errors = server.output.count('"level":"error"')
        print(f"{told(there)}\nerrors in the log: {errors}")


async def saturation(database_url: str) -> float:
    async with serving(database_url=database_url, **AS_IT_COMES) as server:
        return median([(await measure(server.url, SECRET, Load())).messages_per_second for _ in range(TRIES)])


async def minute(measured: Measured, url: str, pid: int, postgres: int) -> Minute:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        behind = [float(found) for found in BEHIND.findall((await http.get(f"{url}/metrics")).text)]
    return Minute(measured, resident(pid) / MIB, proportional(postgres) / MIB, files(pid), int(max(behind)))


def told(there: Sequence[Minute]) -> str:
    """The end to the start, and from when on memory has been what it was in the end."""
    after = there[len(there) // 10 :]
    fifth = max(1, len(after) // 5)
    lines = []
    for name in COMPARED:
        first, last = (median(map(COLUMNS[name], part)) for part in (after[:fifth], after[-fifth:]))
        lines.append(f"{name}: {first:,.4g} in the first fifth, {last:,.4g} in the last: {last / first:.2f}")
    moved = [abs(one.server / there[-1].server - 1) > FLAT for one in there]
    since = len(there) - moved[::-1].index(True) if True in moved else 0
    sums = {name: sum(map(COLUMNS[name], there)) for name in ("refused", "lost", "twice")}
    messages = sum(one.measured.messages for one in there)
    lines.append(f"the server's memory is within {FLAT:.0%} of the last from minute {since + 1} on")
    return "\n".join([*lines, f"of {messages:,} messages: {sums}"])


def main() -> None:
    parser = argparse.ArgumentParser("tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60, help="that a minute has, to try it out")
    parser.add_argument("--rate", type=float, default=0, help="messages a second; 0: half of what saturates it")
    told = parser.parse_args()
    asyncio.run(soak(told.minutes, told.seconds, told.rate))


if __name__ == "__main__":
    main()
