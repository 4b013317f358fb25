"""How long to wait before the next attempt."""

from collections.abc import Iterator
from random import uniform


def pauses(longest: float) -> Iterator[float]:
    """Seconds between one attempt and the next: ever longer, and never the same for all who were cut off at once."""
    pause = min(0.5, longest)
    while True:
        yield uniform(pause / 2, pause)  # noqa: S311
        pause = min(pause * 2, longest)
