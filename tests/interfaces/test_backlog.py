"""A server that has too much to do says so at once, and takes on again what it can."""

import pytest

from domain.base import Rejected
from interfaces.backlog import Backlog
from projections.position import Projected


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


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
