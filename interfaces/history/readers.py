"""At the end of an import everybody has read what was imported."""

from collections.abc import Sequence
from uuid import UUID

from domain.base import Rejected
from domain.reading import ImportReading, Place
from interfaces.chat import Chat
from interfaces.connections import heed_cancellation
from interfaces.history.batch import Batch, batched
from interfaces.history.patience import Patience
from interfaces.history.tally import Progress
from projections.position import rung

CONVERSATIONS = 20
"""Conversations whose readers are looked up at once."""


class Readers:
    """Remembers up to which number each conversation was imported, now or earlier."""

    def __init__(self, chat: Chat, patience: Patience) -> None:
        self._chat = chat
        self._patience = patience
        self._numbers: dict[UUID, int] = {}

    def reached(self, conversation_id: UUID, number: int) -> None:
        self._numbers[conversation_id] = max(number, self._numbers.get(conversation_id, 0))

    async def catch_up(self, progress: Progress) -> None:
        """Moves the places of all who have not come so far; ends when the read models hold it."""
        # The whole log: what an import that was killed has written need not have been projected yet.
        await self._projected(await self._patience(self._chat.store.end), progress)
        with progress("conversations read", len(self._numbers)) as at:
            done = 0
            for conversations in batched(self._numbers.items(), CONVERSATIONS):
                heed_cancellation()
                await self._move(conversations)
                done += len(conversations)
                at(done)
        await self._projected(self._chat.writer.position, progress)

    async def _move(self, conversations: Sequence[tuple[UUID, int]]) -> None:
        for readings in batched(await self._patience(lambda: self._behind(conversations)), self._chat.writer.batch):
            commands, places = zip(*readings, strict=True)
            await Batch(self._chat.writer, commands, places).answers(self._patience)

    async def _behind(self, conversations: Sequence[tuple[UUID, int]]) -> list[tuple[ImportReading, Place]]:
        query = """
            SELECT p.conversation_id, p.user_id, p.read_number, imported.number FROM participants p
            JOIN unnest(%(conversation_ids)s::uuid[], %(numbers)s::bigint[]) AS imported (conversation_id, number)
            USING (conversation_id) WHERE p.removed_position IS NULL AND p.read_number < imported.number"""
        wanted = {"conversation_ids": [one for one, _ in conversations], "numbers": [n for _, n in conversations]}
        async with self._chat.pool.connection() as connection:
            cursor = await connection.execute(query, wanted)
            return [_reading(*row) async for row in cursor]

    async def _projected(self, position: int, progress: Progress) -> None:
        projected = self._chat.projected
        with progress("events projected", position) as at:
            while projected.position < position:
                at(projected.position)
                if not await rung(projected.news, self._patience.seconds):
                    raise Rejected("unavailable", self._stuck(position))
                projected.news.clear()
            at(position)

    def _stuck(self, position: int) -> str:
        failure = self._chat.projector.failure
        because = f" ({failure})" if failure else ""
        return f"the read models stand still at position {self._chat.projected.position} of {position}{because}"


def _reading(conversation_id: UUID, user_id: str, read_number: int, number: int) -> tuple[ImportReading, Place]:
    command = ImportReading(actor=None, conversation_id=conversation_id, reader_id=user_id, number=number)
    return command, Place(read_number, number)
