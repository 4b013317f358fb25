"""Waiting for a database that is away for a moment."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

import psycopg

from domain.base import Rejected

PAUSE = 0.1
LONGEST_PAUSE = 5.0

T = TypeVar("T")


class Patience:
    """Tries again, ever later, for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    async def __call__(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """What an attempt comes to at last. Raises `Rejected` with `unavailable` when patience is at its end."""
        give_up = monotonic() + self.seconds
        pause = PAUSE
        while True:
            try:
                return await attempt()
            except (psycopg.OperationalError, Rejected) as error:
                if isinstance(error, Rejected) and error.code != "unavailable":
                    raise
                if monotonic() + pause > give_up:
                    raise Rejected("unavailable", f"the database is away: {_reason(error)}") from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def _reason(error: Exception) -> str:
    """The first line of what libpq says."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
