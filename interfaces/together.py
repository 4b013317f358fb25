"""Looking things up for many at once: a thousand who connect in the same moment need not be a thousand queries."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Together(Generic[K, V]):
    """While one look is under way, whoever asks waits for the next, which is for all of them.

    So every answer is of a look that began after it was asked for. `look` answers every key; when it fails, it fails
    for each who asked. A look is for `most` keys at the most.
    """

    def __init__(self, look: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], most: int = 1_000) -> None:
        self._look = look
        self._most = most
        self._asked: dict[K, asyncio.Future[V]] = {}
        self._looking: asyncio.Task[None] | None = None

    def ask(self, key: K) -> "asyncio.Future[V]":
        """The answer, which others may have asked for, too."""
        answer = self._asked.setdefault(key, asyncio.get_running_loop().create_future())
        self._looking = self._looking or asyncio.create_task(self._work())
        return answer

    async def find(self, key: K) -> V:
        return await asyncio.shield(self.ask(key))  # who asked may go

    async def _work(self) -> None:
        try:
            while self._asked:
                await self._answer({key: self._asked.pop(key) for key in list(islice(self._asked, self._most))})
        finally:
            self._looking = None

    async def _answer(self, asked: Mapping[K, "asyncio.Future[V]"]) -> None:
        try:
            found = await self._look(list(asked))
            for key, answer in asked.items():
                answer.set_result(found[key])
        except Exception as failure:
            for answer in asked.values():
                if not answer.done():
                    answer.set_exception(failure)
                    answer.exception()  # who asked may have gone
