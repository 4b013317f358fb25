"""What a person sees: results on standard output, words and progress on standard error."""

import json
import re
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


MAX_WHOLE = 36
"""A word of up to so many characters is not broken in a table: a UUID has so many."""

WIDE = 10_000

UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What moves the cursor, or turns the writing around."""


class Format(StrEnum):
    table = "table"
    json = "json"


def say(sentence: str) -> None:
    """A word to whoever is looking on."""
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201


def note(sentence: str) -> None:
    """A line of a result that is to be looked at."""
    print(plain(sentence))  # noqa: T201


def plain(text: str) -> str:
    """What people wrote, fit for a terminal: control characters become visible instead of taking effect."""
    return UNFIT.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def show(rows: Sequence[Mapping[str, Any]], form: Format) -> None:
    """A result: a table, or a list of objects."""
    if form is Format.json:
        print(json.dumps(list(rows), ensure_ascii=False, indent=2))  # noqa: T201
        return
    if not rows:
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in rows[0]:
        values = [row[name] for row in rows]
        words = [value for value in values if isinstance(value, str)]
        # Ids and times are copied into the next command: they are never cut.
        whole = bool(words) and max(map(len, words)) <= MAX_WHOLE and not any(" " in word for word in words)
        table.add_column(
            name.replace("_", " "),
            justify="left" if words else "right",
            no_wrap=whole,
            overflow="fold",
            min_width=max(map(len, words)) if whole else None,
        )
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    # Whoever pipes a table on, searches it by lines.
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDE).print(table)


def _cell(value: Any) -> Text:
    """As it is: in a plain string, brackets would be taken for colours."""
    return Text(f"{value:,}" if isinstance(value, int | float) else plain(str(value)))


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
