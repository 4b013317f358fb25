"""Holds all that was told against the log: each claim where the log stands at its position, and what was asked."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import inf
from typing import Any
from uuid import UUID

from application.store import Recorded
from domain.conversation import (
    ConversationRenamed,
    ConversationStarted,
    ParticipantRemoved,
    ParticipantsAdded,
)
from domain.timeline import MessageSent
from projections.rows import rfc3339
from tests.faults.history import Asked, Claim, History, fingerprint
from tests.replay import Replayed, take

Spans = dict[tuple[str, str], list[tuple[int, float]]]
"""When somebody took part in a conversation: from one position to before another."""

DECIDED = ("send", "read", "add", "remove", "rename")
"""What is decided on the log's last state, through whichever server; a look may lag behind what the other has done."""


def walked(history: History, events: Sequence[Recorded]) -> Iterator[str]:
    """All that is wrong with what was told as of some position."""
    chat: dict[str, Replayed] = {}
    claims = sorted((claim for claim in history.claims if claim[0]), key=lambda claim: claim[0])
    digests: dict[str, list[int]] = defaultdict(list)
    places: dict[str, list[Claim]] = defaultdict(list)
    n = 0
    for recorded in events:
        take(chat, recorded)
        if isinstance(event := recorded.event, MessageSent):
            sent_at = rfc3339(recorded.recorded_at)
            print_ = fingerprint(str(event.message_id), event.sender_id, event.body, sent_at)
            digests[str(event.conversation_id)].append(print_)
        while n < len(claims) and claims[n][0] == recorded.position:
            if wrong := _wrong(claims[n], recorded, chat, digests):
                yield wrong
            if claims[n][1] == "place" and not _came_true(claims[n], chat[claims[n][3]]):
                places[claims[n][3]].append(claims[n])
            n += 1
        if found := chat.get(str(getattr(recorded.event, "conversation_id", ""))):
            key = str(recorded.event.conversation_id)
            places[key] = [claim for claim in places[key] if not _came_true(claim, found)]
    yield from (f"never so: {claim}" for waiting in places.values() for claim in waiting)
    yield from (f"beyond the log, which ends at {len(events)}: {claim}" for claim in claims[n:])


def _came_true(claim: Claim, found: Replayed) -> bool:
    """A place is told as it is a little later than what moved it; who has left meanwhile knows no better."""
    *_, user, _, _, read_number, unread_count = claim
    read = found.read[user]
    return user not in found.people or (read, len(found.messages) - read) == (read_number, unread_count)


def _wrong(claim: Claim, recorded: Recorded, chat: dict[str, Replayed], digests: dict[str, list[int]]) -> str | None:
    _, kind, user, conversation_id, *facts = claim
    found = chat.get(conversation_id)
    if found is None:
        return f"of no conversation: {claim}"
    good, has_to_be_there = _holds(kind, facts, user, recorded, found, digests[conversation_id])
    if not good:
        return f"not so: {claim}, but {found.seen_by(user) if user in found.read else found.people}, {recorded.event}"
    if has_to_be_there and user not in found.people:
        return f"not theirs: {claim}"
    return None


def _holds(
    kind: str, facts: list[Any], user: str, recorded: Recorded, found: Replayed, digests: list[int]
) -> tuple[bool, bool]:
    """Whether a claim is true, and whether it is such as only participants are told."""
    event = recorded.event
    match kind, facts:
        case "message", (number, told):
            return isinstance(event, MessageSent) and recorded.version == number and digests[-1] == told, True
        case "content", (number, told):  # one sees also what was said before one came
            return digests[number - 1] == told, False
        case "summary", (figures,):
            seen = found.seen_by(user) if user in found.read else {}
            return (*seen.values(),) == (*figures, recorded.position), True
        case "read", (reader, number):
            return found.read.get(reader) == number, True
        case "people", (added, removed):
            now = set(found.people)
            return now.issuperset(added) and now.isdisjoint(removed), True
        case "removed", ():
            return isinstance(event, ParticipantRemoved) and event.user_id == user, False
        case "theirs", ():
            return True, True
        case "title", (title,):
            return found.title == title, True
        case "people there", users:
            return set(found.people).issuperset(users), True
        case "gone", (gone,):
            return gone not in found.people, False
        case "place", (number, *_):
            return found.read[user] >= number, True
    raise AssertionError(f"a claim that nobody can judge: {kind}")


def logged(history: History, events: Sequence[Recorded]) -> Iterator[str]:
    """All that is wrong with what came of commands: lost, doubled, made up, or out of order."""
    if [one.position for one in events] != list(range(1, len(events) + 1)):
        yield "positions have gaps"
    yield from _versions(events)
    spans = taken_part(events)
    sends = {one.key: one for one in history.asked if one.kind == "send"}
    counted: Counter[str] = Counter()
    for recorded in events:
        match recorded.event:
            case MessageSent() as sent:
                counted[str(sent.message_id)] += 1
                yield from _sent(sends.get(str(sent.message_id)), sent, recorded)
            case ConversationStarted(kind="group", conversation_id=conversation_id):
                counted[str(conversation_id)] += 1
            case ConversationStarted(participant_ids=pair):
                counted[" and ".join(sorted(pair))] += 1
            case ConversationRenamed(title=title):
                counted[str(title)] += bool(title)
    yield from (
        f"{times} times in the log: {key}" for key, times in counted.items() if times > 1 and "title" not in key
    )
    for one in history.asked:
        if one.code not in ("ok", None) and counted[one.key] and (one.kind in ("send", "start group") or one.tries < 2):
            yield f"refused, and in the log: {one}"
        if one.code == "ok" and one.kind in ("send", "start group", "rename") and not counted[one.key]:
            yield f"acknowledged, and not in the log: {one}"
        if one.code == "ok" and one.kind in DECIDED and one.position < one.after + (one.kind == "send"):
            yield f"acknowledged at a position from before it was asked: {one}"
        if one.code == "not_found" and one.kind in DECIDED and one.kind != "remove" and _always(spans, one):
            yield f"not found by who takes part in it: {one}"
    known = sends.keys() | {one.key for one in history.asked}
    yield from (f"asked by nobody: {key}" for key in counted if " and " not in key and key not in known)


def _versions(events: Sequence[Recorded]) -> Iterator[str]:
    """A message's number is its version."""
    last: Counter[UUID] = Counter()
    for one in events:
        if one.version != last[one.stream] + 1:
            yield f"version {one.version} after {last[one.stream]}: {one}"
        last[one.stream] = one.version


def _sent(asked: Asked | None, sent: MessageSent, recorded: Recorded) -> Iterator[str]:
    if asked is None:
        return
    if (sent.sender_id, sent.body, str(sent.conversation_id)) != (asked.user, asked.body, asked.conversation_id):
        yield f"in the log as something else: {asked}, {sent}"
    if asked.code == "ok" and asked.position != recorded.position:
        yield f"acknowledged elsewhere than it is in the log, at {recorded.position}: {asked}"


def taken_part(events: Sequence[Recorded]) -> Spans:
    spans: Spans = defaultdict(list)
    for recorded in events:
        match recorded.event:
            case (
                ConversationStarted(conversation_id=conversation_id, participant_ids=users)
                | ParticipantsAdded(conversation_id=conversation_id, user_ids=users)
            ):
                for user in users:
                    spans[str(conversation_id), user].append((recorded.position, inf))
            case ParticipantRemoved(conversation_id=conversation_id, user_id=user):
                began, _ = spans[str(conversation_id), user][-1]
                spans[str(conversation_id), user][-1] = (began, recorded.position)
    return spans


def _always(spans: Spans, asked: Asked) -> bool:
    """Whether somebody took part when it was asked, and ever since."""
    return any(
        began <= asked.after and ended == inf for began, ended in spans.get((asked.conversation_id, asked.user), ())
    )
