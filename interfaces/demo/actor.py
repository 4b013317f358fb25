"""One of the made-up people: reads what is said, answers whoever is not of the cast, at a human pace."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from zlib import crc32

from interfaces.client import Client, Push, Refused
from interfaces.demo.cast import PEOPLE, SCENES, stable_id
from interfaces.demo.words import ANSWERS, language
from interfaces.shapes import Message, NewConversation, NewMessage

READING = 40.0
TYPING = 12.0
"""Characters a second."""

Newcomer = Callable[[str, str, str], Awaitable[None]]

LANGUAGES = {stable_id(scene.key): scene.language for scene in SCENES if scene.title}


class Actor:
    """`came` is told of whoever wrote: user_id, name, language. `pace`: 1 as people do, 0 at once."""

    def __init__(self, user_id: str, client: Client, came: Newcomer, pace: float) -> None:
        self.user_id = user_id
        self.client = client
        self._came = came
        self._pace = pace
        self._random = Random(user_id)  # noqa: S311

    async def live(self) -> None:
        """Until the connection ends for good."""
        async with asyncio.TaskGroup() as group:
            for conversation_id in list(self.client.view.summaries):
                group.create_task(self._enter(conversation_id))
            async for push in self.client:
                group.create_task(self._react(push))

    async def say(self, conversation_id: str, body: str, message_id: str | None = None) -> None:
        """After as long as it takes to think and to type it."""
        await self._pause(1.5 + len(body) / TYPING)
        await self.client.send(conversation_id, body, message_id)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._random.uniform(0.7, 1.3) * self._pace)

    async def _react(self, push: Push) -> None:
        match push:
            case NewConversation():
                await self._enter(push.conversation.conversation_id)
            case NewMessage() if push.message.sender_id != self.user_id:
                await self._hear(push.message)

    async def _enter(self, conversation_id: str) -> None:
        """Watches a conversation, and answers what a stranger has said last in it."""
        try:
            room = await self.client.join(conversation_id)
        except Refused:  # removed meanwhile, or in as many rooms as one may be: there are others
            return
        if room.messages and room.messages[max(room.messages)].sender_id != self.user_id:
            await self._hear(room.messages[max(room.messages)])

    async def _hear(self, message: Message) -> None:
        await self._pause(0.5 + len(message.body) / READING)
        try:
            await self.client.mark_as_read(message.conversation_id, message.number)
            if message.sender_id not in PEOPLE and self._is_mine(message):
                await self._answer(message)
        except Refused as refusal:
            if refusal.code not in ("not_found", "forbidden"):  # removed while thinking
                raise

    def _is_mine(self, message: Message) -> bool:
        """One of those who are there answers, and all of them know which."""
        there = sorted(PEOPLE.keys() & self.client.view.rooms[message.conversation_id].participants.keys())
        return there[crc32(message.message_id.encode()) % len(there)] == self.user_id

    async def _answer(self, message: Message) -> None:
        spoken = LANGUAGES.get(message.conversation_id) or language(message.body, self._mother_tongue())
        await self.say(message.conversation_id, self._random.choice(ANSWERS[spoken]))
        await self._came(message.sender_id, message.sender_name, spoken)

    def _mother_tongue(self) -> str:
        return next(scene.language for scene in SCENES if self.user_id in scene.people)
