"""Who knocks again and again fills no log, and is counted."""

from typing import Any

from domain.audit import RecordRefusal
from interfaces.audit.record import Refusals
from interfaces.rates import Rate
from tests.clock import Clock


class Writer:
    """Keeps what it is asked to write."""

    def __init__(self) -> None:
        self.asked: list[RecordRefusal] = []

    async def handle(self, command: Any) -> None:
        self.asked.append(command)


async def test_what_leaves_no_event_is_counted_in_the_next_one() -> None:
    writer, clock = Writer(), Clock()
    refusals: Any = Refusals(writer, each=Rate(1, 2, clock), all_together=Rate(0, 1))  # type: ignore[arg-type]
    for _ in range(5):
        await refusals.record("mallory", "/api/audit/readings")
    await refusals.record("eve", "/api/audit/replay")
    clock.now += 1.0
    await refusals.record("mallory", "/api/audit/replay")
    assert [(one.actor, one.unrecorded) for one in writer.asked] == [
        ("mallory", 0),
        ("mallory", 0),
        ("eve", 0),
        ("mallory", 3),
    ]


async def test_all_together_are_not_recorded_without_end() -> None:
    writer, clock = Writer(), Clock()
    refusals: Any = Refusals(writer, each=Rate(0, 1), all_together=Rate(1, 2, clock))  # type: ignore[arg-type]
    for number in range(9):
        await refusals.record(f"user{number}", "/api/audit/readings")
    assert [one.actor for one in writer.asked] == ["user0", "user1"]
