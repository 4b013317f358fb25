"""What has been taken on and not delivered yet: where that is too much, refusing at once is kinder than being late."""

from collections import deque
from collections.abc import Callable
from time import monotonic

from application.writer import unavailable
from projections.position import Projected


class Backlog:
    """The batches written here whose pushes are still owed, and how long the first of them has waited.

    `walked` tells the position that has been pushed; without anybody who pushes, the read models' is as good.
    """

    def __init__(self, projected: Projected, max_wait: float, clock: Callable[[], float] = monotonic) -> None:
        self.walked: Callable[[], int] = lambda: projected.position
        self._max_wait = max_wait
        self._clock = clock
        self._owed: deque[tuple[int, float]] = deque()

    def owe(self, position: int, since: float) -> None:
        """A batch up to a position was written; its first command came at `since`."""
        self._settle()
        self._owed.append((position, since))

    def check(self, waiting_since: float | None) -> None:
        """Raises `Rejected` with `unavailable` while what came first, or waits to be written, has waited too long."""
        self._settle()
        since = self._owed[0][1] if self._owed else waiting_since
        if since is not None and self._clock() - since > self._max_wait:
            raise unavailable("too much is waiting already")

    def _settle(self) -> None:
        walked = self.walked()
        while self._owed and self._owed[0][0] <= walked:
            self._owed.popleft()
