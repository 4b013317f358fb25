"""What each report answers, by the plain reading of the log."""

from collections.abc import Iterator
from datetime import UTC, date, timedelta
from typing import Any

from tests.analytics.plain import STEPS, Message, Plain, day, period, step

Row = dict[str, Any]


def rows(plain: Plain, name: str, begin: date, end: date, by: str, limit: int = 20) -> list[Row]:
    """The rows of a report; days and times are Python's."""
    match name:
        case "activity":
            return _activity(plain, begin, end, by)
        case "hours":
            return _hours(plain, begin, end)
        case "conversations":
            return _conversations(plain, begin, end)[:limit]
        case "response_times":
            answers = [(message.sent_at, message.response) for message in plain.messages]
            taken = [waited for at, waited in answers if waited is not None and begin <= day(at) <= end]
            return _distribution(taken, "response_count")
        case "read_times":
            taken = [waited for message, _, waited in plain.read_times() if begin <= day(message.sent_at) <= end]
            return _distribution(taken, "read_count")
        case "unread":
            return [_unread(plain, when, begin, end, by) for when in periods(begin, end, by)]
        case "growth":
            return _growth(plain, begin, end, by)
        case _:
            raise AssertionError(f"{name} is no report")


def periods(begin: date, end: date, by: str) -> list[date]:
    """The periods that days of a span lie in."""
    return sorted({period(when, by) for when in days(begin, end)})


def days(begin: date, end: date) -> Iterator[date]:
    while begin <= end:
        yield begin
        begin += timedelta(days=1)


def _activity(plain: Plain, begin: date, end: date, by: str) -> list[Row]:
    messages: dict[date, list[Message]] = {when: [] for when in periods(begin, end, by)}
    for message in plain.messages:
        if begin <= day(message.sent_at) <= end:
            messages[period(day(message.sent_at), by)].append(message)
    done: dict[date, list[tuple[str, bool, bool]]] = {when: [] for when in messages}
    for on, who, sending, reading in plain.active():
        if begin <= on <= end:
            done[period(on, by)].append((who, sending, reading))
    return [
        {
            "period": when,
            "message_count": len(sent),
            "character_count": sum(message.length for message in sent),
            "conversation_count": len({message.conversation_id for message in sent}),
            "sender_count": len({who for who, sending, _ in done[when] if sending}),
            "reader_count": len({who for who, _, reading in done[when] if reading}),
            "active_count": len({who for who, _, _ in done[when]}),
        }
        for when, sent in messages.items()
    ]


def _hours(plain: Plain, begin: date, end: date) -> list[Row]:
    times = [message.sent_at.astimezone(UTC) for message in plain.messages if begin <= day(message.sent_at) <= end]
    return [
        {
            "weekday": weekday,
            "hour": hour,
            "message_count": sum(1 for at in times if (at.isoweekday(), at.hour) == (weekday, hour)),
        }
        for weekday in range(1, 8)
        for hour in range(24)
    ]


def _conversations(plain: Plain, begin: date, end: date) -> list[Row]:
    found = []
    for conversation_id, talk in plain.talks.items():
        messages = [message for message in talk.messages if begin <= day(message.sent_at) <= end]
        if messages:
            found.append(
                {
                    "conversation_id": conversation_id,
                    "kind": talk.kind,
                    "participant_count": len(talk.people),
                    "message_count": len(messages),
                    "character_count": sum(message.length for message in messages),
                    "unread_count": sum(map(len, talk.waiting.values())),
                    "last_sent_at": talk.messages[-1].sent_at,
                }
            )
    return sorted(found, key=lambda row: (-row["message_count"], row["conversation_id"]))


def _distribution(taken: list[int], name: str) -> list[Row]:
    return [
        {
            "at_least_seconds": begin,
            "below_seconds": end,
            name: sum(1 for one in taken if step(one) == (begin, end)),
            "milliseconds": sum(one for one in taken if step(one) == (begin, end)),
        }
        for begin, end in zip(STEPS, (*STEPS[1:], None), strict=True)
    ]


def _unread(plain: Plain, when: date, begin: date, end: date, by: str) -> Row:
    within = [one for one in days(begin, end) if period(one, by) == when]
    return {
        "period": when,
        "unread_count": sum(change for at, change in plain.changes.items() if at <= within[-1]),
        "change": sum(change for at, change in plain.changes.items() if at in within),
    }


def _growth(plain: Plain, begin: date, end: date, by: str) -> list[Row]:
    people = [day(min(times)) for times in plain.seen.values()]
    conversations = [day(talk.created_at) for talk in plain.talks.values()]
    messages = [day(message.sent_at) for message in plain.messages]
    found = []
    for when in periods(begin, end, by):
        within = [one for one in days(begin, end) if period(one, by) == when]
        first, last = within[0], within[-1]
        found.append(
            {
                "period": when,
                "new_people": sum(1 for at in people if first <= at <= last),
                "new_conversations": sum(1 for at in conversations if first <= at <= last),
                "new_messages": sum(1 for at in messages if first <= at <= last),
                "people_count": sum(1 for at in people if at <= last),
                "conversation_count": sum(1 for at in conversations if at <= last),
                "message_count": sum(1 for at in messages if at <= last),
            }
        )
    return found
