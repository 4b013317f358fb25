"""What else in the database knows of events: who is careful enough to change the ledger may have forgotten these."""

from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

from application.codec import decode
from application.store import Raw
from domain.timeline import MessageSent
from interfaces.ledger.problem import DoesNotFit

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# One pass over the log: versions are unique, so they are 1 to n where the least is 1 and the greatest their number.
COUNTED = """
SELECT (SELECT count(*) FROM message_ids WHERE position <= %(end)s),
    (SELECT min(position) FROM message_ids WHERE position > (SELECT coalesce(max(notification_id), 0) FROM events)),
    coalesce(sum(messages), 0),
    (array_agg(originator_id) FILTER (WHERE least <> 1 OR greatest <> versions))[1]
FROM (
    SELECT originator_id, min(originator_version) AS least, max(originator_version) AS greatest, count(*) AS versions,
        count(*) FILTER (WHERE topic = %(topic)s) AS messages
    FROM events WHERE notification_id <= %(end)s GROUP BY originator_id
) streams"""

GAP = """
SELECT notification_id, originator_version, version FROM (
    SELECT notification_id, originator_version, row_number() OVER (ORDER BY originator_version) AS version
    FROM events WHERE originator_id = %(stream)s
) counted WHERE originator_version <> version ORDER BY version LIMIT 1"""

UNKNOWN = """
SELECT min(e.notification_id) FROM events e
WHERE e.topic = %(topic)s AND e.notification_id <= %(end)s
    AND NOT EXISTS (SELECT FROM message_ids m WHERE m.position = e.notification_id)"""

LOST = """
SELECT min(m.position) FROM message_ids m
WHERE NOT EXISTS (SELECT FROM events e WHERE e.notification_id = m.position AND e.topic = %(topic)s)"""

STRAY = """
SELECT min(x.position) FROM {schema}.entries x, projections p
WHERE p.name = 'ledger' AND (x.position < 1 OR x.position > p.position)"""


async def hear(connection: AsyncConnection[Any], schema: str, end: int, recorded: int) -> None:
    """Raises `DoesNotFit` where one of them contradicts a log that fits its ledger."""
    stray = await _row(connection, STRAY.format(schema=schema), {})
    if stray and stray[0] is not None:
        raise DoesNotFit(stray[0], "inserted", "ledger row", "the ledger has not come to this position")
    counted = {"topic": MessageSent.TOPIC, "end": end}
    known, behind, messages, stream = await _row(connection, COUNTED, counted)
    if stream:
        position, found, expected = await _row(connection, GAP, {"stream": stream})
        why = f"its version in its stream is {found}, and should be {expected}"
        raise DoesNotFit(position, "rewritten" if position <= recorded else "inserted", "event", why)
    if behind:
        why = "a message_id was noted of a message here, and the log ends before it"
        raise DoesNotFit(behind, "truncated", "log", why)
    if known < messages:
        (position,) = await _row(connection, UNKNOWN, counted)
        why = "it is a message, and its message_id was not noted, which every append does"
        raise DoesNotFit(position, "inserted", "event", why)
    if known > messages:
        (position,) = await _row(connection, LOST, counted)
        why = "a message_id was noted of a message here, and there is none"
        raise DoesNotFit(position, "missing", "event", why)


async def what_changed(connection: AsyncConnection[Any], raw: Raw) -> str:
    """Of an event that was changed: what, as far as its message_id was noted with a hash of what was said."""
    if (
        raw.topic != MessageSent.TOPIC
    ):  # and no other one is looked up: whoever tampers could name anything to be loaded
        return "it holds something else than it did"
    try:
        event = decode(raw.topic, raw.state)
    except ValueError:
        return "it can't even be read any more"
    assert isinstance(event, MessageSent)
    noted = await _row(
        connection, "SELECT content_hash FROM message_ids WHERE position = %(position)s", {"position": raw.position}
    )
    if noted is None:
        return "it holds something else than it did"
    if noted[0] == event.content_hash():
        return "its sender and its body are what they were, the rest is not"
    query = "SELECT user_id FROM participants WHERE conversation_id = %(conversation_id)s"
    cursor = await connection.execute(query, {"conversation_id": event.conversation_id})
    for (user_id,) in await cursor.fetchall():
        if noted[0] == event.model_copy(update={"sender_id": user_id}).content_hash():
            return f"its sender was {user_id}, and is {event.sender_id}"
    return "its body is not what it was"


def at(recorded_at: int) -> str:
    try:
        return f"{(EPOCH + timedelta(microseconds=recorded_at)).isoformat(timespec='microseconds')[:26]}Z"
    except OverflowError:
        return f"{recorded_at} µs after 1970"


async def _row(connection: AsyncConnection[Any], query: str, parameters: dict[str, Any]) -> Any:
    return await (await connection.execute(query.encode(), parameters)).fetchone()
