"""Between events and the bytes of their `state`: the only room that knows the event sourcing library's mapper."""

from typing import Any
from uuid import UUID

from eventsourcing.persistence import Mapper, StoredEvent
from eventsourcing.utils import register_topic, resolve_topic

from domain.audit import AuditorRead, AuditorRefused
from domain.base import Event
from domain.conversation import (
    ConversationRenamed,
    ConversationStarted,
    OwnerChanged,
    ParticipantRemoved,
    ParticipantsAdded,
)
from domain.ledger import LedgerKeyTold
from domain.profile import NameTold
from domain.reading import MessagesRead
from domain.timeline import MessageSent

EVENTS: tuple[type[Event], ...] = (
    ConversationStarted,
    ParticipantsAdded,
    ParticipantRemoved,
    OwnerChanged,
    ConversationRenamed,
    MessageSent,
    MessagesRead,
    NameTold,
    LedgerKeyTold,
    AuditorRead,
    AuditorRefused,
)

for _event in EVENTS:  # else a fresh process can't read its own log
    register_topic(_event.TOPIC, _event)


class EventMapper(Mapper[UUID]):
    """Between events and stored ones. The library's own would build pydantic's unvalidated and unequal."""

    def __init__(self) -> None:
        """No transcoder: pydantic knows how its models are written."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Of a `Recorded`. Source: eventsourcing.persistence.Mapper."""
        state = encode(domain_event.event)
        return StoredEvent(domain_event.stream, domain_event.version, domain_event.event.TOPIC, state)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The event. Source: eventsourcing.persistence.Mapper."""
        return decode(stored_event.topic, stored_event.state)


def encode(event: Event) -> bytes:
    """An event's `state`: JSON, without what has its default."""
    return event.__pydantic_serializer__.to_json(event, exclude_defaults=True)


def decode(topic: str, state: bytes) -> Event:
    """The event that a topic and a `state` are. Raises `pydantic.ValidationError` on a state that is none."""
    event_class: type[Event] = resolve_topic(topic)
    return event_class.model_validate_json(state)
