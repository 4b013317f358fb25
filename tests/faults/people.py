"""People who do at random what people do, for as long as it lasts; each by a seed of their own."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any
from uuid import UUID

from interfaces.shapes import Message, Started
from tests.client import Refused
from tests.faults.device import Device
from tests.faults.history import Asked, History

WORDS = ["Bonjour", "  à\n demain ", "naïve 🙂", "שלום", "x" * 300, "?"]
LARGEST = 8
"""People in a group, and groups of a person: else everybody would be everywhere in the end."""

REFUSALS = ("not_found", "forbidden", "invalid_payload")
"""What a request is refused with that comes too late, or from somebody whom it does not concern."""


class World:
    """What people know of one another. `pause` is what they wait between two acts, in seconds, on average."""

    def __init__(self, history: History, seed: int, people: int, pause: float) -> None:
        self.history = history
        self.seed = seed
        self.users = [f"user-{n}" for n in range(people)]
        self.pause = pause
        self.conversations: list[str] = []
        self.over = asyncio.Event()


class Person:
    """Somebody with a device. Most of what is done is sending; now and then a request is repeated with its ids."""

    def __init__(self, world: World, device: Device) -> None:
        self.world = world
        self.device = device
        self.user = device.user
        self.random = Random(f"{world.seed} {device.name}")
        self.sent: list[tuple[Asked, Message]] = []
        acts: dict[Callable[[], Awaitable[Any]], int] = {
            self.send: 40,
            self.send_in_one_breath: 8,
            self.repeat: 4,
            self.read: 20,
            self.start: 2,
            self.start_direct: 2,
            self.add: 6,
            self.remove: 3,
            self.part: 1,
            self.rename: 4,
            self.watch: 5,
            self.unwatch: 2,
            self.drop: 1,
            self.spy: 4,
        }
        self._acts, self._weights = list(acts), list(acts.values())

    async def live(self) -> None:
        """Comes, acts until it is over, and stays."""
        await self.device.__aenter__()
        while not self.world.over.is_set():
            (act,) = self.random.choices(self._acts, self._weights)
            await act()
            await asyncio.sleep(self.random.uniform(0, 2 * self.world.pause))

    async def ask(self, asked: Asked, answer: Awaitable[Any], position: Callable[[Any], int]) -> Any:
        """What is answered, or `None` where it was refused for a reason that such a request can have."""
        before = self.device.tries
        try:
            told = await answer
        except Refused as refused:
            asked.tries = self.device.tries - before
            self.world.history.refuse(asked, refused.code)
            if refused.code not in REFUSALS:
                self.world.history.accuse(f"{self.user}'s {asked.kind} was refused: {refused}")
            return None
        asked.tries = self.device.tries - before
        self.world.history.acknowledge(asked, position(told))
        return told

    def uuid(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def mine(self) -> str | None:
        known = list(self.device.summaries)
        return self.random.choice(known) if known else None

    def someone(self) -> str:
        return self.random.choice([user for user in self.world.users if user != self.user])

    # Messages

    async def send(self, conversation_id: str | None = None) -> None:
        if conversation_id := conversation_id or self.mine():
            body = f"{self.random.randint(0, 999)}: {self.random.choice(WORDS)}"
            await self.say(self.world.history.ask(self.user, "send", conversation_id, self.uuid(), body))

    async def send_in_one_breath(self) -> None:
        if conversation_id := self.mine():
            await asyncio.gather(*(self.send(conversation_id) for _ in range(3)))

    async def say(self, asked: Asked) -> Message | None:
        sending = self.device.send(asked.conversation_id, asked.body, asked.key)
        message = await self.ask(asked, sending, lambda message: message.position)
        if message:
            self.world.history.claim_message(self.user, message)
            self.sent.append((asked, message))
        return message

    async def repeat(self) -> None:
        """What was answered long ago is answered as it was, also to who was removed since."""
        if self.sent:
            first, message = self.random.choice(self.sent)
            again = await self.device.send(first.conversation_id, first.body, first.key)
            if again != message:
                self.world.history.accuse(f"{self.user} repeated {message} and was told {again}")
            self.sent = self.sent[-100:]

    async def read(self) -> None:
        if conversation_id := self.mine():
            last = self.device.summaries[conversation_id].last_number
            number = self.random.choice([None, self.random.randint(1, last)]) if last else None
            asked = self.world.history.ask(self.user, "read", conversation_id, str(number or ""))
            read = await self.ask(asked, self.device.mark_as_read(conversation_id, number), lambda read: read.position)
            if read:
                self.claim(read.position, "place", conversation_id, number or 0, read.read_number, read.unread_count)

    # People

    def claim(self, position: int, kind: str, conversation_id: str, *facts: Any) -> None:
        self.world.history.claim(position, kind, self.user, conversation_id, *facts)

    async def start(self) -> None:
        if len(self.device.summaries) < LARGEST * 2:
            others = self.random.sample([user for user in self.world.users if user != self.user], 4)
            await self.begin("group", self.uuid(), *others)

    async def start_direct(self) -> None:
        await self.begin("direct", self.uuid(), self.someone())

    async def begin(self, kind: Any, conversation_id: str, *others: str) -> None:
        asked = self.world.history.ask(self.user, f"start {kind}", conversation_id, conversation_id)
        payload = {"conversation_id": conversation_id, "kind": kind, "participant_ids": list(others)}
        started = self.device.call("start_conversation", Started, **payload)
        if told := await self.ask(asked, started, lambda told: told.position):
            found = told.conversation.conversation_id
            self.claim(told.position, "people there", found, self.user, *(others if kind == "direct" else ()))
            if found not in self.world.conversations:
                self.world.conversations.append(found)
            await self.watch(found)

    async def add(self) -> None:
        conversation_id = self.mine()
        if conversation_id and self.device.summaries[conversation_id].participant_count < LARGEST:
            others = self.random.sample([user for user in self.world.users if user != self.user], 2)
            asked = self.world.history.ask(self.user, "add", conversation_id)
            adding = self.device.add(conversation_id, *others)
            if told := await self.ask(asked, adding, lambda told: told.position):
                self.claim(told.position, "people there", conversation_id, *others)

    async def remove(self, user: str | None = None) -> None:
        if conversation_id := self.mine():
            gone = user or self.someone()
            asked = self.world.history.ask(self.user, "remove", conversation_id)
            removing = self.device.remove(conversation_id, gone)
            if told := await self.ask(asked, removing, lambda told: told.position):
                self.claim(told.position, "gone", conversation_id, gone)

    async def part(self) -> None:
        await self.remove(self.user)

    async def rename(self, conversation_id: str | None = None) -> None:
        if conversation_id := conversation_id or self.mine():
            asked = self.world.history.ask(self.user, "rename", conversation_id, f"title {self.uuid()}")
            renaming = self.device.rename(conversation_id, asked.key)
            if told := await self.ask(asked, renaming, lambda told: told.position):
                self.claim(told.position, "title", conversation_id, asked.key)

    # Looking

    async def watch(self, conversation_id: str | None = None) -> None:
        if conversation_id := conversation_id or self.mine():
            asked = self.world.history.ask(self.user, "join", conversation_id)
            await self.ask(asked, self.device.join(conversation_id), lambda room: int(room.cursor))

    async def unwatch(self) -> None:
        if live := self.device.live:
            await self.device.leave(self.random.choice(live))

    async def drop(self) -> None:
        self.device.drop()

    async def spy(self) -> None:
        """Knocks where one is not, perhaps: what comes of it is judged by the log."""
        if self.world.conversations:
            conversation_id = self.random.choice(self.world.conversations)
            await self.random.choice([self.watch, self.send, self.rename])(conversation_id)
