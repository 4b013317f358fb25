"""A wire between a client and a server, which can be cut, and can lose what the server says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Wire:
    """`deaf`: what the server says is lost. `passed` counts the connections there have been."""

    def __init__(self, host: str, port: int) -> None:
        self.url = ""
        self.deaf = False
        self.passed = 0
        self._server = (host, port)
        self._down = False
        self._ends: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Nobody gets through any more, until it is mended."""
        self._down = True
        for end in list(self._ends):
            end.transport.abort()

    def mend(self) -> None:
        self._down = self.deaf = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._down:
            writer.transport.abort()
            return
        self.passed += 1
        there, back = await asyncio.open_connection(*self._server)
        self._ends |= {writer, back}
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer, back=True))
        self._ends -= {writer, back}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, back: bool = False) -> None:
        try:
            while said := await reader.read(65536):
                if not (back and self.deaf):
                    writer.write(said)
                    await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def wire(url: str) -> AsyncIterator[Wire]:
    address = urlsplit(url)
    made = Wire(address.hostname or "", address.port or 0)
    server = await asyncio.start_server(made.carry, "127.0.0.1", 0)
    made.url = "http://{}:{}".format(*server.sockets[0].getsockname())
    try:
        yield made
    finally:
        server.close()
        made.cut()
