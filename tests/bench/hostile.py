"""What a thousand hostile sockets take from the nine thousand honest ones beside them: `make bench-hostile`.

One server with the limits that it comes with. Honest people, each from an address of the loopback of their own: most
are there and say nothing, a hundred write at a steady rate, 20 conversations of 5. In turns alone and with the hostile
ones of `tests/bench/foes.py`; what counts is the ratio to what was before and after, for with nobody else there, too,
the p99 of one minute may be twice that of another. Some five minutes.
"""

import argparse
import asyncio
import re
import sys
from collections import Counter, defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from time import monotonic

import httpx
import orjson
import uvloop

from interfaces.auth import Tokens
from interfaces.embedded_postgres import running
from interfaces.server import take_all_files
from tests.bench.cpu import files, resident
from tests.bench.line import Line
from tests.bench.load import Load, Measured, addresses, beside, gathered, measures
from tests.bench.sides import database, run_in
from tests.faults.processes import Server, started
from tests.serving import SECRET

MIB = 1 << 20
TALKERS = Load(rate=300, seconds=12, warm_up=5, addresses=100)
ALONE, BESIDE = "alone", "beside hostile ones"
PHASES = (ALONE, "they come", BESIDE, "they have gone")
"""Each a window of the load."""
AT_ONCE = 64
ERROR = '"level":"error"'
REJECTED = re.compile(r'^litspark_rejected_total\{code="(\w+)",door="(\w+)"\} (\S+)$', re.MULTILINE)


@dataclass
class Watched:
    """A server, and the memory that it has had, in MiB: the most since somebody has asked."""

    server: Server
    most: float = 0.0

    @property
    def memory(self) -> float:
        return resident(self.server.process.pid) / MIB

    async def watch(self) -> None:
        while True:
            self.most = max(self.most, self.memory)
            await asyncio.sleep(0.25)

    async def rejected(self) -> Counter[str]:
        """Refusals so far, by door and code."""
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            text = (await http.get(f"{self.server.url}/metrics")).text
        return Counter({f"{door} {code}": int(float(count)) for code, door, count in REJECTED.findall(text)})


async def ended(process: asyncio.subprocess.Process) -> bytes:
    """What it says in the end."""
    said, _ = await process.communicate(b"")
    assert process.returncode == 0, "a process of the bench has failed"
    return said


async def bench(honest: int, foes: int, rounds: int) -> None:
    with TemporaryDirectory(prefix="lit-") as folder, running(Path(folder) / "data") as postgres_url:
        url = database(postgres_url, "hostile")
        run_in(postgres_url)
        async with started(port=0, jwt_secret=SECRET, database_url=url) as server:
            await server.ready()
            watched = Watched(server)
            watching = asyncio.create_task(watched.watch())
            idle = honest - TALKERS.conversations * TALKERS.people
            async with beside("tests.bench.hostile", "--idle", server.url, "--honest", str(idle)) as crowd:
                began = monotonic()
                assert crowd.stdout and await crowd.stdout.readline(), "the honest ones did not get in"
                print(f"{idle:,} are there and say nothing, in one process, after {monotonic() - began:.0f} s;")
                print(
                    f"100 more write {TALKERS.rate:.0f} messages a second; "
                    f"{foes:,} hostile, in a process that stands back"
                )
                await in_turns(watched, foes, rounds)
                gone = orjson.loads(await ended(crowd))["gone"]
            print(f"honest ones thrown out: {gone}; errors in the log: {server.output.count(ERROR)}")
            watching.cancel()


async def in_turns(watched: Watched, foes: int, rounds: int) -> None:
    """The honest ones stay connected all the time; the hostile ones come and go."""
    before, costs = await watched.rejected(), {"server": watched.server.process.pid}
    load = replace(TALKERS, windows=len(PHASES) * rounds + 1)
    p99: dict[str, list[float]] = {phase: [] for phase in PHASES}
    met: dict[str, Counter[str]] = defaultdict(Counter)
    print("| | messages/s | delivered p50 | p99 | acked p99 | refused, lost | server's cores | MiB | at most | files |")
    print("| --- |" + " --- |" * 9)
    async with AsyncExitStack() as stack:
        process: asyncio.subprocess.Process | None = None
        async for measured in measures(watched.server.url, SECRET, load, costs):
            phase = PHASES[sum(map(len, p99.values())) % len(PHASES)]
            p99[phase].append(measured.delivery_p99)
            tell(phase, measured, watched)
            if phase == ALONE and len(p99[BESIDE]) < rounds:
                words = (watched.server.url, "--sockets", str(foes))
                process = await stack.enter_async_context(beside("tests.bench.foes", *words))
            elif phase == BESIDE and process:
                for way, counts in orjson.loads(await ended(process)).items():
                    met[way].update(counts)
            watched.most = 0
    alone = [mean(around) for around in pairwise(p99[ALONE])]
    ratios = [beside / without for beside, without in zip(p99[BESIDE], alone, strict=True)]
    each = [f"{one:.2f}" for one in ratios]
    print(f"p99 beside hostile ones to that before and after them: {median(ratios):.2f}, of", each)
    print("refused, by the server's count:", dict(await watched.rejected() - before))
    for way, counts in met.items():
        print(f"{way}:", dict(counts))


def tell(what: str, one: Measured, watched: Watched) -> None:
    figures = (one.messages_per_second, one.delivery_p50, one.delivery_p99, one.ack_p99)
    cells = [f"{figure:,.1f}" for figure in figures] + [f"{one.refused}, {one.lost}"]
    cells += [
        f"{one.cost['server'] * one.messages_per_second / 1000:.2f}",
        f"{watched.memory:.0f}",
        f"{watched.most:.0f}",
        str(files(watched.server.process.pid)),
    ]
    print("|", " | ".join([what, *cells]), "|", flush=True)


async def be_idle(url: str, count: int) -> None:
    """People who are there and say nothing, until the standard input ends."""
    tokens, here = Tokens(SECRET), addresses(count)
    lines = await gathered(
        asyncio.Semaphore(AT_ONCE),
        (Line.connect(url, tokens.issue(f"idle{n}", None, "", 3600), here=next(here)) for n in range(count)),
    )
    print("in", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print(orjson.dumps({"gone": sum(line.over for line in lines)}).decode())


def main() -> None:
    parser = argparse.ArgumentParser("tests.bench.hostile", description=__doc__)
    parser.add_argument("--honest", type=int, default=9_000)
    parser.add_argument("--foes", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--idle", metavar="URL", help="be the honest ones who say nothing")
    told = parser.parse_args()
    take_all_files()
    if told.idle:
        uvloop.run(be_idle(told.idle, told.honest))
    else:
        asyncio.run(bench(told.honest, told.foes, told.rounds))


if __name__ == "__main__":
    main()
