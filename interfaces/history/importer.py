"""Brings a history into the log, by the chat's own writer: what is new of it, each message once."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from application.chat import Command
from domain.base import Rejected
from domain.conversation import AdmitSpeaker
from domain.profile import ImportName
from domain.timeline import ImportMessage
from interfaces.chat import Chat
from interfaces.connections import cancelled, heed_cancellation
from interfaces.history.batch import Answer, Batch, batched
from interfaces.history.files import Bad
from interfaces.history.lines import Line
from interfaces.history.patience import Patience
from interfaces.history.readers import Readers
from interfaces.history.sieve import Entry, Sieve
from interfaces.history.survey import Survey
from interfaces.history.tally import Progress, Tally

BATCH = 1_000
"""Commands that an append takes: more than of the chat's, for nobody waits for an answer to a single one."""
AHEAD = 1
"""Batches that are ready before their turn, but for the one that is being made."""
REMEMBERED = 50_000
"""Speakers remembered as admitted, and names as told; to say it again does no harm."""


class Fresh(NamedTuple):
    """A new line, and the commands that bring it in: the last one is its message."""

    entry: Entry
    commands: list[Command]


class UnderWay(NamedTuple):
    """What is handed in, until it has been answered and counted."""

    group: Sequence[Fresh]
    batch: Batch


class Importer:
    """One batch is under way while the next two are made ready, and never two of them: were the database away for the
    first and back for the second, the later messages would get the lower numbers.
    """

    def __init__(self, chat: Chat, found: Survey, tally: Tally, *, patience: float) -> None:
        self._chat = chat
        self._found = found
        self._tally = tally
        self._patience = Patience(patience)
        self._readers = Readers(chat, self._patience)
        self._sieve = Sieve(chat.store, found, tally, self._readers, self._patience)
        self._admitted: set[tuple[UUID, str]] = set()
        self._told: dict[str, str] = {}

    async def run(self, lines: Iterable[Line | Bad | None], progress: Progress) -> None:
        """Ends when the read models hold it all. Raises `Rejected` when the database stays away."""
        with progress("messages", self._found.lines) as at:
            await self._bring_in(lines, at)
        await self._readers.catch_up(progress)

    async def _bring_in(self, lines: Iterable[Line | Bad | None], at: Callable[[int], None]) -> None:
        under_way = UnderWay([], self._handed_in([]))
        try:
            async with aclosing(self._groups(lines)) as groups, aclosing(_ahead(groups)) as ready:
                async for group in ready:
                    answers = await self._answers(under_way)
                    answered, under_way = under_way, UnderWay(group, self._handed_in(group))
                    await asyncio.sleep(0)  # it is on its way into the log while the one before is counted
                    self._count(answered, answers)
                    at(self._tally.lines)
        except BaseException:
            under_way.batch.abandon()
            raise
        self._count(under_way, await self._answers(under_way))
        at(self._tally.lines)

    def _handed_in(self, group: Sequence[Fresh]) -> Batch:
        return Batch(self._chat.writer, [one for fresh in group for one in fresh.commands])

    async def _groups(self, lines: Iterable[Line | Bad | None]) -> AsyncGenerator[list[Fresh], None]:
        """What is new, as much at once as fits into one batch."""
        group: list[Fresh] = []
        room = self._chat.writer.batch
        numbered = ((number, line) for number, line in enumerate(lines, 1) if line)
        for chunk in batched(numbered, BATCH):
            for entry in await self._sieve.fresh(chunk):
                commands = self._commands(entry)
                if len(commands) > room:
                    yield group
                    group, room = [], self._chat.writer.batch
                group.append(Fresh(entry, commands))
                room -= len(commands)
            if self._tally.stopped:
                break
        yield group

    def _commands(self, entry: Entry) -> list[Command]:
        commands: list[Command] = []
        if (speaker := (entry.to.conversation_id, entry.line.sender)) not in self._admitted:
            commands.append(_admission(entry))
            _remember(self._admitted)
            self._admitted.add(speaker)
        if (name := entry.line.sender_name) and self._told.get(entry.line.sender) != name:
            told_at = entry.line.sent_at
            commands.append(ImportName(actor=None, user_id=entry.line.sender, name=name, told_at=told_at))
            _remember(self._told)
            self._told[entry.line.sender] = name
        return [*commands, ImportMessage(actor=None, message=entry.message)]

    async def _answers(self, under_way: UnderWay) -> list[Answer]:
        """Raises the first refusal after which nothing more may be brought in."""
        answers = await under_way.batch.answers(self._patience)
        if any(isinstance(answer, Rejected) for answer in answers):
            for fresh, before, done in _by_line(under_way, answers):
                for refusal in (answer for answer in before if isinstance(answer, Rejected)):
                    raise refusal
                if isinstance(done, Rejected) and done.code != "conflict":
                    raise Rejected(done.code, f"line {fresh.entry.number}: {done.message}")
        return answers

    def _count(self, under_way: UnderWay, answers: Sequence[Answer]) -> None:
        for fresh, _, done in _by_line(under_way, answers):
            self._sieve.settled(fresh.entry)
            if isinstance(done, Rejected):  # another import was faster, with other content
                self._tally.reject(fresh.entry.number, done.message)
                continue
            self._readers.reached(fresh.entry.to.conversation_id, done.recorded[0].version)
            if done.repeated and under_way.batch.attempts == 1:  # another import was faster
                self._tally.known += 1
            else:
                self._tally.added += 1


def _by_line(under_way: UnderWay, answers: Sequence[Answer]) -> Iterator[tuple[Fresh, list[Answer], Answer]]:
    """Each line, what its first commands were answered, and what its message was."""
    rest = iter(answers)
    for fresh in under_way.group:
        *before, done = islice(rest, len(fresh.commands))
        yield fresh, before, done


async def _ahead(groups: AsyncGenerator[list[Fresh], None]) -> AsyncGenerator[list[Fresh], None]:
    """The same, the next ones being made already: there is always something to do while the log takes one in."""
    ready: asyncio.Queue[list[Fresh] | None] = asyncio.Queue()
    room = asyncio.Semaphore(AHEAD)

    async def make() -> None:
        async for group in groups:
            await room.acquire()
            ready.put_nowait(group)

    making = asyncio.create_task(make())
    making.add_done_callback(lambda _: ready.put_nowait(None))
    try:
        while (group := await ready.get()) is not None:
            heed_cancellation()
            room.release()
            yield group
        await making
    finally:
        await cancelled(making)


def _admission(entry: Entry) -> AdmitSpeaker:
    speaker, to = entry.line.sender, entry.to
    return AdmitSpeaker(
        actor=None,
        conversation_id=to.conversation_id,
        kind=to.kind,
        title=to.title,
        participant_ids=[speaker, *(user_id for user_id in to.people if user_id != speaker)],
        speaker_id=speaker,
        spoke_at=entry.line.sent_at,
    )


def _remember(known: set[tuple[UUID, str]] | dict[str, str]) -> None:
    if len(known) >= REMEMBERED:
        known.clear()
