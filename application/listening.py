"""Hears, by PostgreSQL's NOTIFY, that the log has grown or a projection has moved on."""

import asyncio
from collections.abc import Callable, Mapping

import psycopg
import structlog

log = structlog.get_logger()

APPENDED = "events"
"""The channel that hears, without a payload, that the log has grown."""


async def listen(
    database_url: str,
    ring: Mapping[str, Callable[[], None]],
    retry: float = 1.0,
    *,
    is_own: Callable[[int], bool] = lambda session: False,
) -> None:
    """Calls `ring[channel]` at each NOTIFY on it, for ever. A hint and no more: whoever is rung also polls.

    A lost connection is tried again every `retry` seconds; then all are rung, for any of them may have been missed.
    What a session of this process says, told by its process id in the database, is known here already.
    """
    listening = True
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                database_url, autocommit=True, client_encoding="UTF8", application_name="litspark listen"
            ) as connection:
                for channel in ring:
                    await connection.execute(f'LISTEN "{channel}"'.encode())
                listening = True
                for wake in ring.values():
                    wake()
                async for notification in connection.notifies():
                    if not is_own(notification.pid):
                        ring[notification.channel]()
        except psycopg.OperationalError as error:
            if listening:  # said once, however long it takes
                log.warning("not listening", error=str(error))
            listening = False
            await asyncio.sleep(retry)
