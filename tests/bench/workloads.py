"""What is measured: each workload gives its rows of the table, from both sides in turns."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from tests.bench import log, long
from tests.bench.cpu import resident
from tests.bench.crowd import crowd, readers
from tests.bench.load import Load, Measured, measure
from tests.bench.sides import Side, ours, peer
from tests.bench.table import Row
from tests.serving import SECRET

PAIR = Load(conversations=1, people=2, outstanding=1, seconds=3)
ROOMS = Load(conversations=20, people=5, outstanding=160, seconds=3)
GROUPS = Load(conversations=2, people=100, outstanding=32, seconds=3)
FAN_OUT = Load(conversations=1, people=2, devices=250, senders=1, outstanding=4, seconds=3)
FLOOD = 2.0
"""How much more than it can take a server is offered, to see what becomes of it."""


@dataclass(frozen=True)
class Place:
    """Where a run takes place: one PostgreSQL, of a data directory, for everybody in turn."""

    postgres_url: str
    folder: Path
    rounds: int

    def data_dir(self) -> Path:
        return self.folder / "data"


async def in_turns(place: Place, work: Callable[[Side], Awaitable[Any]]) -> tuple[list[Any], list[Any]]:
    """What LitSpark and the peer did, round by round."""
    here, there = [], []
    async with ours(place.postgres_url, place.data_dir()) as one, peer(place.postgres_url, place.data_dir()) as other:
        for _ in range(place.rounds):
            here.append(await work(one))
            there.append(await work(other))
    return here, there


async def talk(place: Place, load: Load) -> tuple[list[Measured], list[Measured]]:
    here, there = await in_turns(place, lambda side: measure(side.url, SECRET, load, side.processes))
    for one in here:
        assert (one.lost, one.twice) == (0, 0), one
    return here, there


def row(name: str, what: str, both: tuple[list[Measured], list[Measured]], figure: str, **wanted: float) -> Row:
    here, there = ([getattr(one, figure) for one in side] for side in both)
    return Row(name, what, here, there, **wanted)


def costs(name: str, both: tuple[list[Measured], list[Measured]]) -> list[Row]:
    return [
        Row(name, f"ms of processor a message, {whose}", *([one.cost[whose] for one in side] for side in both))
        for whose in ("server", "database")
    ]


async def w1(place: Place) -> list[Row]:
    both = await talk(place, PAIR)
    return [
        row("W1", "delivery p50, ms", both, "delivery_p50", at_most=1.8),
        row("W1", "delivery p99, ms", both, "delivery_p99"),
        *costs("W1", both),
    ]


async def w2(place: Place) -> list[Row]:
    both = await talk(place, ROOMS)
    return [
        row("W2", "durable messages a second", both, "messages_per_second", at_least=4),
        row("W2", "delivery p50, ms", both, "delivery_p50"),
        row("W2", "delivery p99, ms", both, "delivery_p99", at_most=0.5),
        *costs("W2", both),
    ]


async def w3(place: Place) -> list[Row]:
    both = await talk(place, GROUPS)
    return [
        row("W3", "durable messages a second", both, "messages_per_second", at_least=8),
        row("W3", "deliveries a second", both, "deliveries_per_second"),
        row("W3", "delivery p99, ms", both, "delivery_p99"),
        *costs("W3", both),
    ]


async def w4(place: Place) -> list[Row]:
    both = await talk(place, FAN_OUT)
    return [row("W4", "deliveries a second", both, "deliveries_per_second", at_least=1.2), *costs("W4", both)]


async def w5_w6(place: Place) -> list[Row]:
    """A fresh process each time: what one has taken from the system, it keeps."""
    here, there = [], []
    for _ in range(place.rounds):
        async with ours(place.postgres_url, place.data_dir()) as one:
            here.append(await crowd(one))
        async with peer(place.postgres_url, place.data_dir()) as other:
            there.append(await crowd(other))

    def both(figure: str, per: float = 1) -> tuple[list[float], list[float]]:
        return [one[figure] / per for one in here], [one[figure] / per for one in there]

    return [
        Row("W5", "KiB a socket", *both("memory", 1024), at_most=2),
        Row("W5", "connections a second", *both("connects_per_second"), at_least=0.8),
        Row("W6", "seconds until 2,000 are back", *both("storm_seconds"), at_most=1),
        Row("W6", "refused of 2,000", both("failed")[0], at_most=0),
        Row("W6", "told wrong of 2,000", both("wrong")[0], at_most=0),
    ]


async def w7(place: Place) -> list[Row]:
    here, there = await in_turns(place, readers)
    return [Row("W7", "marks a second", *([one["reads_per_second"] for one in side] for side in (here, there)))]


async def w8(place: Place) -> list[Row]:
    live, imported, projected = [], [], []
    for _ in range(place.rounds):
        async with ours(place.postgres_url, place.data_dir()) as side:
            live.append((await measure(side.url, SECRET, ROOMS)).messages_per_second)
        url, rate = await log.imported(place.postgres_url, place.folder)
        imported.append(rate)
        projected.append(await log.projected(url))
    ratios = [one / other for one, other in zip(imported, live, strict=True)]
    return [
        Row("W8", "imported messages a second, to W2's", ratios, at_least=2),
        Row("W8", "imported messages a second", imported),
        Row("W8", "projected events a second", projected, at_least=10_000),
    ]


async def million(place: Place) -> list[Row]:
    found = await long.compared(place.postgres_url)
    rows: list[Row] = []
    for what, (full, empty) in found.items():
        ratio = full.milliseconds / empty.milliseconds
        rows.append(Row("1M", f"{what}, time to that in an empty one", [ratio], at_most=1.3))
        rows.append(Row("1M", f"{what}, pages touched ({empty.pages} in an empty one)", [full.pages]))
        rows.append(Row("1M", f"{what}, steps planned otherwise", [_differences(full.plan, empty.plan)], at_most=0))
    return rows


def _differences(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(left != right for left, right in zip_longest(one, other))


async def flood(place: Place) -> list[Row]:
    """Past saturation: twice what it can take, by the clock."""
    async with ours(place.postgres_url, place.data_dir()) as side:
        full = await measure(side.url, SECRET, ROOMS)
        before = resident(side.pid)
        much = Load(rate=full.messages_per_second * FLOOD, seconds=10)
        over = await measure(side.url, SECRET, much, side.processes)
        after = resident(side.pid)
    return [
        Row(
            "flood", "messages a second, to those at saturation", [over.messages_per_second / full.messages_per_second]
        ),
        Row("flood", "delivery p99 of what was taken, ms", [over.delivery_p99]),
        Row("flood", "refused, of all offered", [over.refused / (much.rate * (much.seconds + much.warm_up))]),
        Row("flood", "memory, to that before", [after / before], at_most=1.5),
        Row("flood", "lost", [over.lost], at_most=0),
    ]


WORKLOADS: dict[str, Callable[[Place], Awaitable[Sequence[Row]]]] = {
    "W1": w1,
    "W2": w2,
    "W3": w3,
    "W4": w4,
    "W5": w5_w6,
    "W7": w7,
    "W8": w8,
    "1M": million,
    "flood": flood,
}
"""W6 comes with W5: they are of the same crowd."""
