"""How LitSpark compares with what would be used instead: `make bench`, or `make bench WORKLOADS=W1,W2 ROUNDS=5`.

Only ratios say something: both sides run in turns, on one PostgreSQL, and neighbours are compared.
"""

import argparse
import asyncio
import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import psycopg

from interfaces.embedded_postgres import running
from tests.bench.sides import NODE, PEER
from tests.bench.table import Row, markdown, plain, surroundings
from tests.bench.workloads import WORKLOADS, Place

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
TABLE = "<!-- table -->"


def versions(postgres_url: str) -> dict[str, str]:
    packages = json.loads((PEER / "package-lock.json").read_text())["packages"]
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    node = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {
        "PostgreSQL": str(row and row[0]),
        "Node": node.removeprefix("v"),
        **{name: packages[f"node_modules/{name}"]["version"] for name in ("socket.io", "pg")},
    }


async def run(names: list[str], rounds: int) -> tuple[list[Row], str]:
    rows: list[Row] = []
    with TemporaryDirectory(prefix="lit-") as folder, running(Path(folder) / "data") as url:
        for name in names:
            began = monotonic()
            rows += await WORKLOADS[name](Place(url, Path(folder), rounds))
            print(f"{name}: {monotonic() - began:.0f} s", flush=True)
        return rows, surroundings(versions(url))


def written(rows: list[Row], where: str) -> None:
    """Into the document, below its words."""
    words = DOCUMENT.read_text("utf-8").split(TABLE)[0]
    DOCUMENT.write_text(f"{words}{TABLE}\n\n{where}\n\n{markdown(rows)}\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser("tests.bench", description=__doc__)
    parser.add_argument("--workloads", default=",".join(WORKLOADS), help="by commas")
    parser.add_argument("--rounds", type=int, default=3)
    told = parser.parse_args()
    names = [name for name in told.workloads.split(",") if name]
    if unknown := set(names) - WORKLOADS.keys():
        parser.error(f"no such workload: {', '.join(sorted(unknown))}; there are {', '.join(WORKLOADS)} (W6 is in W5)")
    rows, where = asyncio.run(run(names, told.rounds))
    print(f"\n{where}\n\n{plain(rows)}")
    if names == list(WORKLOADS):
        written(rows, where)


if __name__ == "__main__":
    main()
