"""Pages of messages: the timeline itself, read up to the chat's position and given the senders' names."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from application.store import Recorded, Store
from domain.base import told
from domain.timeline import MessageSent, stream
from projections import people
from projections.rows import rfc3339

Message = dict[str, Any]
"""A message in the words and the shape of the protocol."""


def message(recorded: Recorded, names: Mapping[str, str]) -> Message:
    event = recorded.event
    assert isinstance(event, MessageSent), "a timeline holds nothing but messages"
    return {
        "message_id": str(event.message_id),
        "conversation_id": str(event.conversation_id),
        "number": recorded.version,
        "sender_id": event.sender_id,
        "sender_name": names.get(event.sender_id, event.sender_id),
        "body": event.body,
        "sent_at": rfc3339(told(recorded.recorded_at, event.sent_at)),
        "position": recorded.position,
    }


async def page(
    store: Store,
    connection: AsyncConnection[Any],
    conversation_id: UUID,
    limit: int,
    *,
    upto: int,
    after: int | None = None,
    before: int | None = None,
    since: int | None = None,
) -> list[Message]:
    """Up to `limit` messages, ascending: above number `after`, or after position `since`, else the last ones.

    The last ones are those below number `before`, where it is given. `upto` is the chat's position.
    """
    timeline = stream(conversation_id)
    if after is not None:
        events = await store.page(connection, timeline, limit, upto=upto, above=after)
    elif since is not None:
        events = await store.page(connection, timeline, limit, upto=upto, since=since)
    else:
        events = await store.page(connection, timeline, limit, upto=upto, below=LAST if before is None else before)
    return await named(connection, events)


async def named(connection: AsyncConnection[Any], events: Sequence[Recorded]) -> list[Message]:
    """Messages with their senders' names."""
    senders = {recorded.event.sender_id for recorded in events if isinstance(recorded.event, MessageSent)}
    names = await people.names(connection, senders) if senders else {}
    return [message(recorded, names) for recorded in events]


LAST = 2**63 - 1
"""Below this stands every number."""
