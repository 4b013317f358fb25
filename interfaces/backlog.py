"""What has been taken on and not delivered yet: where that is too much, refusing at once is kinder than being late."""

from collections import deque
from collections.abc import Callable
from time import monotonic

from application.writer import unavailable
from projections.position import Projected

EARLY = 4
"""From this part of the longest wait on it is looked at how long the next one would be."""


class Backlog:
    """The batches written here whose pushes are still owed, and how long the first of them has waited.

    `walked` tells the position that has been pushed; without anybody who pushes, the read models' is as good.
    """

    def __init__(self, projected: Projected, max_wait: float, clock: Callable[[], float] = monotonic) -> None:
        self.walked: Callable[[], int] = lambda: projected.position
        self._max_wait = max_wait
        self._clock = clock
        self._owed: deque[tuple[int, float]] = deque()
        # At each of the last batches: when, and what had been pushed by then.
        self._seen: deque[tuple[float, int]] = deque()

    def owe(self, position: int, since: float) -> None:
        """A batch up to a position was written; its first command came at `since`."""
        walked = self._settle()
        self._owed.append((position, since))
        self._seen.append((self._clock(), walked))
        self._forget(self._owed[0][1])

    def check(self, waiting_since: float | None, waiting: int = 0) -> None:
        """Raises `Rejected` with `unavailable` where what comes now would wait too long.

        That is while what came first, or is among the `waiting` that are still to be written, has done so itself. But
        the more come, the longer the last one waits where the first one has waited so long: so all that are ahead are
        counted, too, once the first one has been there long enough to tell how fast they go.
        """
        walked = self._settle()
        since = self._owed[0][1] if self._owed else waiting_since
        if since is None:
            return
        has_waited = self._clock() - since
        if has_waited < self._max_wait / EARLY:
            return
        if has_waited > self._max_wait or self._would_wait(since, waiting, walked) > self._max_wait:
            raise unavailable("too much is waiting already")

    def _would_wait(self, since: float, waiting: int, walked: int) -> float:
        """How long all that are ahead take at the pace of those that have gone since the first one came."""
        self._forget(since)
        if not self._seen:
            return 0.0
        then, before = self._seen[0]
        gone = walked - before
        ahead = waiting + (self._owed[-1][0] - walked if self._owed else 0)
        return ahead * (self._clock() - then) / gone if gone else 0.0

    def _settle(self) -> int:
        walked = self.walked()
        while self._owed and self._owed[0][0] <= walked:
            self._owed.popleft()
        return walked

    def _forget(self, since: float) -> None:
        """What was seen when nothing may have been waiting says nothing of the pace."""
        while self._seen and self._seen[0][0] < since:
            self._seen.popleft()
