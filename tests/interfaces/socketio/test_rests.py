"""Who asks too much is listened to less, and gets what is allowed all the same."""

from heapq import heapify, heappop, heappush

import pytest

from domain.base import Rejected
from interfaces.rates import Rate
from interfaces.socketio.rests import LONGEST_REST, MOST_REST, REST, Rests
from tests.clock import Clock

SECONDS = 300


def flooded(per_second: float, burst: int, sockets: int, flooding: int) -> tuple[float, float]:
    """Requests answered and refused a second, where some of a user's sockets always have another."""
    clock = Clock()
    commands = Rate(per_second, burst, clock)
    rests, answered, refused = Rests(commands, clock), 0, 0
    waking = [clock.now + n / 1_000 for n in range(flooding)]
    heapify(waking)
    end = clock.now + SECONDS
    while waking[0] < end:
        clock.now = heappop(waking)
        try:
            while True:
                commands.spend("alice")
                answered += 1
        except Rejected:
            refused += 1
            heappush(waking, clock.now + rests.begin("alice", sockets))
    return answered / SECONDS, refused / SECONDS


@pytest.mark.parametrize("flooding", [1, 2, 5, 20])
@pytest.mark.parametrize(("per_second", "burst"), [(20, 40), (20, 10), (100, 40), (5, 100), (10, 3)])
def test_what_is_allowed_is_answered_whoever_floods(per_second: float, burst: int, flooding: int) -> None:
    for sockets in (flooding, 20):
        answered, _ = flooded(per_second, burst, sockets, flooding)
        assert answered >= 0.95 * per_second


def test_of_many_sockets_that_flood_few_requests_are_refused() -> None:
    for sockets in (5, 10, 20):
        _, refused = flooded(20, 40, sockets, sockets)
        assert refused <= 1.2 * sockets / LONGEST_REST


def test_one_socket_rests_as_if_it_had_never_asked_too_much() -> None:
    rests = Rests(Rate(20, 40))
    assert {rests.begin("alice", 1) for _ in range(100)} == {REST}


def test_whoever_floods_rests_for_itself() -> None:
    rests = Rests(Rate(20, 40))
    for _ in range(100):
        rests.begin("alice", 10)
    assert rests.begin("bob", 10) == MOST_REST
