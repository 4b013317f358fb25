"""Somebody else's sign-in: keys made on the spot, tokens signed by them, and a small server that publishes them."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from interfaces.keys import KeySet

KINDS = {"RS256": RSAKey, "ES256": ECKey, "EdDSA": OKPKey, "Ed25519": OKPKey}


def make(algorithm: str, kid: str | None = "a", **more: Any) -> Key:
    """A private key for an algorithm; `more` are members of its description."""
    named = {"kid": kid} if kid is not None else {}
    return KINDS[algorithm].generate_key(parameters={**named, **more})  # type: ignore[no-any-return, attr-defined]


def sign(key: Key, algorithm: str, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    """A token with these claims, and an `exp` in an hour, that names its key unless `header` does."""
    head = {"alg": algorithm, **({"kid": key.get("kid")} if key.get("kid") else {}), **(header or {})}
    head = {name: value for name, value in head.items() if value is not ...}
    return jwt.encode(head, {"sub": "alice", "exp": time() + 3600} | claims, key, registry=KeySet._registry)


def published(*keys: Key, private: bool = False) -> bytes:
    """A key set, as it is published."""
    return json.dumps({"keys": [key.as_dict(private=private) for key in keys]}).encode()


class KeyServer:
    """Publishes `body`, counts how often it is asked, and can be away, or in no hurry."""

    def __init__(self, body: bytes = b"") -> None:
        self.body = body
        self.head = "HTTP/1.1 200 OK\r\nContent-Type: application/json"
        self.asked = 0
        self.answers = asyncio.Event()
        self.answers.set()
        self._port = 0
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/keys"

    async def come(self) -> None:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def go(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        await self.answers.wait()
        writer.write(f"{self.head}\r\nContent-Length: {len(self.body)}\r\nConnection: close\r\n\r\n".encode())
        writer.write(self.body)
        writer.close()


@asynccontextmanager
async def publishing(*keys: Key) -> AsyncIterator[KeyServer]:
    server = KeyServer(published(*keys) if keys else b"")
    await server.come()
    try:
        yield server
    finally:
        server.answers.set()
        await server.go()
