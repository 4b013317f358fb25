"""What the sessions of a node share."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from interfaces.auth import Judge
from interfaces.desk import Desk
from interfaces.rates import Rate
from interfaces.settings import Settings
from interfaces.socketio.push import Pusher
from interfaces.socketio.rests import Rests
from interfaces.turnstile import Turnstile


@dataclass(frozen=True, slots=True)
class Door:
    """What the sessions of a node share. By user are `commands`, and `rests` of who wants more of them; by network
    address, `failures` of tokens.

    `places` counts the sockets of each user. `rejected` hears the code of every refusal. At the `turnstile` wait who
    connects, and what is answered in turn.
    """

    settings: Settings
    tokens: Judge
    desk: Desk
    pusher: Pusher
    commands: Rate
    rests: Rests
    failures: Rate
    rejected: Callable[[str], None]
    places: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    turnstile: Turnstile = field(default_factory=Turnstile)
