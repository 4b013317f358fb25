"""One device of a user: it stays connected, resumes from its cursors, and repeats safely."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from interfaces.client.refusal import Refused
from interfaces.client.session import Session, Token
from interfaces.client.view import Push, Room, View
from interfaces.shapes import PUSHES, Joined, Left, Synced

Ask = Callable[..., Awaitable[Any]]


class Client(Session):
    """`async with` it: it is connected and in sync, comes back when the connection is lost, and repeats what was not
    answered, what is `unavailable`, and what has to wait. Iterated, it tells what is new: pushes, and what was missed
    while it was away; nothing is lost, nothing comes twice. `view` is all of it, folded.

    `connect()` alone is one connection, on which each request is made once. `token` may be a function: it is asked at
    each connect. `patience` (for an answer) and `longest_pause` (between attempts) are in seconds.
    """

    def __init__(
        self,
        url: str,
        token: Token,
        transports: Sequence[str] = ("websocket",),
        *,
        patience: float = 15,
        longest_pause: float = 30,
    ) -> None:
        super().__init__(url, token, transports, patience, longest_pause)
        self.view = View()
        self._watched: set[str] = set()
        self._begun = False
        self._told: asyncio.Queue[Push | None] = asyncio.Queue()

    def _parted(self) -> None:
        self.view.disconnected()

    def _ended(self) -> None:
        self._told.put_nowait(None)

    async def _resume(self) -> None:
        try:
            await self._sync(self._ask)
        except Refused as refusal:
            if refusal.code != "conflict":
                raise
            self.view = View()  # the server has another log, from which our cursors are not
            await self._sync(self._ask)
        for conversation_id in list(self._watched):
            try:
                await self._join(self._ask, conversation_id)
            except Refused as refusal:
                if refusal.code != "not_found":
                    raise
                self._watched.discard(conversation_id)

    async def sync(self) -> None:
        """Catches up with the list, from the cursor or afresh."""
        await self._sync(self.call)

    async def _sync(self, ask: Ask) -> None:
        while not self.view.synced:
            await ask("sync", Synced, self._synced, since=self.view.cursor)

    def _synced(self, ack: Synced) -> None:
        missed = self.view.fold_sync(ack)
        self._tell(missed if self._begun else [])
        self._begun |= self.view.synced

    async def join(self, conversation_id: str) -> Room:
        """Watches a conversation, from its cursor or afresh; from then on after every absence, too."""
        await self._join(self.call, conversation_id)
        self._watched.add(conversation_id)
        return self.view.rooms[conversation_id]

    async def _join(self, ask: Ask, conversation_id: str) -> None:
        room, has_more = self.view.rooms.get(conversation_id), True
        while has_more:
            since = room.cursor if room else None
            ack = await ask("join_conversation", Joined, self._joined, conversation_id=conversation_id, since=since)
            held = self.view.rooms.get(conversation_id)
            # Removed and added again meanwhile: what the answer goes on from is no longer held.
            lost = room is not None and held is not room
            room, has_more = None if lost else held, ack.has_more or lost

    def _joined(self, ack: Joined) -> None:
        fresh = ack.conversation.conversation_id not in self.view.rooms
        missed = self.view.fold_join(ack)
        self._tell([] if fresh else missed)

    async def leave(self, conversation_id: str) -> None:
        """Watches it no more; it stays a participant."""
        self._watched.discard(conversation_id)
        await self.call(
            "leave_conversation", Left, lambda _: self.view.fold_leave(conversation_id), conversation_id=conversation_id
        )

    # Being told

    def __aiter__(self) -> AsyncIterator[Push]:
        return self

    async def __anext__(self) -> Push:
        """What is new. Raises what ended this client, if it was not told to hang up."""
        push = await self._told.get()
        if push is not None:
            return push
        self._told.put_nowait(None)
        if self._failure and self._keeping:
            raise self._failure
        raise StopAsyncIteration

    def _hear(self, name: str, body: Any) -> None:
        try:
            push: Any = self.parse(PUSHES[name], body)
        except ValueError as fault:
            self._fail(fault)
            return
        if self.view.fold(push):
            self._tell([push])

    def _tell(self, pushes: Sequence[Push]) -> None:
        for push in pushes:
            self._told.put_nowait(push)
