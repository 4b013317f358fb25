"""The ledger as it is projected: after the chat, whatever batches it comes in, and across crashes."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from projections.ledger import entries
from projections.ledger.chain import Chain, EntryRow, Gap
from projections.ledger.entries import Incomplete
from projections.ledger.projector import LedgerProjector
from projections.position import Projected
from tests.database import Pools
from tests.projections.chat import said, started
from tests.projections.ledger.slow import frame, head, path, root
from tests.projections.test_projector import record


class Log:
    """A log in the database, and a ledger of it; `ledger()` is one more process's."""

    def __init__(self, pools: Pools, database_url: str) -> None:
        self.pools = pools
        self.url = database_url
        self.store = pools.store()
        self.projected = Projected()

    def ledger(self, **more: Any) -> LedgerProjector:
        return LedgerProjector(self.pools.projecting, self.store, self.projected, **more)

    async def grows(self, count: int, *, seen: bool = True) -> None:
        """By messages, which the chat has projected if they are `seen`."""
        if not await self.store.end():
            await record(self.store, started("alice", "bob"))
        await record(self.store, *(said("alice", f"message {n}") for n in range(count)))
        if seen:
            self.projected.reached(await self.store.end())

    async def chain(self, size: int) -> Chain:
        async with self.pools.reading.connection() as connection:
            return await entries.load(connection, "ledger_1", size)

    async def position(self) -> int:
        async with self.pools.reading.connection() as connection:
            cursor = await connection.execute("SELECT position FROM projections WHERE name = 'ledger'")
            row = await cursor.fetchone()
        assert row
        return int(row[0])

    async def as_described(self) -> Chain:
        """The ledger, which is what it has to be."""
        size = await self.position()
        events = await self.store.raw(0, size)
        chain = await self.chain(size)
        assert (chain.head, chain.tree.root()) == (head(events), root([frame(event) for event in events]))
        return chain

    def tampered(self, query: str, *parameters: Any) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(query.encode(), parameters)


@pytest.fixture
def log(pools: Pools, database_url: str) -> Log:
    return Log(pools, database_url)


async def drained(projector: LedgerProjector, limit: int = 1_000) -> None:
    while await projector.step(limit):
        pass


@pytest.mark.parametrize("limit", [1, 7, 1_000])
async def test_it_is_what_its_description_says(log: Log, limit: int) -> None:
    await log.grows(30)
    await drained(log.ledger(), limit)
    assert (await log.as_described()).size == 31


async def test_slices_do_not_show(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.ledger.projector.SLICE", 4)
    await log.grows(30)
    await drained(log.ledger(), 13)
    assert (await log.as_described()).size == 31


async def test_it_is_never_ahead_of_the_chat(log: Log) -> None:
    await log.grows(4)
    await log.grows(3, seen=False)
    await drained(log.ledger())
    assert await log.position() == 5


async def test_it_tells_how_far_it_has_come(log: Log) -> None:
    await log.grows(4)
    ledger = log.ledger()
    await drained(ledger)
    assert ledger.position == await log.position() == 5


async def test_each_event_is_proven_by_a_few_of_its_rows(log: Log) -> None:
    await log.grows(30)
    await drained(log.ledger())
    leaves = [frame(event) for event in await log.store.raw(0, 31)]
    async with log.pools.reading.connection() as connection:
        for number in range(1, 32):
            assert await entries.path(connection, "ledger_1", number, 31) == path(number - 1, leaves)


async def test_its_rows_are_read_by_pages(log: Log) -> None:
    await log.grows(4)
    await drained(log.ledger())
    made = Chain().extend(await log.store.raw(0, 5))
    async with log.pools.reading.connection() as connection:
        assert await entries.page(connection, "ledger_1", 0, 2) == made[:2]
        assert await entries.page(connection, "ledger_1", 2, 99) == made[2:]


async def test_processes_take_turns(log: Log) -> None:
    one, other = log.ledger(), log.ledger()
    for _ in range(5):
        await log.grows(3)
        await one.step(2)
        await other.step(2)
        await one.step(2)
    await drained(other)
    assert (await log.as_described()).size == 16


async def test_a_batch_that_fails_leaves_nothing_behind(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> None:
        raise OSError("the disk is full")

    await log.grows(5)
    projector = log.ledger()
    await projector.step(3)
    with monkeypatch.context() as patched:
        patched.setattr("projections.ledger.entries.save", broken)
        with pytest.raises(OSError, match="disk"):
            await projector.step(2)
    await drained(projector)
    assert (await log.as_described()).size == 6


async def test_a_schema_beside_is_filled_from_where_it_stands(log: Log) -> None:
    await log.grows(5)
    projector = log.ledger()
    await projector.step(4)
    log.tampered("CREATE SCHEMA ledger_2 CREATE TABLE entries (LIKE ledger_1.entries)")
    async with log.pools.projecting.connection() as connection:
        for first in (0, 2, 4):
            events = await log.store.raw(first, 2)
            await projector.apply(connection, "ledger_2", events)
        assert (await entries.load(connection, "ledger_2", 6)).head == head(await log.store.raw(0, 6))
    await drained(projector)
    assert (await log.as_described()).size == 6


async def test_an_event_that_is_missing_is_not_passed_over(log: Log) -> None:
    await log.grows(5)
    projector = log.ledger()
    await projector.step(3)
    log.tampered("DELETE FROM events WHERE notification_id = 4")
    for one in (projector, log.ledger()):
        with pytest.raises(Gap, match="position 5 follows 3"):
            await one.step()
    assert await log.position() == 3


LOST: list[tuple[str, Callable[[Log], Any]]] = [
    ("row 3", lambda log: log.tampered("DELETE FROM ledger_1.entries WHERE position = 3")),
    ("row 2", lambda log: log.tampered("DELETE FROM ledger_1.entries WHERE position = 2")),
    ("row 2", lambda log: log.tampered("UPDATE ledger_1.entries SET nodes = substr(nodes, 1, 40) WHERE position = 2")),
]


@pytest.mark.parametrize(("what", "lose"), LOST, ids=["last", "edge", "part"])
async def test_a_row_that_is_missing_is_named(log: Log, what: str, lose: Callable[[Log], Any]) -> None:
    await log.grows(5)
    await log.ledger().step(3)
    lose(log)
    with pytest.raises(Incomplete, match=f"lost its {what}"):
        await log.ledger().step()


async def test_rows_say_when_events_were_recorded(log: Log) -> None:
    await log.grows(2)
    await drained(log.ledger())
    async with log.pools.reading.connection() as connection:
        cursor = await connection.execute("SELECT position, chain, nodes, recorded_at FROM ledger_1.entries ORDER BY 1")
        rows = [EntryRow(*row) for row in await cursor.fetchall()]
    assert [row.recorded_at for row in rows] == [event.recorded_at for event in await log.store.raw(0, 9)]
