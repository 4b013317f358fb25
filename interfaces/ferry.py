"""Letting those who come at about the same time go on together, so that what is done for them is done once."""

import asyncio
from math import inf


class Ferry:
    """Takes all who wait, every `rest` seconds at the most: who comes alone, or first, does not wait."""

    def __init__(self, rest: float) -> None:
        self._rest = rest
        self._left = -inf
        self._leaves: asyncio.Event | None = None

    async def board(self) -> None:
        """Waits until it leaves."""
        loop = asyncio.get_running_loop()
        if self._leaves is None:
            if self._left + self._rest <= loop.time():
                self._left = loop.time()
                return
            self._leaves = asyncio.Event()
            loop.call_at(self._left + self._rest, self._leave, self._leaves)
        await self._leaves.wait()

    def _leave(self, leaves: asyncio.Event) -> None:
        self._left, self._leaves = asyncio.get_running_loop().time(), None
        leaves.set()
