"""What each view of the contract holds, by the plain reading of the log."""

from datetime import UTC, date
from typing import Any

from tests.analytics.plain import STEPS, Plain, added, day, period, step

Rows = set[tuple[Any, ...]]


def views(plain: Plain) -> dict[str, Rows]:
    """Every view of the contract by its name."""
    last = plain.log[-1] if plain.log else None
    days = sorted(when for when, *_ in plain.active())
    return {
        "version": {(1,)},
        "freshness": {
            (
                last.position if last else 0,
                last.recorded_at if last else None,
                days[0] if days else None,
                days[-1] if days else None,
            )
        },
        "steps": set(zip(range(len(STEPS)), STEPS, (*STEPS[1:], None), strict=True)),
        "conversations": _conversations(plain),
        "participants": _participants(plain),
        "messages": {
            (m.conversation_id, m.number, m.sender_id, m.length, m.sent_at, m.imported, m.response, m.position)
            for m in plain.messages
        },
        "reads": _reads(plain),
        "message_reads": {
            (m.conversation_id, m.number, r.user_id, m.sent_at, r.read_at, taken) for m, r, taken in plain.read_times()
        },
        "people": _people(plain),
        "daily_people": _flat(added(((when, who), (sent, read)) for when, who, sent, read in plain.active())),
        "daily_conversations": _flat(
            added(((day(m.sent_at), m.conversation_id), (1, m.length)) for m in plain.messages)
        ),
        "daily_activity": {
            (*row, len({m.conversation_id for m in plain.messages if day(m.sent_at) == row[0]}))
            for row in _flat(added(((day(m.sent_at),), (1, m.length)) for m in plain.messages))
        },
        "hourly_activity": _flat(
            added(
                ((m.sent_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0),), (1, m.length))
                for m in plain.messages
            )
        ),
        "daily_active_people": active(plain, "day"),
        "weekly_active_people": active(plain, "week"),
        "monthly_active_people": active(plain, "month"),
        "response_times": _flat(
            added(
                ((day(m.sent_at), *step(m.response)), (1, m.response)) for m in plain.messages if m.response is not None
            )
        ),
        "read_times": _flat(added(((day(m.sent_at), *step(taken)), (1, taken)) for m, _, taken in plain.read_times())),
        "unread_backlog": _unread(plain),
        "growth": _growth(plain),
    }


def active(plain: Plain, by: str, begin: date = date.min, end: date = date.max) -> Rows:
    """How many were active in each period, counting the days from `begin` to `end`."""
    done = [(period(one[0], by), *one[1:]) for one in plain.active() if begin <= one[0] <= end]
    return {
        (
            when,
            len({who for then, who, *_ in done if then == when}),
            len({who for then, who, sent, _ in done if then == when and sent}),
            len({who for then, who, _, read in done if then == when and read}),
        )
        for when in {one[0] for one in done}
    }


def _flat(sums: dict[Any, tuple[int, ...]]) -> Rows:
    return {(*key, *numbers) for key, numbers in sums.items()}


def _conversations(plain: Plain) -> Rows:
    return {
        (
            conversation_id,
            talk.kind,
            talk.created_at,
            len(talk.people),
            len(talk.messages),
            talk.messages[-1].sender_id if talk.messages else None,
            talk.messages[-1].sent_at if talk.messages else None,
        )
        for conversation_id, talk in plain.talks.items()
    }


def _participants(plain: Plain) -> Rows:
    return {
        (
            conversation_id,
            user_id,
            joined_at,
            talk.removed.get(user_id),
            talk.place[user_id],
            len(talk.waiting[user_id]) if user_id in talk.people else None,
        )
        for conversation_id, talk in plain.talks.items()
        for user_id, joined_at in talk.joined.items()
    }


def _reads(plain: Plain) -> Rows:
    times = plain.read_times()
    return {
        (
            reading.position,
            reading.conversation_id,
            reading.user_id,
            reading.numbers[0],
            reading.numbers[-1],
            reading.read_at,
            sum(1 for _, of, _ in times if of is reading),
            sum(taken for _, of, taken in times if of is reading),
        )
        for reading in plain.readings
    }


def _people(plain: Plain) -> Rows:
    done = plain.active()
    return {
        (
            user_id,
            min(times),
            sum(sent for _, who, sent, _ in done if who == user_id),
            sum(read for _, who, _, read in done if who == user_id),
            max((when for when, who, *_ in done if who == user_id), default=None),
        )
        for user_id, times in plain.seen.items()
    }


def _unread(plain: Plain) -> Rows:
    return {
        (when, sum(other for then, other in plain.changes.items() if then <= when), change)
        for when, change in plain.changes.items()
        if change
    }


def _growth(plain: Plain) -> Rows:
    news = [(day(min(times)), 0) for times in plain.seen.values()]
    news += [(day(talk.created_at), 1) for talk in plain.talks.values()]
    news += [(day(message.sent_at), 2) for message in plain.messages]
    return {
        (
            when,
            *(sum(1 for then, kind in news if then == when and kind == each) for each in range(3)),
            *(sum(1 for then, kind in news if then <= when and kind == each) for each in range(3)),
        )
        for when, _ in news
    }
