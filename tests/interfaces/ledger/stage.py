"""A chat that has been talked in, its ledger, and a superuser who can do whatever SQL can."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, nullcontext
from typing import Any
from uuid import UUID, uuid4

import psycopg

from application.store import Raw, Store
from domain.conversation import StartConversation
from domain.timeline import SendMessage
from interfaces.chat import Chat, chat
from interfaces.ledger.keys import SigningKey, made
from interfaces.ledger.verification import Verification
from interfaces.ledger.walk import Report
from interfaces.settings import Settings
from projections.ledger import checkpoint
from projections.ledger.chain import Chain
from projections.ledger.checkpoint import Checkpoint
from tests.database import open_pools
from tests.faults.processes import until

GROUP = UUID("11111111-1111-4111-8111-111111111111")
PEM = made()
KEY = SigningKey.parse(PEM)
OTHER = SigningKey.parse(made())


def silent(_: str, __: int) -> Any:
    return nullcontext(lambda _: None)


@asynccontextmanager
async def keeping(url: str, **settings: Any) -> AsyncIterator[Chat]:
    """A chat that keeps a ledger, in haste, and ends when all is signed, however long that takes."""
    haste = {"poll": 0.02, "ledger_rest": 0, "ledger_every": 0.1}
    chosen = {"database_url": url, "ledger_key": PEM, "drain": 80, **haste}
    async with chat(Settings(**(chosen | settings)), url, ledger=True) as whole:
        yield whole


async def start(whole: Chat, conversation_id: UUID = GROUP) -> None:
    command = StartConversation.model_validate(
        {"actor": "alice", "conversation_id": conversation_id, "kind": "group", "participant_ids": ["bob"]}
    )
    await whole.writer.handle(command)


async def send(
    whole: Chat, count: int, *, to: UUID = GROUP, sender: str = "alice", body: str = "Bonjour"
) -> list[UUID]:
    """Messages, one after the other."""
    ids = [uuid4() for _ in range(count)]
    for number, message_id in enumerate(ids):
        command = SendMessage(actor=sender, conversation_id=to, message_id=message_id, body=f"{body} {number}")
        await whole.writer.handle(command)
    return ids


async def signed(whole: Chat) -> Checkpoint:
    """The checkpoint that covers the log as it is."""
    assert whole.keeper
    signer = whole.keeper.signer
    assert signer

    async def covered() -> bool:
        return signer.last is not None and signer.last.size >= await whole.store.end()

    await until(covered)
    assert signer.last
    return signer.last


async def talked(url: str) -> list[Checkpoint]:
    """44 events: a start, messages by two, and among the first ones the key; at least three checkpoints."""
    async with keeping(url) as whole:
        await start(whole)
        for count, sender in ((10, "alice"), (16, "bob"), (16, "alice")):
            await send(whole, count, sender=sender)
            await signed(whole)
        async with whole.pool.connection() as connection:
            return await checkpoint.after(connection, 0)


async def verified(url: str, *, keys: Collection[str] = (), outside: Collection[Checkpoint] = ()) -> Report:
    async with open_pools(url) as pools:
        return await Verification(pools.store(), pools.reading, keys=keys, outside=outside).run(silent)


async def raw(url: str, upto: int | None = None) -> list[Raw]:
    async with open_pools(url) as pools:
        return await Store(pools.reading, pools.reading).raw(0, 10_000, upto)


class Superuser:
    """Does what no program of ours does."""

    def __init__(self, url: str) -> None:
        self._url = url

    def does(self, *statements: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            for statement in statements:
                assert connection.execute(statement.encode()).rowcount != 0, statement

    def asks(self, query: str) -> list[Any]:
        with psycopg.connect(self._url) as connection:
            return connection.execute(query.encode()).fetchall()

    def moves(self, first: int, by: int) -> None:
        """All events from one on, by so many positions."""
        self.does(
            f"UPDATE events SET notification_id = -1000000 - notification_id WHERE notification_id >= {first}",
            f"UPDATE events SET notification_id = -1000000 - notification_id + {by} WHERE notification_id < -1000000",
        )

    async def makes_the_ledger_fit(self) -> None:
        """Every row anew, out of the events as they are by now. A projector of this process may hold its place."""
        rows = Chain().extend(await raw(self._url))
        async with await psycopg.AsyncConnection.connect(self._url) as connection:
            await connection.execute("DELETE FROM ledger_1.entries")
            await connection.cursor().executemany("INSERT INTO ledger_1.entries VALUES (%s, %s, %s, %s)", rows)
            await connection.execute("UPDATE projections SET position = %s WHERE name = 'ledger'", [len(rows)])
