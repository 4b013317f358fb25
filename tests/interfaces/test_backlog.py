"""A server that has too much to do says so at once, and takes on again what it can."""

from collections import deque
from contextlib import suppress

import pytest

from domain.base import Rejected
from interfaces.backlog import Backlog
from projections.position import Projected
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def projected() -> Projected:
    return Projected()


@pytest.fixture
def backlog(projected: Projected, clock: Clock) -> Backlog:
    return Backlog(projected, 2.0, clock)


def test_takes_everything_while_nothing_has_waited_too_long(backlog: Backlog, clock: Clock) -> None:
    backlog.check(None)
    backlog.owe(5, 100.0)
    clock.now = 102.0
    backlog.check(101.0)


def test_refuses_while_what_was_written_is_not_delivered(backlog: Backlog, clock: Clock, projected: Projected) -> None:
    backlog.owe(5, 100.0)
    backlog.owe(9, 101.0)
    clock.now = 102.5
    with pytest.raises(Rejected) as refused:
        backlog.check(None)
    assert (refused.value.code, refused.value.retry_after) == ("unavailable", 1.0)
    projected.reached(5)
    backlog.check(None)
    clock.now = 104.0
    with pytest.raises(Rejected):
        backlog.check(None)
    projected.reached(9)
    backlog.check(None)


def test_refuses_while_what_was_taken_on_is_not_written(backlog: Backlog, clock: Clock) -> None:
    clock.now = 102.5
    with pytest.raises(Rejected):
        backlog.check(100.0)
    backlog.check(101.0)


def test_who_pushes_says_what_is_delivered(backlog: Backlog, clock: Clock, projected: Projected) -> None:
    backlog.walked = lambda: 4
    backlog.owe(5, 100.0)
    projected.reached(5)
    clock.now = 102.5
    with pytest.raises(Rejected):
        backlog.check(None)
    backlog.walked = lambda: 5
    backlog.check(None)


def test_refuses_what_would_wait_too_long_behind_all_that_are_ahead(
    backlog: Backlog, clock: Clock, projected: Projected
) -> None:
    projected.reached(1_000)
    backlog.owe(1_100, 100.0)
    backlog.owe(1_200, 100.0)
    clock.now = 100.5
    projected.reached(1_100)  # 200 a second
    backlog.check(100.4, waiting=299)
    with pytest.raises(Rejected):
        backlog.check(100.4, waiting=301)


def test_does_not_foretell_before_it_has_seen_for_a_while_how_fast_it_goes(
    backlog: Backlog, clock: Clock, projected: Projected
) -> None:
    backlog.owe(1, 100.0)
    backlog.owe(500, 100.0)
    clock.now = 100.4
    projected.reached(1)
    backlog.check(None, waiting=10_000)


def test_foretells_nothing_from_a_time_when_nothing_was_waiting(
    backlog: Backlog, clock: Clock, projected: Projected
) -> None:
    backlog.owe(1, 100.0)
    projected.reached(1)
    clock.now = 160.0
    backlog.owe(500, 160.0)
    clock.now = 160.6
    backlog.check(None, waiting=100)
    projected.reached(500)
    clock.now = 161.0
    backlog.check(160.4, waiting=100)
    backlog.owe(600, 160.4)
    backlog.check(160.4, waiting=100)


@pytest.mark.parametrize("times", [1.1, 2, 4])
def test_who_is_taken_on_waits_hardly_longer_than_the_limit_however_many_come(
    backlog: Backlog, clock: Clock, projected: Projected, times: float
) -> None:
    """A server that delivers 100 in a tenth of a second, and writes as many in a batch as have come meanwhile."""
    written = 0
    waits: list[float] = []
    owed: deque[float] = deque()
    for _ in range(100):
        waiting: list[float] = []
        for _ in range(int(100 * times)):
            clock.now += 0.1 / (100 * times)
            with suppress(Rejected):
                backlog.check(owed[0] if owed else None, len(waiting))
                waiting.append(clock.now)
        delivered = min(100, len(owed))
        waits += [clock.now - owed.popleft() for _ in range(delivered)]
        projected.reached(projected.position + delivered)
        if waiting:
            written += len(waiting)
            owed += waiting
            backlog.owe(written, waiting[0])
    assert len(waits) == 100 * 99, "it never stood idle"
    assert max(waits) < 2.0 + 0.3, "not `times` as long"
