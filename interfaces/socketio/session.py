"""One client's session: its requests, taken in the order sent, and what it watches."""

import asyncio
from collections import deque
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
import structlog

from application.plan import Done
from application.writer import unavailable
from domain.base import Rejected
from domain.timeline import SendMessage
from interfaces.desk import Answer, sent
from interfaces.errors import error, parse
from interfaces.requests import ALIASES, REQUESTS, Authenticate, Caller, JoinConversation, LeaveConversation, Request
from interfaces.socketio.audience import Receiver
from interfaces.socketio.door import Door
from interfaces.socketio.entry import Entry
from interfaces.socketio.frames import ack
from interfaces.socketio.packets import Packet
from interfaces.socketio.sockets import Socket

log = structlog.get_logger()

SEND = "send_message"


class Session:
    """A Socket.IO connection, from CONNECT to its end."""

    def __init__(self, door: Door, socket: Socket, address: str, before: "Session | None" = None) -> None:
        self.entry: Entry = Entry(door, socket, address, before.entry if before else None)
        self._door = door
        self._socket = socket
        self._under_way = 0
        self._rested = asyncio.Event()
        self._rested.set()
        self._queue: deque[Packet] = deque()
        self._working: asyncio.Task[None] | None = None
        self._running: set[asyncio.Future[Any]] = set()
        self._beginning = 0

    # Requests

    def receive(self, packet: Packet) -> None:
        """Takes a request in line. More than the limit under way: the socket isn't read until some are answered."""
        self._under_way += 1
        if self._under_way >= self._door.settings.under_way:
            self._socket.room.clear()
        if self._working or self._waits(packet) or not self._rested.is_set():
            self._queue.append(packet)
            self._working = self._working or asyncio.create_task(self._work())
        else:
            self._start(packet)

    def _waits(self, packet: Packet) -> bool:
        request = REQUESTS.get(_name(packet) or "")
        return request is not None and request.in_turn

    async def _work(self) -> None:
        """The requests that wait for those before them, and whatever comes after such a one."""
        while self._queue:
            await self._rested.wait()
            if not self._queue:  # whose it was has gone
                break
            packet = self._queue.popleft()
            if self._waits(packet):
                if self._running:
                    await asyncio.wait(self._running)
                await self._socket.drained()
                if admitted := self._admitted(packet):
                    await self._door.turnstile.turn()
                    await self._run(packet, *admitted)
            else:
                self._start(packet)
        self._working = None

    def _admitted(self, packet: Packet) -> tuple[Request, Any] | None:
        """As `_admit`; what is refused has been answered."""
        try:
            return self._admit(packet)
        except Exception as failure:
            self._fail(packet, failure)
            self._finish()
            return None

    def _start(self, packet: Packet) -> None:
        """Tasks begin in the order they are made, and a command is in the writer's line before it first waits.

        A message needs no task of its own, and there are as many of them as of all else together.
        """
        if not (admitted := self._admitted(packet)):
            return
        request, payload = admitted
        if request.name == SEND and not self._beginning:
            self._send(packet, payload)
            return
        self._beginning += 1
        task = asyncio.create_task(self._begin(packet, request, payload))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _send(self, packet: Packet, command: SendMessage) -> None:
        try:
            done = self._door.desk.hand_in(command)
        except Exception as failure:
            self._fail(packet, failure)
            self._finish()
            return
        self._running.add(done)
        done.add_done_callback(partial(self._sent, packet))

    def _sent(self, packet: Packet, done: "asyncio.Future[Done]") -> None:
        self._running.discard(done)
        caller = self.entry.caller
        assert caller is not None, "a nobody's message has been refused"
        try:
            self._answer(packet, sent(done.result(), caller.user_id, caller.name))
        except Exception as failure:
            self._fail(packet, failure)
        finally:
            self._finish()

    async def _begin(self, packet: Packet, request: Request, payload: Any) -> None:
        self._beginning -= 1
        await self._run(packet, request, payload)

    async def _run(self, packet: Packet, request: Request, payload: Any) -> None:
        try:
            await self._carry_out(request, payload, packet)
        except Exception as failure:
            self._fail(packet, failure)
        finally:
            self._finish()

    def _fail(self, packet: Packet, failure: Exception) -> None:
        """The answer to a request that came to nothing."""
        user_id = self.entry.caller and self.entry.caller.user_id
        match failure:
            case Rejected():
                self._refuse(packet, failure.with_traceback(None))  # else it is in a cycle with whoever awaited it
            case psycopg.OperationalError():
                log.warning("database away", user_id=user_id, error=str(failure))
                self._refuse(packet, unavailable("the database is away"))
            case _:
                log.error("request failed", request=_name(packet), user_id=user_id, exc_info=failure)
                self._refuse(packet, Rejected("internal", "this request could not be carried out"))

    def _finish(self) -> None:
        self._under_way -= 1
        self._make_room()

    def _make_room(self) -> None:
        if self._under_way < self._door.settings.under_way and self._rested.is_set():
            self._socket.room.set()

    def _rest(self, caller: Caller) -> float:
        """Listens to nothing for a while; answers for how many seconds."""
        pause = self._door.rests.begin(caller.user_id, self._door.places.get(caller.user_id, 0))
        if self.entry.closed:
            self._forget()
        elif self._rested.is_set():
            self._rested.clear()
            self._socket.room.clear()
            self._socket.at_rest = True
            self._socket.server.later(pause, self._go_on)
        return pause

    def _go_on(self) -> None:
        self._rested.set()
        self._socket.at_rest = False
        self._make_room()

    def _admit(self, packet: Packet) -> tuple[Request, Any]:
        """The request and its payload. Checked in this order: session, rate, shape."""
        name = _name(packet)
        if name != "authenticate":
            self._spend(self.entry.check())
        request = REQUESTS.get(name or "")
        if packet.broken == "too_large":
            raise Rejected("too_large", f"a request has at most {self._door.settings.max_request} bytes")
        if packet.broken or name is None:
            raise Rejected("invalid_payload", "the packet is no event: a JSON list of a name and one object")
        if request is None:
            raise Rejected("not_found", "no such event")
        if len(packet.data) > 2:
            raise Rejected("invalid_payload", "one payload at the most")
        payload = packet.data[1] if len(packet.data) == 2 else {}
        caller = self.entry.caller
        actor = {"actor": caller.user_id} if caller and "actor" in request.payload.model_fields else {}
        return request, parse(request.payload, payload, **actor)

    def _spend(self, caller: Caller) -> None:
        try:
            self._door.commands.spend(caller.user_id)
        except Rejected as refusal:
            refusal.retry_after = max(refusal.retry_after or 0, self._rest(caller))
            raise

    async def _carry_out(self, request: Request, payload: Any, packet: Packet) -> None:
        if isinstance(payload, Authenticate):
            await self.entry.authenticate(payload.token)
            self.entry.attach()
            if self.entry.caller is None:  # gone meanwhile
                return
        assert self.entry.caller is not None, "every other request has been refused"
        if isinstance(payload, LeaveConversation):
            self._leave(payload.conversation_id)
        if request.name in ("join_conversation", "sync"):
            await self._answer_held(request, payload, packet)
        else:
            self._answer(packet, await request.handle(self._door.desk, self.entry.caller, payload))

    async def _answer_held(self, request: Request, payload: Any, packet: Packet) -> None:
        """Answers once all that the answer's snapshot reflects has been pushed; what is newer comes after it."""
        receiver, caller = self.entry.receiver, self.entry.caller
        if self.entry.closed or receiver is None or caller is None:
            return
        room = payload.conversation_id if isinstance(payload, JoinConversation) else None
        if room:
            self._check_rooms(receiver, room)
        audience = self._door.pusher.audience
        answer = Answer({})
        watch = audience.hold(receiver, room).watched
        try:
            answer = await request.handle(self._door.desk, caller, payload)
            await self._door.pusher.caught_up(answer.position)
            watch = room is not None and not answer.body["has_more"]
            audience.flush(receiver, answer.position)
            self._answer(packet, answer)
        finally:
            audience.release(receiver, answer.position, watch=watch)

    def _check_rooms(self, receiver: Receiver, room: UUID) -> None:
        limit = self._door.settings.rooms_per_socket
        if limit and room not in receiver.watching and len(receiver.watching) >= limit:
            raise Rejected("rate_limited", f"a socket watches at most {limit} conversations")

    def _leave(self, conversation_id: UUID) -> None:
        if self.entry.receiver:
            self._door.pusher.audience.unwatch(self.entry.receiver, conversation_id)

    def _answer(self, packet: Packet, answer: Answer) -> None:
        if packet.number is not None:
            self._socket.put([ack(packet.number, {"ok": True, **answer.body})])

    def _refuse(self, packet: Packet, refusal: Rejected) -> None:
        self._door.rejected(refusal.code)
        if packet.number is not None:
            self._socket.put([ack(packet.number, {"ok": False, "error": error(refusal)})])

    def end(self) -> None:
        """It is over. What was asked for is finished, and nobody is told; of who asked too much, what has begun."""
        self.entry.end()
        if not self._rested.is_set():
            self._forget()
        self._go_on()

    def _forget(self) -> None:
        """What nobody waits for any more, of who asked too much."""
        self._under_way -= len(self._queue)
        self._queue.clear()

    async def settled(self) -> None:
        """Waits until every request taken on has been answered."""
        while at_work := self._running | ({self._working} if self._working else set()):
            await asyncio.wait(at_work)


def _name(packet: Packet) -> str | None:
    """The request that a packet asks for; `None` where it has no name at all."""
    name = packet.data[0] if isinstance(packet.data, list) and packet.data else None
    return ALIASES.get(name, name) if isinstance(name, str) else None
