"""Whatever people do, what was pushed to them is what they would fetch, is what the log says."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.client import Client, Refused, position
from tests.replay import Replayed, log, replay
from tests.serving import Node, serving

PEOPLE = 4
person = st.integers(0, PEOPLE - 1)
conversation = st.integers(0, 5)
words = st.sampled_from(["Bonjour", "  deux   mots ", "naïve 🙂", "שלום", "x" * 200])


class Chatter(RuleBasedStateMachine):
    """Four people with a device each, doing at random what people do. Refusals are part of it."""

    node: Node
    loop: asyncio.AbstractEventLoop

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    @initialize()
    def come(self) -> None:
        example = uuid4().hex[:8]
        self.users = [f"{example}-{n}" for n in range(PEOPLE)]
        self.clients = [Client(self.node.url, self.node.token(user)) for user in self.users]
        self.online = set(range(PEOPLE))
        self.conversations: list[str] = []
        for client in self.clients:
            self.do(self.connect(client))
        self.conversations.append(self.do(self.clients[0].start(*self.users[1:3], title="Lectures")))
        for client in self.clients[:3]:
            self.do(client.join(self.conversations[0]))
            self.do(client.send(self.conversations[0], "Bonjour"))

    async def connect(self, client: Client) -> None:
        await client.connect()
        await client.sync()

    def teardown(self) -> None:
        for n in getattr(self, "online", ()):
            self.do(self.clients[n].disconnect())

    def ask(self, n: int, work: Coroutine[Any, Any, Any]) -> Any:
        """What somebody online asks for; refused for a reason that such a request can have."""
        if n not in self.online:
            work.close()
            return None
        try:
            return self.do(work)
        except Refused as refused:
            if refused.code not in ("not_found", "forbidden", "invalid_payload"):
                raise
            return None

    def which(self, n: int, c: int) -> str:
        """A conversation that somebody knows of, or now and then any other."""
        known = [one for one in self.conversations if one in self.clients[n].summaries]
        return known[c % len(known)] if known and c else self.conversations[c % len(self.conversations)]

    @rule(n=person, others=st.sets(person, min_size=1), title=st.none() | words)
    def start_group(self, n: int, others: set[int], title: str | None) -> None:
        if started := self.ask(n, self.clients[n].start(*(self.users[o] for o in others), title=title and title[:120])):
            self.conversations.append(started)

    @rule(n=person, o=person)
    def start_direct(self, n: int, o: int) -> None:
        started = self.ask(n, self.clients[n].start(self.users[o], kind="direct"))
        if started and started not in self.conversations:
            self.conversations.append(started)

    @rule(n=person, c=conversation, bodies=st.lists(words, min_size=1, max_size=3))
    def send(self, n: int, c: int, bodies: list[str]) -> None:
        async def at_once() -> None:
            await asyncio.gather(*(self.clients[n].send(self.which(n, c), body) for body in bodies))

        self.ask(n, at_once())

    @rule(n=person, c=conversation, number=st.none() | st.integers(1, 4))
    def mark_read(self, n: int, c: int, number: int | None) -> None:
        self.ask(n, self.clients[n].mark_as_read(self.which(n, c), number))

    @rule(n=person, c=conversation, others=st.sets(person, min_size=1))
    def add(self, n: int, c: int, others: set[int]) -> None:
        user_ids = [self.users[o] for o in others]
        self.ask(n, self.clients[n].add(self.which(n, c), *user_ids))

    @rule(n=person, c=conversation, o=person)
    def remove(self, n: int, c: int, o: int) -> None:
        user_id = self.users[o]
        self.ask(n, self.clients[n].remove(self.which(n, c), user_id))

    @rule(n=person, c=conversation, title=words)
    def rename(self, n: int, c: int, title: str) -> None:
        self.ask(n, self.clients[n].rename(self.which(n, c), title[:120]))

    @rule(c=conversation, o=person, acts=st.permutations(range(5)))
    def all_at_once(self, c: int, o: int, acts: list[int]) -> None:
        """Nobody waits for anybody: what each of them sees meanwhile has to fit together all the same."""
        conversation_id, joiner, other = self.which(o, c), self.clients[o], self.clients[(o + 1) % PEOPLE]
        if {o, (o + 1) % PEOPLE} <= self.online:
            user_id = self.users[o]
            works = [
                lambda: other.send(conversation_id, "vite"),
                lambda: joiner.join(conversation_id),
                lambda: other.remove(conversation_id, user_id),
                lambda: other.add(conversation_id, user_id),
                lambda: joiner.mark_as_read(conversation_id),
            ]

            async def at_once() -> None:
                await asyncio.gather(*(works[n]() for n in acts), return_exceptions=True)

            self.do(at_once())

    @rule(n=person, c=conversation)
    def join(self, n: int, c: int) -> None:
        self.ask(n, self.clients[n].join(self.which(n, c)))

    @rule(n=person, c=conversation)
    def leave(self, n: int, c: int) -> None:
        self.ask(n, self.clients[n].leave(self.which(n, c)))

    @rule(n=person)
    def disconnect(self, n: int) -> None:
        if n in self.online:
            self.online.discard(n)
            self.do(self.clients[n].disconnect())

    @rule(n=person)
    def reconnect(self, n: int) -> None:
        if n not in self.online:
            self.online.add(n)
            self.do(self.connect(self.clients[n]))
            for conversation_id in list(self.clients[n].rooms):
                self.ask(n, self.clients[n].join(conversation_id))

    @invariant()
    def agree(self) -> None:
        if hasattr(self, "users"):
            self.do(self.compare())

    async def compare(self) -> None:
        told = replay(await log(self.node.chat.store))
        for n in sorted(self.online):
            client, user = self.clients[n], self.users[n]
            await client.barrier()
            fetched = (await self.node.chat.desk.sync(user, None, 0)).body["conversations"]
            summaries = {key: summary.model_dump() for key, summary in client.summaries.items()}
            assert summaries == {summary["conversation_id"]: summary for summary in fetched}
            mine = {key: found for key, found in told.items() if user in found.people}
            assert {key: _told(summary) for key, summary in summaries.items()} == {
                key: found.seen_by(user) for key, found in mine.items()
            }
            for conversation_id in client.live:
                await self.compare_room(client, user, conversation_id, told[conversation_id])
            assert not client.strays
            positions = [position(push) for push in client.since_connect]
            assert positions == sorted(positions)

    async def compare_room(self, client: Client, user: str, conversation_id: str, found: Replayed) -> None:
        room = client.rooms[conversation_id]
        fetched = (await self.node.chat.desk.join(user, UUID(conversation_id), None, 0)).body
        people = [person.model_dump() for person in room.participants.values()]
        assert people == fetched["conversation"]["participants"]
        assert list(room.participants) == found.people
        assert {person["user_id"]: person["read_number"] for person in people} == {
            user_id: found.read[user_id] for user_id in found.people
        }
        messages = [room.messages[number].model_dump() for number in sorted(room.messages)]
        assert messages[-50:] == fetched["messages"]
        assert [(one["message_id"], one["sender_id"], one["body"]) for one in messages] == found.messages


def _told(summary: dict[str, Any]) -> dict[str, Any]:
    keys = ("kind", "title", "participant_count", "last_number", "read_number", "unread_count", "position")
    return {key: summary[key] for key in keys}


@pytest.mark.slow
async def test_what_is_pushed_is_what_is_fetched_is_what_the_log_says(database_url: str) -> None:
    async with serving(database_url) as node:
        machine = type("Machine", (Chatter,), {"node": node, "loop": asyncio.get_running_loop()})
        chosen = settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        )
        await asyncio.to_thread(run_state_machine_as_test, machine, settings=chosen)
