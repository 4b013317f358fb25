"""Clients that mean harm, in a process of its own: each in one way, again as soon as it has been thrown out.

Each acts once a second. They come from a few addresses, and are of a few accounts, so that the limits bite.
"""

import argparse
import asyncio
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from random import Random
from time import monotonic
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import orjson
import uvloop

from interfaces.auth import Tokens
from interfaces.server import take_all_files
from interfaces.yielding import LATER, be_nice
from tests.bench.load import addresses
from tests.serving import SECRET

PAUSE = 1.0
"""Seconds until one that was thrown out is back, on average."""
ADDRESSES = 20
ROOM = 10
"""Sockets of one account. Of those who read nothing, one writes what the others are told."""
CODE = re.compile(rb'"code":"(\w+)"')
STATUS = re.compile(rb"HTTP/1\.1 (\d+)")
TEXT, BINARY = 0x81, 0x82
PING = b"\x81\x012"
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


class Out(Exception):
    """The server has refused, or hung up; it says which."""


def frame(payload: bytes, first: int = TEXT) -> bytes:
    """Masked with zeros, which leaves it as it is."""
    size = len(payload)
    if size < 126:
        head = bytes([first, 0x80 | size])
    elif size < 1 << 16:
        head = bytes([first, 0x80 | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, 0x80 | 127]) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


@dataclass
class Foe:
    """One of them: its place in line, where it comes from, who it says it is, and a common count of what it met."""

    number: int
    url: str
    here: str
    mark: str
    tokens: Tokens
    every: float
    """Seconds between two acts of one that stays in."""
    met: Counter[str]
    random: Random

    @property
    def user_id(self) -> str:
        return f"foe{self.number // ROOM}-{self.mark}"

    @property
    def entry(self) -> bytes:
        return b"40" + orjson.dumps({"token": self.tokens.issue(self.user_id, None, "", 3600)})

    async def open(self) -> None:
        place = urlsplit(self.url)
        self.reader, self.writer = await asyncio.open_connection(place.hostname, place.port, local_addr=(self.here, 0))

    def close(self) -> None:
        self.writer.transport.abort()

    async def put(self, data: bytes) -> None:
        if self.writer.is_closing():
            raise Out("hung up")
        self.met["sent"] += 1
        self.writer.write(data)
        await self.writer.drain()

    async def hear(self, seconds: float) -> bytes:
        """What comes within a time, at most a buffer of it. Raises `Out` where the server hangs up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                data = await self.reader.read(1 << 16)
            if not data:
                raise Out("hung up")
            self.met.update(code.decode() for code in CODE.findall(data))
            return data
        return b""

    async def request(self, method: str, path: str, headers: str = "", body: bytes = b"") -> bytes:
        """Raises `Out` where the answer isn't one that lets it in."""
        size = f"Content-Length: {len(body)}\r\n" if body and "Content-Length" not in headers else ""
        await self.put(f"{method} {path} HTTP/1.1\r\nHost: chat\r\n{headers}{size}\r\n".encode() + body)
        answer = await self.hear(10)
        status = STATUS.match(answer)
        if status is None or status[1] not in (b"200", b"101"):
            raise Out(status[1].decode() if status else "no answer")
        return answer

    async def websocket(self, *, enter: bool = False) -> None:
        await self.open()
        await self.request("GET", "/socket.io/?EIO=4&transport=websocket", UPGRADE)
        if enter:
            await self.put(frame(self.entry))
            await self.hear(5)

    async def polling(self) -> str:
        """The path of a session."""
        await self.open()
        path = "/socket.io/?EIO=4&transport=polling"
        sid = re.search(rb'"sid":"([^"]+)"', await self.request("GET", path))
        if sid is None:
            raise Out("no session")
        return f"{path}&sid={sid[1].decode()}"

    async def trickle(self, data: bytes) -> None:
        """A byte a second."""
        for byte in data:
            await self.put(bytes([byte]))
            await self.hear(1)

    async def again(self, every: float, what: Callable[[int], bytes]) -> None:
        """Writes something over and over, `every` so many seconds, and reads what it is answered with."""
        due = monotonic()
        for n in count():
            await self.put(what(n))
            due += every
            while (left := due - monotonic()) > 0:
                if (await self.hear(left)).endswith(PING):
                    await self.put(frame(b"3"))


async def slow_handshake(foe: Foe) -> None:
    await foe.open()
    await foe.put(b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: chat\r\nX-A: ")
    await foe.trickle(b"a" * 1_000)


async def slow_body(foe: Foe) -> None:
    path = await foe.polling()
    await foe.put(f"POST {path} HTTP/1.1\r\nHost: chat\r\nContent-Length: 100000\r\n\r\n".encode())
    await foe.trickle(b"4" * 1_000)


async def never_authenticates(foe: Foe) -> None:
    await foe.websocket()
    await foe.again(5, lambda n: frame(b"3"))


async def half_open(foe: Foe) -> None:
    """Is let in, and never heard of again."""
    await foe.websocket(enter=True)
    foe.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.sleep(60)


async def bad_tokens(foe: Foe) -> None:
    if foe.random.random() < 0.3:
        await foe.open()
        await foe.request("GET", "/api/conversations", "Authorization: Bearer eyJhbGciOiJub25lIn0.e30.\r\n")
    await foe.websocket()
    forged = foe.entry[:-4] + b'AA"}'
    await foe.again(foe.every, lambda n: frame(forged))


async def flood(foe: Foe) -> None:
    """Twice what a user may ask for, all at once, of what costs the most."""
    await foe.websocket(enter=True)
    there = {"conversation_id": str(uuid4())}
    join, send = orjson.dumps(there), orjson.dumps({**there, "message_id": str(uuid4()), "body": "x" * 500})
    asked = (b'["sync",{}]', b'["join_conversation",%b]' % join, b'["send_message",%b]' % send)
    packets = b"".join(frame(b"42%d%b" % (n, asked[n % 3])) for n in range(40))
    await foe.again(foe.every, lambda n: packets)


async def huge(foe: Foe) -> None:
    if foe.random.random() < 0.5:
        await foe.websocket(enter=True)
        await foe.put(frame(b'42["send_message",{"body":"' + b"x" * 300_000 + b'"}]'))
        await foe.hear(1)
        await foe.put(bytes([TEXT, 0x80 | 127]) + (1 << 40).to_bytes(8, "big") + b"x" * 60_000)
    else:
        path = await foe.polling()
        await foe.put(f"POST {path} HTTP/1.1\r\nHost: chat\r\nContent-Length: 9000000\r\n\r\n".encode() + b"x" * 60_000)
    while True:
        await foe.hear(5)


async def garbage(foe: Foe) -> None:
    await foe.websocket(enter=True)
    firsts = [TEXT, TEXT, BINARY, 0x01, 0x80, 0x83, 0x8A, 0xFF]
    await foe.again(foe.every, lambda n: frame(foe.random.randbytes(50), foe.random.choice(firsts)))


async def nested(foe: Foe) -> None:
    await foe.websocket(enter=True)
    deep = [b"[" * 10_000, b"[" * 10_000 + b"]" * 10_000, b'["sync",' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"]"]
    await foe.again(foe.every, lambda n: frame(b"42%d" % n + deep[n % 3]))


async def forged_events(foe: Foe) -> None:
    await foe.websocket(enter=True)
    events = [b'42["connect",{}]', b'421["disconnect"]', b'42["new_message",{}]', b"44{}", b"430[]", b"41", foe.entry]
    await foe.again(foe.every, lambda n: frame(events[n % len(events)]))


async def never_collects(foe: Foe) -> None:
    """Is let in by polling, and never polls; then once more."""
    path = await foe.polling()
    await foe.request("POST", path, body=foe.entry)
    foe.met["left behind"] += 1
    await asyncio.sleep(5)


async def reads_nothing(foe: Foe) -> None:
    """Watches a conversation in which much is said, by one of its own kind, and does not read it."""
    await foe.websocket(enter=True)
    conversation_id = str(UUID(int=Random(foe.user_id).getrandbits(128), version=4))
    there = {"conversation_id": conversation_id}
    if foe.number % ROOM == 0:
        started = {**there, "kind": "group", "participant_ids": [f"other-{foe.user_id}"]}
        await foe.put(frame(b'421["start_conversation",%b]' % orjson.dumps(started)))
        await foe.put(
            b"".join(frame(b'422["send_message",%b]' % orjson.dumps({**there, **large()})) for _ in range(38))
        )
        await foe.again(foe.every, lambda n: frame(b'422["send_message",%b]' % orjson.dumps({**there, **large()})))
    await asyncio.sleep(2)
    await foe.put(frame(b'421["join_conversation",%b]' % orjson.dumps(there)))
    await foe.hear(5)
    foe.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.sleep(40)


Way = Callable[[Foe], Awaitable[None]]


def large() -> dict[str, str]:
    """A message of 32 KB."""
    return {"message_id": str(uuid4()), "body": "🙂" * 8_000}


WAYS: list[Way] = [
    *(slow_handshake, slow_body, never_authenticates, half_open, bad_tokens, flood, huge, garbage, nested),
    *(forged_events, never_collects, reads_nothing),
]


async def harm(foe: Foe, way: Way) -> None:
    """For ever, in one way."""
    await asyncio.sleep(foe.random.uniform(0, 4 * PAUSE))
    while True:
        foe.met["came"] += 1
        try:
            await way(foe)
        except Out as out:
            foe.met[str(out)] += 1
        except OSError as error:
            foe.met[type(error).__name__] += 1
        finally:
            with suppress(AttributeError):
                foe.close()
        await asyncio.sleep(foe.random.uniform(0, 2 * PAUSE))


async def run(url: str, sockets: int, every: float, ways: Sequence[Way]) -> dict[str, Counter[str]]:
    """Until the standard input ends; what each way met with. The process has to be a session of its own."""
    await be_nice(os.getpid(), LATER)  # elsewhere they would not take their time from the server's cores
    tokens, mark, here = Tokens(SECRET), uuid4().hex[:6], addresses(ADDRESSES)
    met: dict[str, Counter[str]] = defaultdict(Counter)
    each = -(-sockets // len(ways) // ROOM) * ROOM
    acting = []
    for n in range(sockets):
        way = ways[min(n // each, len(ways) - 1)]
        foe = Foe(n, url, str(next(here)), mark, tokens, every, met[way.__name__], Random(n))
        acting.append(asyncio.create_task(harm(foe, way)))
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await asyncio.wait([ended, *acting], return_when=asyncio.FIRST_COMPLETED)
    for task in acting:
        if task.done():
            task.result()  # a mistake of this bench
        task.cancel()
    return met


def main() -> None:
    parser = argparse.ArgumentParser("tests.bench.foes", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--sockets", type=int, default=1_000)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two acts of one that stays in")
    parser.add_argument("--ways", default=",".join(way.__name__ for way in WAYS), help="by commas")
    told = parser.parse_args()
    ways = [way for way in WAYS if way.__name__ in told.ways.split(",")]
    take_all_files()
    print(orjson.dumps(uvloop.run(run(told.url, told.sockets, told.every, ways))).decode())


if __name__ == "__main__":
    main()
