"""The figures of a run, as a table: on the terminal, and for docs/benchmarks.md."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

HEAD = ("", "what", "LitSpark", "peer", "ratio", "wanted", "")


@dataclass(frozen=True)
class Row:
    """One figure: of each side in each round, and what the ratio of neighbours, or our own figure, has to be."""

    workload: str
    what: str
    ours: Sequence[float]
    peer: Sequence[float] = ()
    at_least: float | None = None
    at_most: float | None = None

    @property
    def ratio(self) -> float | None:
        """The median of the ratios, pair by pair."""
        return median(one / other for one, other in zip(self.ours, self.peer, strict=True)) if self.peer else None

    @property
    def is_good(self) -> bool | None:
        judged = self.ratio if self.peer else median(self.ours)
        if self.at_least is None and self.at_most is None:
            return None
        assert judged is not None
        return (self.at_least is None or judged >= self.at_least) and (self.at_most is None or judged <= self.at_most)

    @property
    def cells(self) -> tuple[str, ...]:
        wanted = [f"≥ {self.at_least:,g}"] if self.at_least is not None else []
        wanted += [f"≤ {self.at_most:,g}"] if self.at_most is not None else []
        return (
            self.workload,
            self.what,
            figure(median(self.ours)),
            figure(median(self.peer)) if self.peer else "",
            f"{self.ratio:.2f}" if self.ratio is not None else "",
            " ".join(wanted),
            {None: "", True: "yes", False: "no"}[self.is_good],
        )


def figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def plain(rows: Iterable[Row]) -> str:
    cells = [HEAD, *(row.cells for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)


def markdown(rows: Iterable[Row]) -> str:
    lines = [HEAD, ("---",) * 2 + ("--:",) * 3 + ("---",) * 2, *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def surroundings(versions: dict[str, str]) -> str:
    """Where and when, and with what."""
    cpu = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "?")
    kib = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    things = {"Python": platform.python_version(), **versions}
    told = ", ".join(f"{name} {version}" for name, version in things.items())
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {os.cpu_count()} cores of {cpu}, {kib / 2**20:.0f} GiB · "
        f"{platform.system()} {platform.release()} · {told} · load average {load:.1f} at the end"
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []
