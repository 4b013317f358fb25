"""What a person sees: results on standard output, words and progress on standard error."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from time import monotonic
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

FIRST_LINE = 1.0
EVERY = 5.0
"""When progress is told where it can't be shown, in seconds."""


class Format(StrEnum):
    table = "table"
    json = "json"


def say(sentence: str) -> None:
    """A word to whoever is looking on."""
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201


def show(rows: Sequence[Mapping[str, Any]], form: Format) -> None:
    """A result: a table, or a list of objects."""
    if form is Format.json:
        print(json.dumps(list(rows), ensure_ascii=False, indent=2))  # noqa: T201
        return
    if not rows:
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="right", overflow="fold")
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int | float) else str(value) for value in row.values()))
    Console(file=sys.stdout).print(table)


@contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Shows how far something has come: a bar on a terminal, else a line now and then."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Told(label, total).at
        return
    columns = (TextColumn("{task.description}"), BarColumn(), _Count(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def waiting(label: str) -> Iterator[None]:
    """Shows that something is under way of which nobody knows how long it takes."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(label):
        yield


class _Told:
    """Progress in plain lines."""

    def __init__(self, label: str, total: int) -> None:
        self._label = label
        self._total = total
        self._begun = monotonic()
        self._next = self._begun + FIRST_LINE

    def at(self, done: int) -> None:
        if (now := monotonic()) < self._next:
            return
        self._next = now + EVERY
        rate = done / (now - self._begun)
        left = f", {(self._total - done) / rate:,.0f} s left" if rate else ""
        say(f"{self._label}: {done:,} of {self._total:,}, {rate:,.0f} a second{left}")


class _Count(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.completed:,.0f} of {task.total or 0:,.0f}")


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.finished_speed or task.speed or 0:,.0f}/s")
