"""A network between clients and a server, which can do to their connections what networks do."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

CHUNK = 64 * 1024
SLOW = 200
"""Bytes in a hundredth of a second, where a link is slow."""

DOUBLED = re.compile(rb'42\d*\["(send_message|start_conversation|mark_as_read|\w+_participants?|rename_conversation)"')
"""Commands alone: a join that is asked for twice begins anew, and who takes the first answer has missed the second."""


class Link:
    """A connection from its client (`down`) to the server (`up`). `device` is the one that its client says it is."""

    def __init__(self, down: asyncio.StreamWriter, up: asyncio.StreamWriter, device: str) -> None:
        self.device = device
        self.down = down
        self.up = up
        self.flows = asyncio.Event()
        self.flows.set()
        self.slow = False
        self.cutting: int | None = None
        """How many bytes of what comes next still pass, before it is cut."""
        self.doubling = False
        self.orphaned = False
        self.asking = True
        """Whether what came last came from the client."""

    def break_off(self) -> None:
        """Both ends hear of it at once."""
        for end in (self.down, self.up):
            end.transport.abort()

    def orphan(self) -> None:
        """The client is gone, and the server does not hear of it."""
        self.orphaned = True
        self.flows.clear()
        self.down.transport.abort()

    def heal(self) -> None:
        self.slow = self.doubling = False
        self.cutting = None
        self.flows.set()
        if self.orphaned:
            self.up.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frames: "Frames | None") -> None:
        while data := await reader.read(CHUNK):
            await self.flows.wait()
            if self.cutting is not None:
                writer.write(data[: min(self.cutting, len(data) - 1)])
                await writer.drain()
                self.break_off()
                return
            for part in frames.passed(data, doubling=self.doubling) if frames else [data]:
                await self._write(writer, part)
            self.asking = frames is not None
        if not self.orphaned:
            writer.close()

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        while self.slow and data:
            writer.write(data[:SLOW])
            data = data[SLOW:]
            await writer.drain()
            await asyncio.sleep(0.01)
        writer.write(data)
        await writer.drain()


class Frames:
    """What a client sends, cut at the ends of WebSocket frames where it is WebSocket, so that one can come twice."""

    def __init__(self, websocket: bool) -> None:
        self._websocket = websocket
        self._buffer = b""

    def passed(self, data: bytes, *, doubling: bool) -> Iterator[bytes]:
        if not self._websocket:
            yield data
            return
        self._buffer += data
        while frame := self._frame():
            self._buffer = self._buffer[len(frame) :]
            yield frame
            if doubling and DOUBLED.match(_payload(frame)):
                yield frame

    def _frame(self) -> bytes | None:
        if len(self._buffer) < 2:
            return None
        size = _head(self._buffer) + _length(self._buffer)
        return self._buffer[:size] if len(self._buffer) >= size else None


def _head(frame: bytes) -> int:
    """How many bytes come before the payload: two, the long length, and the mask of a client."""
    return 2 + {126: 2, 127: 8}.get(frame[1] & 0x7F, 0) + 4


def _length(frame: bytes) -> int:
    short = frame[1] & 0x7F
    return int.from_bytes(frame[2 : {126: 4, 127: 10}[short]], "big") if short > 125 else short


def _payload(frame: bytes) -> bytes:
    head = _head(frame)
    mask = frame[head - 4 : head]
    return bytes(byte ^ mask[n % 4] for n, byte in enumerate(frame[head : head + 100]))


class Proxy:
    """Listens for clients, who say by `?device=` who they are, and brings them to `upstream`, if anybody is there."""

    def __init__(self) -> None:
        self.upstream = ("127.0.0.1", 0)
        self.url = ""
        self.links: set[Link] = set()
        self._carrying: set[asyncio.Task[None]] = set()

    async def _accept(self, reader: asyncio.StreamReader, down: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._carrying.add(task)
        try:
            await self._serve(reader, down)
        except asyncio.CancelledError:  # asyncio's own server would complain of it
            pass
        finally:
            down.transport.abort()
            self._carrying.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, down: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            hello = await reader.readuntil(b"\r\n\r\n")
            answers, up = await asyncio.open_connection(*self.upstream)
            device = re.search(rb"[?&]device=([\w-]+)", hello)
            link = Link(down, up, device[1].decode() if device else "")
            self.links.add(link)
            try:
                up.write(hello)
                frames = Frames(b"upgrade: websocket" in hello.lower())
                await asyncio.gather(self._carry(link, reader, up, frames), self._carry(link, answers, down, None))
            finally:
                up.transport.abort()
                self.links.discard(link)

    async def _carry(
        self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frames: Frames | None
    ) -> None:
        """An orphan's server is left to wait, until it has had enough of it or the link is healed."""
        try:
            await link.carry(reader, writer, frames)
        except OSError:
            if not link.orphaned:
                link.break_off()

    def of(self, device: str) -> list[Link]:
        return [link for link in self.links if link.device == device]


@asynccontextmanager
async def proxy() -> AsyncIterator[Proxy]:
    made = Proxy()
    server = await asyncio.start_server(made._accept, "127.0.0.1", 0)
    made.url = "http://{}:{}".format(*server.sockets[0].getsockname())
    try:
        yield made
    finally:
        server.close()
        for task in list(made._carrying):
            task.cancel()
        await asyncio.gather(*made._carrying, return_exceptions=True)
