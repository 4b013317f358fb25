"""How many rounds the event loop makes."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Rounds:
    made: int = 0


@contextmanager
def counted() -> Iterator[Rounds]:
    """Counts them until the block ends. Meanwhile the loop never sleeps."""
    rounds, loop = Rounds(), asyncio.get_running_loop()

    def count() -> None:
        nonlocal handle
        rounds.made += 1
        handle = loop.call_soon(count)

    handle = loop.call_soon(count)
    try:
        yield rounds
    finally:
        handle.cancel()
