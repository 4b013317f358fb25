"""What the ledger costs: `python -m tests.bench.ledger [DATA_DIR]`, or `… delivery`.

How fast it is made, and how long that holds the process up; verifying it, against a loop that only reads and hashes the
same events, in one run, and the memory of that. On logs that are made up, and on a copy of a data directory, if one is
named. And how long messages take to be delivered, at half the load that a server can bear, with the ledger and without.
"""

import asyncio
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

from application.store import Offered, Store
from domain.ledger import LedgerKeyTold, stream
from interfaces.connections import pool
from interfaces.embedded_postgres import running
from interfaces.ledger.keys import SigningKey, made
from interfaces.ledger.signer import Signer
from interfaces.ledger.verification import Verification
from migrations import migrate
from projections.ledger.frame import frame
from projections.ledger.projector import LedgerProjector
from projections.position import Projected
from tests.bench.load import Load, Measured
from tests.bench.load import measure as measured
from tests.bench.sides import database
from tests.conftest import _folder
from tests.faults.processes import AS_IT_COMES, serving
from tests.serving import SECRET

SIZES = (10_000, 100_000, 1_000_000)
PAGE = 2_000

# Messages in a thousand conversations, of about the size that people write.
MADE_UP = """
INSERT INTO events SELECT n, md5((n % 1000)::text)::uuid, (n - 1) / 1000 + 1, 'timeline.message-sent',
    convert_to(format('{"actor":"user%s","conversation_id":"%s","message_id":"%s","sender_id":"user%s","body":"%s"}',
        n % 977, md5((n % 1000)::text)::uuid, md5('m' || n)::uuid, n % 977, repeat(md5(n::text), 1 + n % 5)), 'UTF8'),
    timestamptz '2026-01-01' + n * interval '10 ms'
FROM generate_series(1, {count}) n"""
KNOWN = "INSERT INTO message_ids SELECT md5('m' || n)::uuid, n, 1, ''::bytea FROM generate_series(1, {count}) n"


async def make(url: str) -> dict[str, Any]:
    """Brings the ledger to the end of the log and signs it."""
    async with pool(url, "read", 2, snapshots=True) as reading, pool(url, "write", 1) as writing:
        store, projected = Store(reading, writing), Projected()
        key = SigningKey.parse(made())
        told = LedgerKeyTold(actor=None, public_key=key.public_key)
        await store.append(uuid4(), [Offered(stream(), told)], {})
        projected.reached(await store.end())
        projector, held = LedgerProjector(writing, store, projected), [0.0]
        watching = asyncio.create_task(_watch(held))
        began = perf_counter()
        while await projector.step():
            pass
        seconds = perf_counter() - began
        watching.cancel()
        began = perf_counter()
        assert await Signer(key, writing, _told).sign()
        signing = perf_counter() - began
    held.sort()
    return {
        "made": round(projected.position / seconds),
        "held": [round(held[int(len(held) * part)] * 1000, 1) for part in (0.5, 0.99, 0.9999)],
        "signed": round(signing * 1000, 1),
    }


async def _told(_: str) -> int:
    return 0


async def _watch(held: list[float]) -> None:
    """How long each turn of the event loop took."""
    while True:
        began = perf_counter()
        await asyncio.sleep(0)
        held.append(perf_counter() - began)


async def compare(url: str) -> dict[str, Any]:
    """Verifies, between two turns of the loop that only reads and hashes, whose mean counts."""
    async with pool(url, "read", 4, snapshots=True) as reading:
        store = Store(reading, reading)
        first = await _read_and_hash(store)
        began = perf_counter()
        report = await Verification(store, reading).run(_silent)
        seconds = perf_counter() - began
        plain = (first + await _read_and_hash(store)) / 2
    assert report.fits, report.problem
    assert report.signed and report.signed.size == report.events
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"events": report.events, "plain": plain, "verified": seconds, "ratio": seconds / plain, "peak": peak}


async def _read_and_hash(store: Store) -> float:
    began, after = perf_counter(), 0
    while page := await store.raw(after, PAGE):
        for raw in page:
            sha256(frame(raw)).digest()
        after = page[-1].position
    return perf_counter() - began


@contextmanager
def _silent(_: str, __: int) -> Iterator[Any]:
    yield lambda _: None


def measure(url: str, called: str) -> None:
    """In processes of their own, for their memory."""
    done, found = (_run(work, url) for work in ("make", "compare"))
    print(
        f"{called:>10}  {found['events']:>9,} events  made {done['made']:,}/s  signed in {done['signed']} ms  "
        f"loop held {' / '.join(map(str, done['held']))} ms (p50 / p99 / p99.99)\n"
        f"{'':>10}  read and hashed {found['plain']:.2f} s  verified {found['verified']:.2f} s  "
        f"ratio {found['ratio']:.2f}  peak {found['peak']} MiB",
        flush=True,
    )


def _run(work: str, url: str) -> dict[str, Any]:
    words = [sys.executable, "-m", "tests.bench.ledger", work, url]
    ran = subprocess.run(words, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def made_up(url: str, count: int) -> str:
    """A database with a log of so many events."""
    made = urlsplit(url)._replace(path=f"/made_up_{count}").geturl()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE made_up_{count}".encode())
    migrate(made)
    with psycopg.connect(made, autocommit=True) as connection:
        for query in (MADE_UP, KNOWN):
            connection.execute(query.replace("{count}", str(count)).encode())
        connection.execute("VACUUM ANALYZE")
    return made


def main(data_dir: Path | None) -> None:
    if data_dir:
        with TemporaryDirectory(prefix="lit-", dir=_folder()) as folder:
            copy = Path(folder) / "data"
            subprocess.run(["cp", "-a", data_dir, copy], check=True)  # with its owners, which PostgreSQL looks at
            with running(copy) as url:
                migrate(url)
                measure(url, "real")
    with TemporaryDirectory(prefix="lit-", dir=_folder()) as folder, running(folder) as url:
        for count in SIZES:
            measure(made_up(url, count), "made up")


ROUNDS = 7


async def deliver(postgres_url: str) -> None:
    """In turns, with the ledger and without it: what counts are the ratios of neighbours."""
    full = await _delivered(database(postgres_url, "saturated"), Load(), "off")
    print(f"  delivery  saturated at {full.messages_per_second:,.0f} messages/s", flush=True)
    half = Load(rate=full.messages_per_second / 2)
    ratios = []
    for n in range(ROUNDS):
        order = ("off", "on") if n % 2 else ("on", "off")
        found = {ledger: await _delivered(database(postgres_url, f"{ledger}_{n}"), half, ledger) for ledger in order}
        ratios.append(found["on"].delivery_p50 / found["off"].delivery_p50)
        print(
            f"{'':>10}  {half.rate:,.0f}/s  p50 {found['on'].delivery_p50:.2f} ms with the ledger, "
            f"{found['off'].delivery_p50:.2f} ms without  p99 {found['on'].delivery_p99:.1f} / "
            f"{found['off'].delivery_p99:.1f} ms  ratio {ratios[-1]:.2f}",
            flush=True,
        )
    print(f"{'':>10}  median of the ratios {median(ratios):.2f}")


async def _delivered(url: str, load: Load, ledger: str) -> Measured:
    async with serving(
        database_url=url, ledger=ledger, ledger_key="".join(made().splitlines()[1:-1]), **AS_IT_COMES
    ) as server:
        return await measured(server.url, SECRET, load)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["delivery"]:
            with TemporaryDirectory(prefix="lit-", dir=_folder()) as folder, running(folder) as url:
                asyncio.run(deliver(url))
        case ["make" | "compare" as work, url]:
            print(json.dumps(asyncio.run((make if work == "make" else compare)(url))))
        case [] | [_]:
            main(Path(sys.argv[1]) if sys.argv[1:] else None)
