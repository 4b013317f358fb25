"""Who comes at about the same time goes on together, and nobody else waits."""

import asyncio
from datetime import UTC, datetime

from interfaces.claims import Identity
from interfaces.ferry import Ferry
from tests.serving import serving

REST = 0.2


async def test_who_comes_first_does_not_wait() -> None:
    await Ferry(3600).board()


async def test_who_comes_while_it_rests_goes_with_all_others() -> None:
    ferry = Ferry(REST)
    await ferry.board()
    others = [asyncio.create_task(ferry.board()) for _ in range(3)]
    gone = asyncio.create_task(ferry.board())
    await asyncio.sleep(0)
    assert not any(one.done() for one in others)
    gone.cancel()
    await others[0]
    await asyncio.sleep(0)
    assert all(one.done() for one in others)


async def test_it_goes_again_and_again() -> None:
    ferry = Ferry(REST)
    for _ in range(3):
        await ferry.board()


async def test_the_names_of_those_who_connect_at_once_are_one_append(database_url: str) -> None:
    async with serving(database_url) as node:
        names, appends = node.chat.desk.names, list[int]()
        node.chat.writer.observe = lambda events, seconds: appends.append(events)
        at = datetime.now(UTC)
        people = [Identity(f"user-{n}", f"Name {n}", at, True, 2e9, frozenset()) for n in range(20)]
        assert await asyncio.gather(*map(names.enter, people)) == [one.name for one in people]
        assert appends == [1, 19]
