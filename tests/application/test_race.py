"""Many write, one follows: nothing is missed and nothing comes out of order."""

import asyncio
from itertools import pairwise
from uuid import UUID, uuid4

from psycopg_pool import AsyncConnectionPool

from application.store import Offered, Recorded, Store
from domain.conversation import ConversationRenamed
from domain.timeline import MessageSent
from tests.database import Pools

WRITERS = 8
APPENDS = 60
SHARED = UUID(int=99)
"""All write to this stream, and each to one of its own."""


async def test_eight_writers_and_one_who_follows_the_log(database_url: str, pools: Pools) -> None:
    following = asyncio.create_task(follow(pools.store(), WRITERS * APPENDS * 3))
    await asyncio.gather(*(write(database_url, pools, number) for number in range(WRITERS)))
    events = await asyncio.wait_for(following, 30)
    assert [one.position for one in events] == list(range(1, WRITERS * APPENDS * 3 + 1))
    assert all(one.recorded_at <= after.recorded_at for one, after in pairwise(events))
    for stream in {one.stream for one in events}:
        versions = [one.version for one in events if one.stream == stream]
        assert versions == list(range(1, len(versions) + 1))


async def follow(store: Store, count: int) -> list[Recorded]:
    """By position alone, as fast as it can, in small steps."""
    seen: list[Recorded] = []
    while len(seen) < count:
        seen += await store.tail(seen[-1].position if seen else 0, 7)
    return seen


async def write(database_url: str, pools: Pools, number: int) -> None:
    own = UUID(int=number)
    async with AsyncConnectionPool(database_url, open=False, min_size=1, kwargs={"autocommit": True}) as writing:
        store = Store(pools.reading, writing)
        for n in range(APPENDS):
            appended = await store.append(uuid4(), [shared(), titled(own, n), shared()], {own: n})
            assert not appended.failed


def shared() -> Offered:
    return Offered(
        SHARED, MessageSent(actor="alice", conversation_id=SHARED, message_id=uuid4(), sender_id="alice", body="hi")
    )


def titled(stream: UUID, n: int) -> Offered:
    return Offered(stream, ConversationRenamed(actor="alice", conversation_id=SHARED, title=str(n)))
