"""The history of a conversation: every event of it, in the order of the log."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from application.store import Recorded, Store
from domain import conversation, reading, timeline
from projections import people
from projections.rows import rfc3339

PAGE = 500
"""Events read at once: a server takes them up between its other work, and must not be held up by them."""

Told = dict[str, Any]
"""An event as it is told to auditors."""

Seen = Callable[[int, int], Any]
"""Hears how many events have been read so far, of how many."""


def streams(conversation_id: UUID, readers: Iterable[str]) -> list[UUID]:
    """A conversation's own stream, its timeline, and the places of some readers."""
    places = [reading.stream(conversation_id, user_id) for user_id in readers]
    return [conversation.stream(conversation_id), timeline.stream(conversation_id), *places]


async def people_of(store: Store, conversation_id: UUID, upto: int) -> list[str]:
    """All who ever took part in a conversation up to a position; nobody where it had not started."""
    own = conversation.stream(conversation_id)
    events = [recorded for recorded in (await store.read([own]))[own] if recorded.position <= upto]
    return list(dict.fromkeys(user_id for recorded in events for user_id in people.touched(recorded)))


async def pages(
    store: Store, positions: Sequence[int], seen: Seen = lambda _, __: None
) -> AsyncIterator[Sequence[Recorded]]:
    """The events at some positions, some at a time."""
    for start in range(0, len(positions), PAGE):
        yield await store.events_at(positions[start : start + PAGE])
        seen(min(start + PAGE, len(positions)), len(positions))


def told(recorded: Recorded) -> Told:
    """An event with all that the log holds of it; `data` is the event's own, in its own words."""
    event = recorded.event
    return {
        "position": recorded.position,
        "stream": event.TOPIC.partition(".")[0],
        "stream_id": str(recorded.stream),
        "version": recorded.version,
        "type": event.TOPIC,
        "recorded_at": rfc3339(recorded.recorded_at),
        "actor": event.actor,
        "data": event.model_dump(mode="json", exclude={"actor"}, exclude_defaults=True),
    }
