"""The requests of the protocol that change something, typed; each may be repeated."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Literal, TypeVar
from uuid import uuid4

from interfaces.shapes import Message, Read, Removed, Sent, Shape, Started

A = TypeVar("A", bound=Shape)


class Requests(ABC):
    @abstractmethod
    async def call(self, name: str, answer: type[A], fold: Callable[[A], None] | None = None, /, **payload: Any) -> A:
        """What a request is answered with."""

    async def start(
        self,
        *others: str,
        title: str | None = None,
        kind: Literal["direct", "group"] = "group",
        conversation_id: str | None = None,
    ) -> str:
        """Starts a conversation; its id, which of a direct one is the server's."""
        chosen = conversation_id or str(uuid4())
        asked = {"conversation_id": chosen, "kind": kind, "participant_ids": list(others), "title": title}
        return (await self.call("start_conversation", Started, **asked)).conversation.conversation_id

    async def send(self, conversation_id: str, body: str, message_id: str | None = None) -> Message:
        message_id = message_id or str(uuid4())
        asked = {"conversation_id": conversation_id, "message_id": message_id, "body": body}
        return (await self.call("send_message", Sent, **asked)).message

    async def mark_as_read(self, conversation_id: str, number: int | None = None) -> Read:
        return await self.call("mark_as_read", Read, conversation_id=conversation_id, number=number)

    async def add(self, conversation_id: str, *user_ids: str) -> Started:
        return await self.call("add_participants", Started, conversation_id=conversation_id, user_ids=list(user_ids))

    async def remove(self, conversation_id: str, user_id: str) -> Removed:
        """Where its first answer was lost, a repeated removal is refused as `not_found`: it has been done."""
        return await self.call("remove_participant", Removed, conversation_id=conversation_id, user_id=user_id)

    async def rename(self, conversation_id: str, title: str) -> Started:
        return await self.call("rename_conversation", Started, conversation_id=conversation_id, title=title)
