"""How much of something is too much: token buckets, one for each key."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from domain.base import Rejected

MAX_KEYS = 100_000


class Rate:
    """`burst` at once, and `per_second` on average; 0 a second means no limit. Up to `debt` may be owed."""

    def __init__(
        self, per_second: float, burst: float, clock: Callable[[], float] = monotonic, *, debt: float = 0
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._debt = debt
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    @property
    def refill(self) -> float:
        """The seconds in which all of it is there again."""
        return self._burst / self._per_second

    def spend(self, key: str) -> None:
        """Takes one. Raises `Rejected` with `rate_limited`, and when to come again, where there is none left."""
        if wait := self.wait(key):
            raise Rejected("rate_limited", "too much at once", retry_after=wait)
        self._take(key)

    def charge(self, key: str) -> float:
        """Takes one for what has happened already, whether or not there is one left; answers as `wait` does then."""
        self.wait(key)  # counts in what has come since
        self._take(key)
        return self.wait(key)

    def _take(self, key: str) -> None:
        left, at = self._buckets.pop(key, (self._burst, self._clock()))
        self._buckets[key] = (max(left - 1, -self._debt), at)
        while len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)

    def wait(self, key: str) -> float:
        """The seconds until there is one to take; 0 where there is one."""
        if not self._per_second:
            return 0.0
        now = self._clock()
        left, at = self._buckets.get(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        if key in self._buckets:
            self._buckets[key] = (left, now)
        return 0.0 if left >= 1 else round((1 - left) / self._per_second, 3)
