"""Letting what need not be at once go one after the other, with everything else in between."""

import asyncio
from collections import deque


class Turnstile:
    """One turn for each round of the event loop.

    A round does all that is ready: a hundred who connect in the same moment would be one long round, and a message
    takes several rounds from its sender to everybody else.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._turning = False

    async def turn(self) -> None:
        """Waits for one's turn; where nobody else has just had one, it is now."""
        loop = asyncio.get_running_loop()
        if self._turning:
            mine = loop.create_future()
            self._waiting.append(mine)
            await mine
        else:
            self._turning = True
            loop.call_soon(self._next)

    def _next(self) -> None:
        while self._waiting:
            one = self._waiting.popleft()
            if not one.done():  # else it has been cancelled
                one.set_result(None)
                asyncio.get_running_loop().call_soon(self._next)
                return
        self._turning = False
