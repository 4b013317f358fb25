"""Many people in many conversations, a device each, all of them watching and all of them sending."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, pairwise
from random import Random
from typing import Any
from uuid import UUID

import httpx
from psycopg import AsyncConnection, sql

from application.store import Recorded
from interfaces.shapes import Message
from projections.chat import Rows
from tests import contract
from tests.client import Client, position
from tests.database import open_pools
from tests.faults.processes import token
from tests.replay import Replayed, log, replay


@dataclass(frozen=True)
class Send:
    """A message that somebody is going to send, under an id that stays the same however often it is repeated."""

    user: str
    conversation_id: str
    message_id: str
    body: str


class Crowd:
    """`acked` are the messages as they were acknowledged, by id. The first `polling` of the people poll."""

    def __init__(self, seed: int, conversations: int = 20, size: int = 5, people: int = 40, polling: int = 0) -> None:
        print(f"seed {seed}")
        self.random = Random(seed)
        self.users = [f"user-{n}" for n in range(people)]
        self.clients: dict[str, Client] = {}
        self.members: dict[str, list[str]] = {}
        self.planned: dict[str, Send] = {}
        self.acked: dict[str, Message] = {}
        self._some = asyncio.Event()
        self._sizes = [size] * conversations
        self._pollers = self.users[:polling]

    def of(self, user: str) -> list[str]:
        """The conversations that somebody takes part in."""
        return [conversation_id for conversation_id, members in self.members.items() if user in members]

    # What they do

    async def come(self, *urls: str) -> None:
        """Connects everybody, by turns to each of the servers; starts the conversations; all of them watch."""
        await self.connect(*urls)
        for size in self._sizes:
            members = self.random.sample(self.users, size)
            self.members[await self.clients[members[0]].start(*members[1:])] = members
        started = await self.position()
        await asyncio.gather(*(self._catch_up(user, started) for user in self.users))

    async def connect(self, *urls: str, users: Sequence[str] = ()) -> None:
        for user, url in zip(users or self.users, cycle(urls), strict=False):
            transports = ("polling",) if user in self._pollers else ("websocket",)
            client = self.clients.setdefault(user, Client(url, token(user), transports))
            client.url = url
        await asyncio.gather(*(self.clients[user].connect() for user in users or self.users))

    async def come_back(self, *urls: str, users: Sequence[str] = ()) -> None:
        """As devices do that have lost their connection: from their cursors. Everybody's, or some people's."""
        await self.leave(users)
        await self.connect(*urls, users=users)
        await asyncio.gather(*(self._catch_up(user) for user in users or self.users))

    async def _catch_up(self, user: str, min_position: int = 0) -> None:
        client = self.clients[user]
        await client.barrier(min_position)
        await client.sync()
        for conversation_id in self.of(user):
            await client.join(conversation_id)

    async def leave(self, users: Sequence[str] = ()) -> None:
        await asyncio.gather(*(self.clients[user].disconnect() for user in users or self.users))

    def plan(self, messages: int, length: int = 0) -> list[Send]:
        """So many messages from each participant of each conversation, of at least that length."""
        sends = [
            Send(user, conversation_id, str(self._uuid()), self._body(n).ljust(length, "."))
            for n in range(messages)
            for conversation_id, members in self.members.items()
            for user in members
        ]
        self.planned |= {send.message_id: send for send in sends}
        return sends

    def _uuid(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    def _body(self, n: int) -> str:
        return f"{n}: " + self.random.choice(["Bonjour", "  à\n demain ", "naïve 🙂", "שלום", "x" * 300])

    async def send(self, sends: Sequence[Send]) -> None:
        """Everybody at once; each one's messages to one conversation are sent one after the other."""
        places: defaultdict[tuple[str, str], list[Send]] = defaultdict(list)
        for one in sends:
            places[one.user, one.conversation_id].append(one)
        await asyncio.gather(*(self._send(these) for these in places.values()))

    async def _send(self, sends: Sequence[Send]) -> None:
        for one in sends:
            message = await self.clients[one.user].send(one.conversation_id, one.body, one.message_id)
            self.acked[one.message_id] = message
            self._some.set()

    async def acknowledged(self, count: int, within: float = 30) -> None:
        """Waits until so many messages have been acknowledged."""
        async with asyncio.timeout(within):
            while len(self.acked) < count:
                self._some.clear()
                await self._some.wait()

    @property
    def unanswered(self) -> list[Send]:
        return [one for one in self.planned.values() if one.message_id not in self.acked]

    async def read(self) -> None:
        """Everybody marks some of it as read, through whatever server the device is connected to."""
        places = [(user, conversation_id) for conversation_id, members in self.members.items() for user in members]
        chosen = [
            (
                user,
                conversation_id,
                self.random.randint(1, self.clients[user].summaries[conversation_id].last_number),
            )
            for user, conversation_id in self.random.sample(places, len(places) // 2)
        ]
        await asyncio.gather(
            *(self.clients[user].mark_as_read(conversation_id, number) for user, conversation_id, number in chosen)
        )

    async def stir(self, times: int) -> None:
        """In each conversation somebody or other renames it and marks as read what there is, again and again."""

        async def one(conversation_id: str, members: list[str]) -> None:
            for n in range(times):
                renamer, reader = (self.clients[user] for user in self.random.sample(members, 2))
                await renamer.rename(conversation_id, f"title {n}")
                await reader.mark_as_read(conversation_id)

        await asyncio.gather(*(one(*conversation) for conversation in self.members.items()))

    async def position(self) -> int:
        """The last position that any of the servers has answered with."""
        acks = await asyncio.gather(*(client.barrier() for client in self.clients.values()))
        return max(int(ack.cursor) for ack in acks)

    async def settle(self) -> None:
        """Every push of everything that was acknowledged has come when this ends."""
        end = max([message.position for message in self.acked.values()] + [await self.position()])
        for client in self.clients.values():
            await client.barrier(end)

    # What must be so

    def check_log(self, events: Sequence[Recorded]) -> dict[str, Replayed]:
        """Every acknowledged message is in the log once, where its ack says; numbers have no gaps. The replay."""
        assert [one.position for one in events] == list(range(1, len(events) + 1))
        told = replay(events)
        times = Counter(message_id for found in told.values() for message_id, _, _ in found.messages)
        assert set(times.values()) <= {1}
        assert self.acked.keys() <= times.keys() <= self.planned.keys()
        for message_id, message in self.acked.items():
            send, found = self.planned[message_id], told[message.conversation_id]
            assert found.messages[message.number - 1] == (message_id, send.user, send.body)
            assert message.conversation_id == send.conversation_id
        by_position = {one.position: one for one in events}
        for message in self.acked.values():
            assert by_position[message.position].version == message.number
        return told

    def check_pushes(self, told: dict[str, Replayed], *, complete: bool = True) -> None:
        """Each socket's pushes ascend; who has watched from the start saw every message once, in order."""
        for user, client in self.clients.items():
            assert all(one <= after for one, after in pairwise(map(position, client.since_connect)))
            seen: defaultdict[str, list[Message]] = defaultdict(list)
            for push in client.messages:
                seen[push.conversation_id].append(push.message)
            for conversation_id in self.of(user):
                numbers = [message.number for message in seen[conversation_id]]
                assert len(set(numbers)) == len(numbers), f"{user} was told twice: {numbers}"
                assert numbers == sorted(numbers)
                if complete:
                    assert _said(seen[conversation_id]) == told[conversation_id].messages

    def check_state(self, told: dict[str, Replayed]) -> None:
        """What each device has put together from acks and pushes is what the log says."""
        for user, client in self.clients.items():
            assert client.summaries.keys() == set(self.of(user))
            for conversation_id, summary in client.summaries.items():
                found = told[conversation_id].seen_by(user)
                assert {key: getattr(summary, key) for key in found} == found
                room = client.rooms[conversation_id]
                assert _said([room.messages[n] for n in sorted(room.messages)]) == told[conversation_id].messages
                assert {key: one.read_number for key, one in room.participants.items()} == told[conversation_id].read

    async def check_fresh_starts(self, *urls: str) -> None:
        """What each device has put together is what another sees that starts afresh, at the next of the servers."""
        end = await self.position()
        limit = asyncio.Semaphore(10)
        users = zip(self.users, cycle([*urls[1:], urls[0]]), strict=False)
        await asyncio.gather(*(self._check_fresh_start(user, url, end, limit) for user, url in users))

    async def _check_fresh_start(self, user: str, url: str, end: int, limit: asyncio.Semaphore) -> None:
        async with limit, fresh(url, user) as other:
            await other.barrier(end)
            await other.sync()
            client = self.clients[user]
            assert other.summaries == client.summaries
            for conversation_id in self.of(user):
                room, anew = client.rooms[conversation_id], await other.join(conversation_id)
                assert list(anew.participants.items()) == list(room.participants.items())
                assert anew.messages.items() <= room.messages.items()
                assert len(anew.messages) == min(50, len(room.messages))
            await check_unread(url, user, {key: one.unread_count for key, one in other.summaries.items()}, end)


async def check_unread(url: str, user: str, counts: dict[str, int], min_position: int) -> None:
    """`GET /api/unread` agrees."""
    headers, hooks = {"Authorization": f"Bearer {token(user)}"}, {"response": [contract.response]}
    async with httpx.AsyncClient(base_url=url, headers=headers, event_hooks=hooks) as client:
        answer = await client.get("/api/unread", params={"min_position": min_position})
    assert answer.json() == {
        "total": sum(counts.values()),
        "conversations": {key: count for key, count in counts.items() if count},
    }


@asynccontextmanager
async def fresh(url: str, user: str) -> AsyncIterator[Client]:
    """Another device, which knows nothing yet."""
    client = Client(url, token(user))
    try:
        yield await client.connect()
    finally:
        await client.disconnect()


async def events_of(database_url: str) -> list[Recorded]:
    """The log of a database."""
    async with open_pools(database_url) as pools:
        return await log(pools.store())


async def check_read_models(database_url: str, events: Sequence[Recorded]) -> None:
    """The rows of the read models are those that the log folds into, and there are no others."""
    folded = Rows().fold(events)
    async with await AsyncConnection.connect(database_url, options="-c timezone=UTC") as connection:
        held = Rows()
        await held.load(connection, await serving_schema(connection), events)
        for table, rows in (
            ("conversations", folded.conversations),
            ("participants", folded.places),
            ("people", folded.people),
        ):
            cursor = await connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
            assert await cursor.fetchone() == (len(rows),)
        cursor = await connection.execute("SELECT position FROM projections WHERE name = 'chat'")
        (position,) = await cursor.fetchone() or (0,)
        assert position >= events[-1].position  # a server that was restored may have told the ledger's key meanwhile
    assert held.conversations == folded.conversations
    assert held.places == folded.places
    assert held.people == folded.people


async def serving_schema(connection: AsyncConnection[Any]) -> str:
    row = await (
        await connection.execute("SELECT 'chat_' || generation FROM projections WHERE name = 'chat'")
    ).fetchone()
    assert row is not None
    return str(row[0])


def unread_by_log(events: Sequence[Recorded]) -> dict[tuple[str, str], int]:
    """Each participant's unread count, as the projections' own fold of the whole log has it."""
    folded = Rows().fold(events)
    return {
        (str(conversation_id), user_id): folded.conversations[conversation_id].last_number - place.read_number
        for (conversation_id, user_id), place in folded.places.items()
        if place.removed_position is None
    }


def _said(messages: Sequence[Message]) -> list[tuple[str, str, str]]:
    return [(one.message_id, one.sender_id, one.body) for one in messages]
