"""The demo itself: fills a few conversations, and goes on in them, with whoever comes, until it is stopped."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from itertools import cycle
from random import Random

from interfaces.client import Client, Refused
from interfaces.demo.actor import Actor
from interfaces.demo.cast import PEOPLE, SCENES, Scene, stable_id
from interfaces.demo.newcomers import Newcomers
from interfaces.demo.words import TALKS, WELCOMES

Issue = Callable[[str, str], str]
LULL = 25.0
"""Seconds between one talk and the next, on average."""


class Play:
    """`issue` makes the token of a user_id and a name; `pace` is 1 as people do, 0 at once."""

    def __init__(self, url: str, issue: Issue, pace: float = 1) -> None:
        self._url = url
        self._pace = pace
        self._issue = issue
        self._actors = {user_id: Actor(user_id, self._client(user_id), self._welcome, pace) for user_id in PEOPLE}
        self._ids: dict[str, str] = {}
        self._welcomed: set[tuple[str, str]] = set()
        self._random = Random()  # noqa: S311

    def _client(self, user_id: str) -> Client:
        return Client(self._url, lambda: self._issue(user_id, PEOPLE[user_id]))

    async def fill(self, guests: Iterable[str]) -> None:
        """What has been said so far, and the guests in the conversations that are open to them."""
        async with AsyncExitStack() as stack:
            await self._enter(stack)
            await self._invite(guests)

    async def run(self, guests: Iterable[str], ready: Callable[[], None]) -> None:
        """Fills, says so, and goes on."""
        async with AsyncExitStack() as stack:
            await self._enter(stack)
            newcomers = await self._invite(guests)
            ready()
            async with asyncio.TaskGroup() as group:
                for actor in self._actors.values():
                    group.create_task(actor.live())
                for scene in SCENES:
                    group.create_task(self._go_on(scene))
                group.create_task(newcomers.watch(self._welcome, 5 * self._pace))

    async def _enter(self, stack: AsyncExitStack) -> None:
        clients = [actor.client for actor in self._actors.values()]
        await asyncio.gather(*(stack.enter_async_context(client) for client in clients))
        await asyncio.gather(*(self._open(scene) for scene in SCENES))

    async def _open(self, scene: Scene) -> None:
        """Starts a conversation and says its opening: under the same ids in every run, so that it is there once."""
        first = self._actors[scene.people[0]].client
        self._ids[scene.key] = conversation_id = await first.start(
            *scene.people[1:], title=scene.title, kind=scene.kind, conversation_id=stable_id(scene.key)
        )
        for number, (who, body) in enumerate(scene.opening):
            speaker = self._actors[f"demo-{who}"].client
            await speaker.send(conversation_id, body, stable_id(scene.key, number))

    async def _invite(self, guests: Iterable[str]) -> Newcomers:
        newcomers = Newcomers(self._url, lambda: self._issue(*next(iter(PEOPLE.items()))))
        found = await newcomers.at_first()
        for user_id, name in {**found, **{guest: found.get(guest, guest) for guest in guests}}.items():
            for spoken in ("fr", "en"):
                await self._welcome(user_id, name, spoken)
        return newcomers

    async def _welcome(self, user_id: str, name: str, spoken: str) -> None:
        """Takes somebody into a conversation of that language, where everybody hears of it; once."""
        scene = next(scene for scene in SCENES if scene.open and scene.language == spoken)
        if user_id in PEOPLE or (user_id, spoken) in self._welcomed:
            return
        self._welcomed.add((user_id, spoken))
        host, conversation_id = self._actors[scene.people[0]].client, self._ids[scene.key]
        try:
            await host.add(conversation_id, user_id)
        except Refused as refusal:
            if refusal.code != "invalid_payload":  # as many as there can be
                raise
            return
        greeting = WELCOMES[spoken].format(name=name)
        await host.send(conversation_id, greeting, stable_id("welcome", conversation_id, user_id, name))

    async def _go_on(self, scene: Scene) -> None:
        for talk in self._talks(scene):
            await asyncio.sleep(self._random.uniform(0.5, 1.5) * LULL * self._pace)
            speakers = cycle(self._random.sample(scene.people, len(scene.people)))
            for body, speaker in zip(talk, speakers, strict=False):
                await self._actors[speaker].say(self._ids[scene.key], body)

    def _talks(self, scene: Scene) -> Iterator[Sequence[str]]:
        talks = TALKS[scene.language]
        while True:
            yield from self._random.sample(talks, len(talks))
