"""Histories as they come about: random commands through the domain, refused ones left out."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from application import chat
from application.store import Recorded
from domain.audit import AuditorRead, RecordReading, RecordRefusal
from domain.base import Event, Rejected
from domain.conversation import (
    AddParticipants,
    AdmitSpeaker,
    RemoveParticipant,
    RenameConversation,
    StartConversation,
    direct_id,
)
from domain.profile import TellName
from domain.reading import MarkRead, Place
from domain.timeline import SendMessage
from tests.projections.chat import GROUP, OTHER, START
from tests.spec import place_after

PEOPLE = ["alice", "bob", "carol", "dave"]
CONVERSATIONS = [GROUP, OTHER, direct_id("alice", "bob"), direct_id("alice", "carol")]

people = st.sampled_from(PEOPLE)
conversations = st.sampled_from([GROUP, GROUP, *CONVERSATIONS])
some = st.lists(people, min_size=1, max_size=3)
texts = st.sampled_from(["x", "y", "un deux", "👍"])
times = st.integers(0, 9).map(lambda seconds: START + timedelta(seconds=seconds))


def _start(actor: str, conversation_id: UUID, kind: Any, others: list[str], title: str | None) -> StartConversation:
    return StartConversation(
        actor=actor,
        conversation_id=conversation_id,
        kind=kind,
        participant_ids=others[:1] if kind == "direct" else others,
        title=None if kind == "direct" else title,
    )


def _admit(conversation_id: UUID, speaker_id: str, spoke_at: Any) -> AdmitSpeaker:
    return AdmitSpeaker(
        actor=None,
        conversation_id=conversation_id,
        kind="group",
        title=None,
        participant_ids=[speaker_id],
        speaker_id=speaker_id,
        spoke_at=spoke_at,
    )


_sent = st.builds(SendMessage, actor=people, conversation_id=conversations, message_id=st.uuids(version=4), body=texts)
_read = st.builds(MarkRead, actor=people, conversation_id=conversations, number=st.one_of(st.none(), st.integers(1, 4)))
_started = st.builds(
    _start,
    people,
    st.sampled_from([GROUP, OTHER]),
    st.sampled_from(["group", "direct"]),
    some,
    st.one_of(st.none(), texts),
)
_added = st.builds(AddParticipants, actor=people, conversation_id=conversations, user_ids=some)
_removed = st.builds(RemoveParticipant, actor=people, conversation_id=conversations, user_id=people)
_left = st.builds(
    lambda user_id: RemoveParticipant(actor=user_id, conversation_id=GROUP, user_id=user_id), st.sampled_from(PEOPLE)
)
_renamed = st.builds(RenameConversation, actor=people, conversation_id=conversations, title=texts)
_told = st.builds(TellName, actor=people, name=texts, told_at=times)
_audited = st.builds(
    RecordReading,
    actor=people,
    auditor=people,
    what=st.sampled_from(["replay", "list"]),
    reason=texts,
    position=st.integers(0, 9),
    conversation_id=st.one_of(st.none(), conversations),
    user_id=st.one_of(st.none(), people),
)
_refused = st.builds(RecordRefusal, actor=people, asked=texts)
_admitted = st.builds(_admit, st.sampled_from([GROUP, OTHER]), people, times)
commands = st.sampled_from(
    [_sent] * 5
    + [_read] * 4
    + [_added] * 2
    + [_removed, _left, _renamed, _started, _told, _admitted, _audited, _refused]
).flatmap(lambda kind: kind)


def happened(wanted: Sequence[Any]) -> list[Recorded]:
    """The log of commands, each decided on what came of those before it."""
    log: list[Recorded] = []
    folded: dict[UUID | None, chat.Folded] = defaultdict(chat.Folded)
    versions: dict[UUID, int] = defaultdict(int)
    for command in wanted:
        try:
            read = chat.read_stream(command)
            offered = chat.decide(command, folded[read].state, place_of(log, command))
        except Rejected:
            continue
        for one in offered:
            versions[one.stream] += 1
            at = START + timedelta(seconds=len(log))
            log.append(Recorded(len(log) + 1, one.stream, versions[one.stream], at, one.event))
            if one.stream == read:
                folded[one.stream] = chat.evolve(folded[one.stream], one.event)
    return log


def place_of(log: Sequence[Recorded], command: Any) -> Place:
    return place_after(command.actor, *events_of(log, getattr(command, "conversation_id", None)))


def events_of(log: Sequence[Recorded], conversation_id: UUID | None) -> list[Event]:
    """What has happened in a conversation; that an auditor has read it has not."""
    in_it = [one.event for one in log if not isinstance(one.event, AuditorRead)]
    return [event for event in in_it if getattr(event, "conversation_id", None) == conversation_id]


FIRST = [
    _start("alice", GROUP, "group", ["bob", "carol"], None),
    _start("bob", OTHER, "direct", ["alice"], None),
    AddParticipants(actor="bob", conversation_id=GROUP, user_ids=["dave"]),
]
"""Else most of what follows would be refused."""

histories = st.lists(commands, min_size=10, max_size=60).map(lambda more: happened(FIRST + more))
