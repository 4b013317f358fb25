"""For how long nobody listens to who asks too much: to refuse a flood takes more than to answer what is allowed."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from interfaces.rates import MAX_KEYS, Rate

REST = 0.2
"""Seconds; for each of several sockets, which share what is allowed, as many times as long."""
MOST_REST = 1.0
"""However many sockets there are."""
OVERRUNS, LONGEST_REST = 10, 5.0
"""How often the sockets of a user may ask too much at once, and once a second, until each rests longer: a second more
for each time beyond that, at most so many. One socket alone is refused little."""


class Rests:
    """By user. What is allowed stays so: some socket is always listened to again before a whole burst is there."""

    def __init__(self, commands: Rate, clock: Callable[[], float] = monotonic) -> None:
        self._commands = commands
        self._clock = clock
        self._overruns = Rate(1, OVERRUNS, clock, debt=LONGEST_REST - 1)
        self._last: OrderedDict[str, float] = OrderedDict()
        """When the last of a user's resting sockets is listened to again."""

    def begin(self, user_id: str, sockets: int) -> float:
        """Seconds for which one of a user's sockets, which has just asked too much, is not listened to."""
        refill = self._commands.refill
        pause = max(REST, min(REST * sockets, refill, MOST_REST))
        if sockets < 2:
            return pause
        now = self._clock()
        last = max(now, self._last.pop(user_id, now))
        pause = max(pause, min(self._overruns.charge(user_id), last + refill - now))
        self._last[user_id] = max(last, now + pause)
        while len(self._last) > MAX_KEYS:
            self._last.popitem(last=False)
        return round(pause, 3)
