"""What the sessions of a node share."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from interfaces.auth import Judge
from interfaces.desk import Desk
from interfaces.rates import Rate
from interfaces.settings import Settings
from interfaces.socketio.push import Pusher
from interfaces.turnstile import Turnstile

OVERRUNS, LONGEST_REST = 10, 5.0
"""How often a user may ask too much at once, and once a second, until it is listened to ever more seldom: a second
more for each time beyond that, at most so many. Only by several sockets: one alone is refused little."""


@dataclass(frozen=True, slots=True)
class Door:
    """What the sessions of a node share. `commands`, and `overruns` of them, are by user, `failures` (of tokens) by
    network address.

    `places` counts the sockets of each user. `rejected` hears the code of every refusal. At the `turnstile` wait who
    connects, and what is answered in turn.
    """

    settings: Settings
    tokens: Judge
    desk: Desk
    pusher: Pusher
    commands: Rate
    failures: Rate
    rejected: Callable[[str], None]
    places: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    turnstile: Turnstile = field(default_factory=Turnstile)
    overruns: Rate = field(default_factory=lambda: Rate(1, OVERRUNS, debt=LONGEST_REST - 1))
