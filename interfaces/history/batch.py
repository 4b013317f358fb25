"""Commands by the batch: handed to the writer at once, and until they are written again and again."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from application.chat import Command
from application.plan import Done
from application.writer import Writer
from domain.base import Rejected
from domain.reading import Place
from interfaces.history.patience import Patience

T = TypeVar("T")
Answer = Done | Rejected


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


class Batch:
    """No more commands than one append takes: they are written together, or none of them is."""

    def __init__(self, writer: Writer, commands: Sequence[Command], places: Sequence[Place | None] = ()) -> None:
        assert len(commands) <= writer.batch, "one append takes no more"
        self.attempts = 0
        self._writer = writer
        self._commands = commands
        self._places = places or [None] * len(commands)
        self._answers = self._hand_in()

    async def answers(self, patience: Patience) -> list[Answer]:
        """An answer to each command. Raises `Rejected` when the database stays away."""
        try:
            return await patience(self._attempt)
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Nobody asks for the answers any more: else of each refusal would be said that it was never heard."""
        for future in self._answers:
            if not future.cancel() and not future.cancelled():
                future.exception()

    async def _attempt(self) -> list[Answer]:
        if self.attempts:
            self._answers = self._hand_in()
        self.attempts += 1
        answers: list[Answer] = []
        for future in self._answers:  # they come in order, and to gather them would cost a turn of the loop for each
            try:
                answers.append(await future)
            except Rejected as refusal:
                answers.append(refusal)
        for answer in answers:
            if isinstance(answer, Rejected) and answer.code == "unavailable":
                raise answer
        return answers

    def _hand_in(self) -> "list[asyncio.Future[Done]]":
        return [self._writer.handle(*each) for each in zip(self._commands, self._places, strict=True)]
