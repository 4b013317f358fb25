"""What becomes of a history's lines."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Shows how far a stage has come: its name and its total, then each number reached."""

SHOWN = 20


@dataclass(slots=True)
class Tally:
    """How many lines are new, known already, or bad; `problems` tells of the first bad ones.

    `stopped`: the import does not come to the end of its file.
    """

    skip_bad: bool = False
    added: int = 0
    known: int = 0
    bad: int = 0
    problems: list[str] = field(default_factory=list)
    stopped: bool = False

    @property
    def lines(self) -> int:
        return self.added + self.known + self.bad

    def reject(self, number: int, problem: str, *, last: bool = False) -> None:
        """A bad line ends the import, unless those are skipped; `last`: in any case."""
        self.bad += 1
        self.stopped = self.stopped or last or not self.skip_bad
        if len(self.problems) < SHOWN or self.stopped:
            self.problems.append(f"line {number}: {problem}")

    def fail(self, problem: str) -> None:
        """What has nothing to do with a line."""
        self.stopped = True
        self.problems.append(problem)
