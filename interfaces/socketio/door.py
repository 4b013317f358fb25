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


@dataclass(frozen=True, slots=True)
class Door:
    """`commands` is by user; by network address are `failures` of tokens, and `breaches` of the protocol.

    `places` counts the sockets of each user. `rejected` hears the code of every refusal. At the `turnstile` wait who
    connects, and what is answered in turn.
    """

    settings: Settings
    tokens: Judge
    desk: Desk
    pusher: Pusher
    commands: Rate
    failures: Rate
    breaches: Rate
    rejected: Callable[[str], None]
    places: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    turnstile: Turnstile = field(default_factory=Turnstile)
