"""What was asked, what was answered and what was told, by many devices for long: few bytes each, judged in the end."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from time import monotonic
from typing import Any

from interfaces.shapes import Message, Summary

Claim = tuple[Any, ...]
"""What somebody was told as of a position, and how it was there is seen in the log: `(position, kind, user,
conversation_id, …)`."""


@dataclass(slots=True, eq=False)
class Asked:
    """A command. `after`: the highest position that anybody had been answered with before.

    `code` is `ok`, what it was refused with in the end, or `None` where no answer came. `tries` on the wire: what a
    repeated one is refused with may be its own doing.
    """

    user: str
    kind: str
    conversation_id: str
    key: str
    body: str
    after: int
    code: str | None = None
    position: int = 0
    tries: int = 0


class History:
    """`claims` wait for the log, what is `wrong` is known to be."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.claims: list[Claim] = []
        self.wrong: list[str] = []
        self.pushes = 0
        self.highest = 0
        self.answered = 0
        self.silence = 0.0
        """The longest time, in seconds, in which nobody was answered."""
        self._last = monotonic()
        self._news = asyncio.Event()

    def ask(self, user: str, kind: str, conversation_id: str, key: str = "", body: str = "") -> Asked:
        asked = Asked(user, kind, conversation_id, key, body, self.highest)
        self.asked.append(asked)
        return asked

    def refuse(self, asked: Asked, code: str) -> None:
        asked.code = code

    def acknowledge(self, asked: Asked, position: int) -> None:
        asked.code, asked.position = "ok", position
        self.highest = max(self.highest, position)
        self.answered += 1
        self.silence = max(self.silence, (now := monotonic()) - self._last)
        self._last = now
        self._news.set()

    async def progress(self, count: int = 1) -> None:
        """Waits until so many more commands have been acknowledged."""
        goal = self.answered + count
        while self.answered < goal:
            self._news.clear()
            await self._news.wait()

    def accuse(self, what: str) -> None:
        """Of something that needs no log to be wrong."""
        self.wrong.append(what)

    def push(self) -> None:
        self.pushes += 1

    def claim(self, position: int, kind: str, user: str, conversation_id: str, *facts: Any) -> None:
        self.claims.append((position, kind, user, conversation_id, *facts))

    def claim_message(self, user: str, message: Message) -> None:
        self.claim(message.position, "message", user, message.conversation_id, message.number, digest(message))

    def claim_summary(self, user: str, summary: Summary) -> None:
        self.claim(summary.position, "summary", user, summary.conversation_id, figures(summary))

    def counts(self) -> Counter[str]:
        """Commands by what became of them."""
        return Counter("unknown" if one.code is None else "ok" if one.code == "ok" else "refused" for one in self.asked)


def digest(message: Message) -> int:
    return fingerprint(message.message_id, message.sender_id, message.body, message.sent_at)


def fingerprint(*parts: str) -> int:
    """Of what a message says, by which it is recognized."""
    return int.from_bytes(blake2b("\n".join(parts).encode(), digest_size=8).digest())


def figures(summary: Summary) -> Sequence[Any]:
    return (
        summary.kind,
        summary.title,
        summary.participant_count,
        summary.last_number,
        summary.read_number,
        summary.unread_count,
    )
