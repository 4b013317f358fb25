"""Who a session is: nobody at first, and then a user, by one token after the other."""

from time import time

from domain.base import Rejected
from interfaces.claims import Identity
from interfaces.errors import error
from interfaces.requests import Caller
from interfaces.socketio.audience import Learning, Receiver
from interfaces.socketio.door import Door
from interfaces.socketio.frames import Frame, event
from interfaces.socketio.sockets import Socket

DISCONNECT = Frame("41")
LONGEST = 10 * 365 * 24 * 3600.0
"""Seconds that a session lasts at the most; what a clock can wait for has an end."""


class Entry:
    """A session's user, and the receiver of what is pushed to it, once it has them; `end` gives up both."""

    def __init__(self, door: Door, socket: Socket, address: str, before: "Entry | None" = None) -> None:
        """`before`: the connection's session until then. Who never said who it is has no more time by coming again."""
        self.caller: Caller | None = None
        self.receiver: Receiver | None = None
        self.closed = False
        self._door = door
        self._socket = socket
        self._address = address
        self._identity: Identity | None = None
        self._learning: Learning | None = None
        self._place: str | None = None
        self._entering = 0
        """Tokens that are good and not in yet: the session is already the user's whose place was taken for it."""
        self._deadline: float = time() + door.settings.authenticate_within
        if before and before.caller is None:
            self._deadline = before._deadline
        self._timer = socket.server.later(max(0.0, self._deadline - time()), self._not_authenticated)

    def check(self) -> Caller:
        """Who it is. Raises `Rejected` with `unauthenticated`, or `token_expired`."""
        if self.caller is None or self._identity is None:
            raise Rejected("unauthenticated", "authenticate first")
        self._identity.check_fresh()
        return self.caller

    async def authenticate(self, token: object) -> None:
        """Judges a token; it makes the session its user's, or prolongs it. Raises `Rejected`."""
        if self.closed:  # else it would take a place that nobody ever leaves
            return
        identity = await self._door.tokens.let_in(token, self._door.failures, self._address)
        if self.closed:  # gone while it was judged
            return
        if (self._identity or self._entering) and identity.user_id != self._place:
            raise Rejected("forbidden", "this session is another user's")
        if self._identity is None:
            self._take_place(identity.user_id)
        self._entering += 1
        try:
            name = await self._enter(identity)
        finally:
            self._entering -= 1
        if self.closed:
            return
        self._identity = identity
        self.caller = Caller(identity.user_id, name)
        self._timer.cancel()
        self._timer = self._socket.server.later(min(identity.expires_at - time(), LONGEST), self._expired)

    def _take_place(self, user_id: str) -> None:
        """One of the sockets that a user may have, kept until this one ends."""
        limit = self._door.settings.sockets_per_user
        self._leave_place()
        if limit and self._door.places[user_id] >= limit:
            raise Rejected("rate_limited", f"a user has at most {limit} sockets", retry_after=1.0)
        self._door.places[user_id] += 1
        self._place = user_id

    def _leave_place(self) -> None:
        if self._place is not None:
            self._door.places[self._place] -= 1
            if not self._door.places[self._place]:
                del self._door.places[self._place]
            self._place = None

    async def _enter(self, identity: Identity) -> str:
        """What the user is called; what has to be known before anything can be pushed is looked up meanwhile."""
        pusher, names = self._door.pusher, self._door.desk.names
        learning = pusher.learn(identity.user_id)
        try:
            name = await names.enter(identity)
            await learning.end()
            if name is None:
                current = pusher.walked >= names.told(identity.user_id)
                name = learning.name if current else await names.called(identity.user_id)
        except BaseException:
            pusher.audience.forget(learning)
            raise
        if self._learning or self.receiver or self.closed:
            pusher.audience.forget(learning)
        else:
            self._learning = learning
        return name

    def attach(self) -> None:
        """Begins to push to the socket what concerns its user, where it has one."""
        if self._learning:
            self.receiver = Receiver(self._learning.user_id, self._socket)
            self._door.pusher.audience.add(self.receiver, self._learning)
            self._learning = None

    def _not_authenticated(self) -> None:
        self._socket.server.spawn(self._socket.close(wait=False))

    def _expired(self) -> None:
        expired = Rejected("token_expired", "the token has expired")
        self._socket.put([event("session_expired", {"error": error(expired)}), DISCONNECT])
        self._socket.server.spawn(self._socket.close(wait=False))

    def end(self) -> None:
        self.closed = True
        self._timer.cancel()
        self._leave_place()
        if self._learning:
            self._door.pusher.audience.forget(self._learning)
            self._learning = None
        if self.receiver:
            self._door.pusher.audience.discard(self.receiver)
