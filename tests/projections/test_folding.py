"""However the log is cut into batches, and whoever folds them: the rows follow from the log alone."""

from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from application.store import Recorded
from projections import conversation_list, unread_counts
from projections.chat import ChatProjector, Rows
from tests.database import Pools
from tests.projections.chat import GROUP, START, added, called, read, removed, rows, said, start_afresh, started
from tests.projections.histories import CONVERSATIONS, PEOPLE, events_of, happened, histories
from tests.spec import conversation_after, place_after, profile_after

examples = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
portions = st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=12)
"""Who folds the next portion, and how many events it has; the rest is folded at once."""


class Log:
    """A log that gives out at most `portion` events at a time."""

    def __init__(self, events: Sequence[Recorded]) -> None:
        self.events = events
        self.portion = 1_000

    async def tail(self, after: int, limit: int) -> Sequence[Recorded]:
        return self.events[after:][: min(limit, self.portion)]

    @property
    def written(self) -> int:
        return len(self.events)

    def at_hand(self, after: int, limit: int) -> Sequence[Recorded]:
        """By turns: a batch is written in one statement, or in a transaction of several."""
        return self.events[after:][: min(limit, self.portion)] if after % 2 else []


@examples
@given(histories, portions)
async def test_rows_do_not_depend_on_batches_or_on_who_folds_them(
    pools: Pools, log: list[Recorded], portions: list[tuple[bool, int]]
) -> None:
    assert await folded(pools, log, portions) == await folded(pools, log, []) == await folded_one_by_one(pools, log)


@examples
@given(histories)
async def test_what_people_see_is_what_the_log_says(pools: Pools, log: list[Recorded]) -> None:
    await folded(pools, log, [])
    async with pools.reading.connection() as connection, connection.transaction():
        for conversation_id in CONVERSATIONS:
            seen = await conversation_list.seen_by(connection, [(conversation_id, user_id) for user_id in PEOPLE])
            participants = await unread_counts.participants(connection, conversation_id)
            summaries, people = told(log, conversation_id)
            assert {user_id: brief(summary) for (_, user_id), summary in seen.items()} == summaries
            assert [{**one, "joined_at": None} for one in participants] == people


@settings(examples, max_examples=300)
@given(histories, portions)
@example(happened([]), [])
def test_folding_in_memory_does_not_depend_on_batches(log: list[Recorded], portions: list[tuple[bool, int]]) -> None:
    whole = Rows().fold(log)
    known = Rows()
    for _, size in [*portions, (True, 1_000)]:
        batch, log = log[:size], log[size:]
        known.update(known.fold(batch))
    assert vars(known) == vars(whole)


def test_folding_changes_nothing_but_what_it_returns() -> None:
    events = [
        started("alice", "bob"),
        said("alice"),
        read("bob", 1),
        called("bob", "Bob"),
        removed("bob"),
        added("bob"),
    ]
    log = [Recorded(n, GROUP, n, START, event) for n, event in enumerate(events, 1)]
    known = Rows().fold(log[:1])
    before = {name: dict(rows) for name, rows in vars(known).items()}
    changed = known.fold(log[1:])
    assert vars(known) == before
    assert len(changed) == 4


async def folded(pools: Pools, events: Sequence[Recorded], portions: Sequence[tuple[bool, int]]) -> Any:
    """By two projectors, each of which remembers rows from its last turn."""
    await start_afresh(pools)
    log = Log(events)
    one, other = projector(pools, log), projector(pools, log)
    for which, size in portions:
        log.portion = size
        await (one if which else other).step()
    log.portion = 1_000
    await one.step()
    return await rows(pools)


async def folded_one_by_one(pools: Pools, events: Sequence[Recorded]) -> Any:
    await start_afresh(pools)
    log = Log(events)
    log.portion = 1
    one = projector(pools, log)
    while await one.step():
        pass
    return await rows(pools)


def projector(pools: Pools, log: Log) -> ChatProjector:
    return pools.projector(log)


def told(log: list[Recorded], conversation_id: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What each sees of a conversation, and who takes part, by the plain reading of its events."""
    events = events_of(log, conversation_id)
    state = conversation_after(*events)
    if state is None:
        return {}, []
    places = {user_id: place_after(user_id, *events) for user_id in state.people}
    names = {user_id: name(log, user_id) for user_id in PEOPLE}
    seen = {}
    for user_id, place in places.items():
        title = state.title
        if state.kind == "direct":
            title = next(names[other] for other in state.people if other != user_id)
        seen[user_id] = (title, len(places), place.last_number, place.read_number, place.unread_count)
    participants = [
        {
            "user_id": user_id,
            "name": names[user_id],
            "role": "owner" if user_id == state.owner_id else "member",
            "read_number": place.read_number,
            "joined_at": None,
        }
        for user_id, place in places.items()
    ]
    return seen, participants


def brief(summary: dict[str, Any]) -> tuple[Any, ...]:
    words = "title", "participant_count", "last_number", "read_number", "unread_count"
    return tuple(summary[word] for word in words)


def name(log: list[Recorded], user_id: str) -> str:
    events = [one.event for one in log if getattr(one.event, "user_id", None) == user_id]
    return profile_after(*events).name or user_id
