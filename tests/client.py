"""The project's own client as one device, which also remembers what it was told, and holds all of it to its shape."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Self

from interfaces import client
from interfaces.client import Push, Refused, Room
from interfaces.client.requests import A
from interfaces.client.view import RoomPush
from interfaces.shapes import ConversationUpdated, NewConversation, NewMessage, SessionExpired, Summary, Synced
from tests import contract

__all__ = ["Client", "Refused", "connected", "position"]


class Client(client.Client):
    """`pushes` are all that came, in order, over every connection.

    `strays` are those of conversations that were not watched: there should be none.
    """

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.pushes: list[Push] = []
        self.since_connect: list[Push] = []
        self.strays: list[Push] = []

    @property
    def summaries(self) -> dict[str, Summary]:
        return self.view.summaries

    @property
    def rooms(self) -> dict[str, Room]:
        return self.view.rooms

    @property
    def cursor(self) -> str | None:
        return self.view.cursor

    @property
    def connected(self) -> bool:
        return self._line is not None and not self._line.gone.is_set()

    @property
    def live(self) -> list[str]:
        """The conversations that the present connection watches."""
        return [conversation_id for conversation_id, room in self.rooms.items() if room.live]

    async def connect(self) -> Self:
        self.since_connect = []
        return await super().connect()

    async def barrier(self, min_position: int | None = None) -> Synced:
        """Every push up to now has come once this is answered."""
        return await self.call("sync", Synced, since=self.cursor or "0", min_position=min_position)

    async def send_all(self, conversation_id: str, bodies: Iterable[str]) -> None:
        """One after the other, without waiting for the acks between."""
        await asyncio.gather(*(self.send(conversation_id, body) for body in bodies))

    def parse(self, shape: type[A], body: dict[str, Any]) -> A:
        return shape.model_validate(body)

    def _hear(self, name: str, body: Any) -> None:
        contract.push(name, body)
        push: Any = self.parse(client.client.PUSHES[name], body)
        self._remember(push)
        if isinstance(push, RoomPush) and push.conversation_id not in self.live:
            self.strays.append(push)
        super()._hear(name, body)

    def _remember(self, push: Push) -> None:
        self.pushes.append(push)
        self.since_connect.append(push)

    @property
    def messages(self) -> list[NewMessage]:
        """Those that were pushed."""
        return [push for push in self.pushes if isinstance(push, NewMessage)]


def position(push: Push) -> int:
    match push:
        case ConversationUpdated() | NewConversation():
            return push.conversation.position
        case NewMessage():
            return push.message.position
        case SessionExpired():
            return 0
        case _:
            return push.position


@asynccontextmanager
async def connected(*clients: Client) -> AsyncIterator[None]:
    """Connects clients for as long as a test needs them, once each: what ends a connection is the test's to see."""
    try:
        await asyncio.gather(*(client.connect() for client in clients))
        yield
    finally:
        await asyncio.gather(*(client.disconnect() for client in clients))
