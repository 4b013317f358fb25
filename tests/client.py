"""A client that keeps the protocol's third rule: cursors, acks and pushes folded into what its user sees."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import socketio

PUSHES = (
    "new_message",
    "messages_read",
    "participants_changed",
    "conversation_updated",
    "new_conversation",
    "conversation_removed",
    "session_expired",
)


class Refused(Exception):
    """An ack that is not ok."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]
        self.error = error


@dataclass
class Room:
    """A conversation that is watched: its people and messages, folded."""

    cursor: str
    participants: dict[str, dict[str, Any]]
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)

    def new_message(self, push: dict[str, Any]) -> int:
        message = push["message"]
        self.messages[message["number"]] = message
        if sender := self.participants.get(message["sender_id"]):
            sender["read_number"] = max(sender["read_number"], message["number"])
        return int(message["position"])

    def messages_read(self, push: dict[str, Any]) -> int:
        if reader := self.participants.get(push["user_id"]):
            reader["read_number"] = max(reader["read_number"], push["read_number"])
        return int(push["position"])

    def participants_changed(self, push: dict[str, Any]) -> int:
        for participant in push["added"]:
            self.participants.pop(participant["user_id"], None)
            self.participants[participant["user_id"]] = dict(participant)
        for user_id in push["removed"]:
            self.participants.pop(user_id, None)
        for user_id, participant in self.participants.items():
            participant["role"] = "owner" if user_id == push["owner_id"] else "member"
        return int(push["position"])


class Client:
    """One device of a user. `pushes` are all that came, in order, over every connection.

    `strays` are those of conversations that were not watched: there should be none.
    """

    def __init__(self, url: str, token: str, transports: tuple[str, ...] = ("websocket",)) -> None:
        self.url = url
        self.token = token
        self.transports = list(transports)
        self.pushes: list[tuple[str, dict[str, Any]]] = []
        self.since_connect: list[tuple[str, dict[str, Any]]] = []
        self.strays: list[tuple[str, dict[str, Any]]] = []
        self.summaries: dict[str, dict[str, Any]] = {}
        self.removed: dict[str, int] = {}
        self.rooms: dict[str, Room] = {}
        self.cursor: str | None = None
        self._synced = False
        self.live: set[str] = set()
        self.sio = self._fresh()

    def _fresh(self) -> socketio.AsyncClient:
        sio = socketio.AsyncClient(reconnection=False)
        for name in PUSHES:
            sio.on(name, lambda push, name=name: self._take(name, push))
        return sio

    # Asking

    async def connect(self) -> "Client":
        self.sio = self._fresh()
        self._synced, self.live, self.since_connect = False, set(), []
        await self.sio.connect(self.url, auth={"token": self.token}, transports=self.transports)
        return self

    async def disconnect(self) -> None:
        await self.sio.disconnect()

    async def call(
        self, name: str, fold: Callable[[dict[str, Any]], None] = lambda ack: None, /, **payload: Any
    ) -> dict[str, Any]:
        """The ack of a request. Raises `Refused`. `fold` takes it in before any push that comes after it."""
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

        def answered(ack: dict[str, Any]) -> None:
            if ack["ok"]:
                fold(ack)
            if not answer.done():
                answer.set_result(ack)

        await self.sio.emit(name, payload, callback=answered)
        ack = await asyncio.wait_for(answer, 15)
        if not ack["ok"]:
            raise Refused(ack["error"])
        return ack

    async def send(self, conversation_id: str, body: str, message_id: str | None = None) -> dict[str, Any]:
        message_id = message_id or str(uuid4())
        return await self.call("send_message", conversation_id=conversation_id, message_id=message_id, body=body)

    async def send_all(self, conversation_id: str, bodies: Iterable[str]) -> None:
        """One after the other, without waiting for the acks between."""
        await asyncio.gather(*(self.send(conversation_id, body) for body in bodies))

    async def start(self, *others: str, title: str | None = None, kind: str = "group") -> str:
        """Starts a conversation; its id."""
        more = {} if title is None else {"title": title}
        ack = await self.call(
            "start_conversation", conversation_id=str(uuid4()), kind=kind, participant_ids=list(others), **more
        )
        return str(ack["conversation"]["conversation_id"])

    async def sync(self) -> None:
        """Catches up with the list, from the cursor or afresh."""
        while not self._synced:
            since = {} if self.cursor is None else {"since": self.cursor}
            await self.call("sync", self._fold_sync, **since)

    def _fold_sync(self, ack: dict[str, Any]) -> None:
        for summary in ack["conversations"]:
            self._summary(summary)
        for conversation_id in ack["removed"]:
            self._gone(conversation_id, int(ack["cursor"]))
        self.cursor = ack["cursor"]
        self._synced = not ack["has_more"]

    async def join(self, conversation_id: str) -> Room:
        """Watches a conversation, from its cursor or afresh."""
        has_more = True
        while has_more:
            room = self.rooms.get(conversation_id)
            since = {} if room is None else {"since": room.cursor}
            ack = await self.call("join_conversation", self._fold_join, conversation_id=conversation_id, **since)
            has_more = ack["has_more"]
        return self.rooms[conversation_id]

    def _fold_join(self, ack: dict[str, Any]) -> None:
        conversation_id = ack["conversation"]["conversation_id"]
        people = {one["user_id"]: one for one in ack["conversation"]["participants"]}
        held = self.rooms.get(conversation_id)
        room = Room(ack["cursor"], people, held.messages if held else {})
        room.messages |= {message["number"]: message for message in ack["messages"]}
        self.rooms[conversation_id] = room
        if not ack["has_more"]:
            self.live.add(conversation_id)

    async def leave(self, conversation_id: str) -> None:
        await self.call(
            "leave_conversation", lambda ack: self.live.discard(conversation_id), conversation_id=conversation_id
        )

    async def barrier(self) -> None:
        """Every push up to now has come once this is answered."""
        await self.call("sync", since=self.cursor or "0")

    # Being told

    def _take(self, name: str, push: dict[str, Any]) -> None:
        self.pushes.append((name, push))
        self.since_connect.append((name, push))
        if name in ("conversation_updated", "new_conversation"):
            self._summary(push["conversation"])
            self._moved(push["conversation"]["position"])
        elif name == "conversation_removed":
            self._gone(push["conversation_id"], push["position"])
            self._moved(push["position"])
        elif name != "session_expired" and push["conversation_id"] not in self.live:
            self.strays.append((name, push))
        elif name != "session_expired":
            room = self.rooms[push["conversation_id"]]
            room.cursor = str(getattr(room, name)(push))

    def _moved(self, position: int) -> None:
        if self._synced:
            self.cursor = str(position)

    def _summary(self, summary: dict[str, Any]) -> None:
        conversation_id, position = summary["conversation_id"], summary["position"]
        held = self.summaries.get(conversation_id)
        if position > self.removed.get(conversation_id, 0) and (held is None or position >= held["position"]):
            self.summaries[conversation_id] = summary

    def _gone(self, conversation_id: str, position: int) -> None:
        held = self.summaries.get(conversation_id)
        if held is None or held["position"] <= position:
            self.summaries.pop(conversation_id, None)
            self.removed[conversation_id] = max(position, self.removed.get(conversation_id, 0))
            self.rooms.pop(conversation_id, None)
            self.live.discard(conversation_id)


@asynccontextmanager
async def connected(*clients: Client) -> AsyncIterator[None]:
    """Connects clients for as long as a test needs them."""
    try:
        await asyncio.gather(*(client.connect() for client in clients))
        yield
    finally:
        await asyncio.gather(*(client.disconnect() for client in clients))
