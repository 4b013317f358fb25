"""The facts made anew beside those that serve are the same, and the views show them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from application.store import Recorded
from projections.analytics.projector import AnalyticsProjector
from tests.analytics.filled import Log, contents, fill
from tests.analytics.histories import histories
from tests.database import Pools
from tests.projections.analytics.test_views import examples
from tests.projections.rebuilds import ask, begun


@settings(examples, max_examples=10)  # tables are made for each
@given(histories, st.integers(1, 9))
async def test_the_rows_made_anew_are_those_that_served(
    pools: Pools, database_url: str, log: list[Recorded], batch: int
) -> None:
    await fill(pools, log)
    before = await contents(pools)
    served = ask(database_url, "SELECT generation FROM projections WHERE name = 'analytics'")
    projector = AnalyticsProjector(pools.projecting, Log(log), None)  # type: ignore[arg-type]
    async with begun(database_url, pools, None, projector, batch=batch) as rebuild:
        done = await rebuild.run(lambda _: None)
    assert (done.events, done.differences) == (len(log), [])
    assert [(done.generation.number,)] != served
    assert await contents(pools) == before
    ask(database_url, f"DELETE FROM {done.generation.schema}.messages")
    assert (await contents(pools))["messages"] == set()
