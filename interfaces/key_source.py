"""A key set of somebody else's, kept as it is published: read now and then, and when a key is asked for that is new."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache, partial
from math import inf
from pathlib import Path
from ssl import SSLContext
from time import monotonic
from typing import Any

import httpx
import structlog

from interfaces.keys import MAX_KEY_SET, BadKeySet, KeySet, UnknownKey, on_disk
from interfaces.settings import Settings

log = structlog.get_logger()

FIRST_RETRY = 1.0
"""Seconds until a source that could not be read is tried again; twice as long each time, up to the pause."""


class NotRead(Exception):
    """The source gives nothing just now, neither good nor bad."""


class KeySource:
    """The keys as they were last read. Where reading fails, they stay: known keys do not depend on the source.

    Read by `read` every `every` seconds; for a key that is not known, at most once in `pause` seconds.
    """

    def __init__(self, read: Callable[[], Awaitable[bytes]], every: float, pause: float) -> None:
        self._read = read
        self._every = every
        self._pause = pause
        self._retry = min(FIRST_RETRY, pause)
        self._keys: KeySet | None = None
        self._failure: str | None = None
        self._reading: asyncio.Task[bool] | None = None
        self._again_at = -inf

    def claims(self, token: str) -> dict[str, Any]:
        if self._keys is None:
            raise UnknownKey
        return self._keys.claims(token)

    async def refresh(self) -> bool:
        """All who ask meanwhile wait for the same reading, which goes on when any of them is gone."""
        if self._reading is None or (self._reading.done() and monotonic() >= self._again_at):
            self._reading = asyncio.create_task(self._update())
        await asyncio.wait([self._reading])
        return self._reading.result()

    async def run(self) -> None:
        try:
            while True:
                current = await self.refresh()
                await asyncio.sleep(self._every if current else max(0.0, self._again_at - monotonic()))
        finally:
            if self._reading:
                self._reading.cancel()

    async def check(self) -> None:
        """Raises `BadKeySet` where what the source gives is none; one that gives nothing now may do so later."""
        try:
            KeySet.parse(await self._read())
        except NotRead as failure:
            log.warning("keys not read", why=str(failure))

    async def _update(self) -> bool:
        try:
            keys = KeySet.parse(await self._read())
        except (NotRead, BadKeySet) as failure:
            self._failed(str(failure))
            return False
        if self._failure or self._keys is None or keys.kids != self._keys.kids:
            log.info("keys read", kids=keys.kids)
        self._keys, self._failure = keys, None
        self._retry = min(FIRST_RETRY, self._pause)
        self._again_at = monotonic() + self._pause
        return True

    def _failed(self, why: str) -> None:
        if why != self._failure:  # said once, not every time
            log.error("keys not read", why=why, kids=self._keys.kids if self._keys else [])
        self._failure = why
        self._again_at = monotonic() + self._retry
        self._retry = min(2 * self._retry, self._pause)


def key_source(settings: Settings) -> KeySource | None:
    """Where the settings say that keys are published; `None` where they do not."""
    if settings.jwks_url:
        read: Callable[[], Awaitable[bytes]] = partial(_fetched, settings.jwks_url, settings.jwks_patience)
    elif settings.jwks_file:
        read = partial(_on_disk, settings.jwks_file)
    else:
        return None
    return KeySource(read, settings.jwks_refresh, settings.jwks_pause)


async def _fetched(url: str, patience: float) -> bytes:
    """What an address answers, whatever it calls it. No redirects: they would lead where the settings do not."""
    # Not compressed: a few bytes could become very many.
    headers = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}
    body = b""
    try:
        async with (
            asyncio.timeout(patience),
            httpx.AsyncClient(headers=headers, timeout=patience, verify=trusted()) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise NotRead(f"the key server answers {response.status_code}")
            async for part in response.aiter_raw():
                body += part
                if len(body) > MAX_KEY_SET:
                    raise BadKeySet(f"it has more than {MAX_KEY_SET} bytes")
    except TimeoutError:
        raise NotRead(f"the key server has not answered within {patience:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotRead(f"the key server can't be reached: {type(error).__name__}") from error
    return body


@cache
def trusted() -> SSLContext:
    """Whom to believe that it is the key server. Making it takes a while, in which nobody is served: so once."""
    return httpx.create_ssl_context()


async def _on_disk(path: Path) -> bytes:
    return on_disk(path)
