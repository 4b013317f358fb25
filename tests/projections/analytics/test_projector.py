"""The analytics follow the log in their own time, and never ahead of the chat."""

from projections.position import Projected
from tests.analytics.filled import Log, contents, projector, recorded, start_afresh
from tests.database import Pools
from tests.projections.chat import said, started


async def test_they_are_never_ahead_of_the_chat(pools: Pools) -> None:
    log = recorded(started("alice", "bob"), said("alice"), said("bob"))
    await start_afresh(pools, log)
    chat = Projected()
    one = projector(pools, Log(log), chat)
    assert not await one.step()
    chat.reached(2)
    assert await one.step()
    assert not await one.step()
    assert {row[:2] for row in (await contents(pools))["freshness"]} == {(2, log[1].recorded_at)}
    chat.reached(3)
    assert await one.step()
    assert len((await contents(pools))["messages"]) == 2


async def test_each_event_counts_once_whoever_projects_it(pools: Pools) -> None:
    log = recorded(started("alice", "bob"), *(said("alice") for _ in range(9)))
    await start_afresh(pools, log)
    chat, source = Projected(), Log(log)
    chat.reached(len(log))
    source.portion = 3
    one, other = projector(pools, source, chat), projector(pools, source, chat)
    while await one.step() or await other.step():
        pass
    assert {row[1] for row in (await contents(pools))["daily_activity"]} == {9}
