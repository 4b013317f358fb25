"""Histories for analysts: as those of the chat, with imports among them, and over weeks instead of seconds."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from application import chat
from application.store import Recorded
from domain.base import Rejected
from domain.profile import ImportName
from domain.reading import ImportReading
from domain.timeline import ImportMessage, MessageSent, Source
from tests.projections.chat import GROUP, OTHER, START
from tests.projections.histories import FIRST, _admit, commands, events_of, people, texts
from tests.spec import conversation_after, place_after

PAST = START - timedelta(days=40)

sent_times = st.integers(0, 60 * 24 * 60).map(
    lambda minutes: PAST + timedelta(minutes=minutes, microseconds=7 * minutes)
)


@dataclass(frozen=True)
class CatchUp:
    """The end of an import: all who take part have read what there is."""

    conversation_id: UUID


def _imported(conversation_id: UUID, speaker: str, sent_at: Any, body: str, message_id: UUID) -> list[Any]:
    message = MessageSent(
        actor=None,
        conversation_id=conversation_id,
        message_id=message_id,
        sender_id=speaker,
        body=body,
        sent_at=sent_at,
        source=Source(conversation="c", message="m"),
    )
    return [
        _admit(conversation_id, speaker, sent_at),
        ImportName(actor=None, user_id=speaker, name="x", told_at=sent_at),
        ImportMessage(actor=None, message=message),
    ]


_imports = st.builds(_imported, st.sampled_from([GROUP, OTHER]), people, sent_times, texts, st.uuids(version=4))
_catch_ups = st.sampled_from([GROUP, OTHER]).map(lambda conversation_id: [CatchUp(conversation_id)])
_steps = st.sampled_from([commands.map(lambda one: [one])] * 6 + [_imports] * 2 + [_catch_ups]).flatmap(
    lambda kind: kind
)


def lived(wanted: Sequence[Any], hours: float) -> list[Recorded]:
    """The log of commands, one every `hours`, each decided on what came of those before it."""
    log: list[Recorded] = []
    folded: dict[UUID | None, chat.Folded] = defaultdict(chat.Folded)
    versions: dict[UUID, int] = defaultdict(int)
    for asked in wanted:
        for command in _catching_up(log, asked.conversation_id) if isinstance(asked, CatchUp) else [asked]:
            events = events_of(log, getattr(command, "conversation_id", None))
            reader = getattr(command, "reader_id", command.actor)
            try:
                read = chat.read_stream(command)
                offered = chat.decide(command, folded[read].state, place_after(reader, *events))
            except Rejected:
                continue
            for one in offered:
                versions[one.stream] += 1
                at = START + timedelta(hours=hours, microseconds=1_017) * len(log)
                log.append(Recorded(len(log) + 1, one.stream, versions[one.stream], at, one.event))
                if one.stream == read:
                    folded[one.stream] = chat.evolve(folded[one.stream], one.event)
    return log


def _catching_up(log: Sequence[Recorded], conversation_id: UUID) -> list[ImportReading]:
    events = events_of(log, conversation_id)
    state, number = conversation_after(*events), sum(isinstance(event, MessageSent) for event in events)
    if state is None or not number:
        return []
    return [
        ImportReading(actor=None, conversation_id=conversation_id, reader_id=user_id, number=number)
        for user_id in state.people
    ]


histories = st.builds(
    lambda steps, hours: lived(FIRST + [command for step in steps for command in step], hours),
    st.lists(_steps, min_size=5, max_size=40),
    st.sampled_from([0.0001, 0.3, 5.1, 30]),
)
