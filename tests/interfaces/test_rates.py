"""Token buckets: how many at once, how many on average, and what is owed."""

import pytest

from domain.base import Rejected
from interfaces.rates import MAX_KEYS, Rate
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def refused(rate: Rate, key: str) -> float | None:
    with pytest.raises(Rejected) as caught:
        rate.spend(key)
    assert caught.value.code == "rate_limited"
    return caught.value.retry_after


def test_so_many_at_once_and_then_so_many_a_second(clock: Clock) -> None:
    rate = Rate(2, 3, clock)
    for _ in range(3):
        rate.spend("a")
    assert refused(rate, "a") == 0.5
    assert refused(rate, "a") == 0.5  # to be refused costs nothing
    clock.now += 0.4
    assert refused(rate, "a") == pytest.approx(0.1)
    clock.now += 0.1
    rate.spend("a")
    assert refused(rate, "a") == 0.5
    rate.spend("b")
    clock.now += 1000
    for _ in range(3):
        rate.spend("a")
    refused(rate, "a")


def test_what_has_happened_already_is_owed_up_to_the_debt(clock: Clock) -> None:
    rate = Rate(1, 2, clock, debt=3)
    assert [rate.charge("a") for _ in range(7)] == [0, 1, 2, 3, 4, 4, 4]
    assert refused(rate, "a") == 4
    clock.now += 3
    assert rate.wait("a") == 1
    clock.now += 1
    rate.spend("a")
    assert refused(rate, "a") == 1
    assert rate.wait("b") == 0


def test_none_a_second_is_no_limit(clock: Clock) -> None:
    rate = Rate(0, 1, clock, debt=3)
    for _ in range(5):
        rate.spend("a")
        assert rate.charge("a") == 0
    assert rate.wait("a") == 0


def test_who_only_asks_is_not_remembered(clock: Clock) -> None:
    rate = Rate(1, 1e-9, clock)  # nobody has anything to take
    assert all(rate.wait(str(n)) for n in range(10))
    assert not rate._buckets


def test_whoever_has_not_come_for_longest_is_forgotten(clock: Clock) -> None:
    rate = Rate(1, 1, clock)
    for n in range(MAX_KEYS + 1):
        rate.spend(str(n))
    rate.spend("0")
    refused(rate, str(MAX_KEYS))
