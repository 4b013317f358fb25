"""The log: one contract, held to by PostgreSQL and by the memory that other tests use instead."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from application.codec import EVENTS, EventMapper, decode, encode
from application.store import Appended, Offered, Recent, Recorded, Store, Used
from domain.audit import AuditorRead, AuditorRefused
from domain.base import Event, Source
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
from tests.application.memory_store import MemoryStore
from tests.database import Pools

CONVERSATION = UUID("11111111-1111-4111-8111-111111111111")
MESSAGE = UUID("22222222-2222-4222-8222-222222222222")
ONE, OTHER, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

EVERY_EVENT: list[tuple[Event, bytes]] = [
    (
        ConversationStarted(
            actor="alice",
            conversation_id=CONVERSATION,
            kind="group",
            title=None,
            owner_id="alice",
            participant_ids=["alice", "bob"],
        ),
        b'{"actor":"alice","conversation_id":"11111111-1111-4111-8111-111111111111","kind":"group","title":null,'
        b'"owner_id":"alice","participant_ids":["alice","bob"]}',
    ),
    (
        ParticipantsAdded(actor=None, conversation_id=CONVERSATION, user_ids=["carol"], joined_at=NOON),
        b'{"actor":null,"conversation_id":"11111111-1111-4111-8111-111111111111","user_ids":["carol"],'
        b'"joined_at":"2026-11-23T12:00:00Z"}',
    ),
    (
        ParticipantRemoved(actor="alice", conversation_id=CONVERSATION, user_id="bob"),
        b'{"actor":"alice","conversation_id":"11111111-1111-4111-8111-111111111111","user_id":"bob"}',
    ),
    (
        OwnerChanged(actor="alice", conversation_id=CONVERSATION, owner_id="carol"),
        b'{"actor":"alice","conversation_id":"11111111-1111-4111-8111-111111111111","owner_id":"carol"}',
    ),
    (
        ConversationRenamed(actor="carol", conversation_id=CONVERSATION, title="Équipe 👍"),
        '{"actor":"carol","conversation_id":"11111111-1111-4111-8111-111111111111","title":"Équipe 👍"}'.encode(),
    ),
    (
        MessageSent(
            actor=None,
            conversation_id=CONVERSATION,
            message_id=MESSAGE,
            sender_id="carol",
            body='"\\\n\x01',
            sent_at=NOON,
            source=Source(conversation="room", message="7"),
        ),
        b'{"actor":null,"conversation_id":"11111111-1111-4111-8111-111111111111",'
        b'"message_id":"22222222-2222-4222-8222-222222222222","sender_id":"carol","body":"\\"\\\\\\n\\u0001",'
        b'"sent_at":"2026-11-23T12:00:00Z","source":{"conversation":"room","message":"7"}}',
    ),
    (
        MessagesRead(actor="carol", conversation_id=CONVERSATION, user_id="carol", number=1),
        b'{"actor":"carol","conversation_id":"11111111-1111-4111-8111-111111111111","user_id":"carol","number":1}',
    ),
    (
        NameTold(actor="carol", user_id="carol", name="Carol", told_at=NOON),
        b'{"actor":"carol","user_id":"carol","name":"Carol","told_at":"2026-11-23T12:00:00Z"}',
    ),
    (
        LedgerKeyTold(actor=None, public_key="1f" * 32),
        b'{"actor":null,"public_key":"' + b"1f" * 32 + b'"}',
    ),
    (
        AuditorRead(
            actor="carla",
            auditor="carla",
            what="explain",
            reason="plainte n° 411",
            position=12,
            conversation_id=CONVERSATION,
            user_id="bob",
        ),
        '{"actor":"carla","auditor":"carla","what":"explain","reason":"plainte n° 411","position":12,'
        '"conversation_id":"11111111-1111-4111-8111-111111111111","user_id":"bob"}'.encode(),
    ),
    (
        AuditorRefused(actor="mallory", asked="/api/audit/readings", unrecorded=2),
        b'{"actor":"mallory","asked":"/api/audit/readings","unrecorded":2}',
    ),
]


@dataclass
class Log:
    """A log as the process that writes it sees it, and as another process does."""

    store: Any
    other: Any
    database_url: str | None = None

    async def page(self, stream: UUID, limit: int, **limits: Any) -> list[Recorded]:
        if self.database_url is None:
            return await self.store.page(None, stream, limit, **limits)
        async with self.store.reading.connection() as connection:
            return await self.store.page(connection, stream, limit, **limits)

    def put_last_event_ahead(self, by: timedelta) -> datetime:
        """As if the clock had been put back since the last event."""
        if self.database_url is None:
            ahead = self.store.events[-1].recorded_at + by
            self.store.events[-1] = self.store.events[-1]._replace(recorded_at=ahead)
            return ahead
        with psycopg.connect(self.database_url, options="-c timezone=UTC") as connection:
            query = """UPDATE events SET recorded_at = recorded_at + %s
                WHERE notification_id = (SELECT max(notification_id) FROM events) RETURNING recorded_at"""
            return connection.execute(query, [by]).fetchone()[0]


@pytest.fixture(params=["memory", "postgres"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    if request.param == "memory":
        memory = MemoryStore()
        return Log(memory, memory)
    pools = request.getfixturevalue("pools")
    return Log(pools.store(), pools.store(), request.getfixturevalue("database_url"))


def renamed(title: str = "x") -> Event:
    return ConversationRenamed(actor="alice", conversation_id=CONVERSATION, title=title)


def said(body: str = "hi", message_id: UUID | None = None, sender_id: str = "alice") -> MessageSent:
    return MessageSent(
        actor="alice",
        conversation_id=CONVERSATION,
        message_id=message_id or uuid4(),
        sender_id=sender_id,
        body=body,
    )


async def append(
    store: Any, *offered: tuple[UUID, Event], expect: dict[UUID, int] | None = None, ask: tuple[UUID, ...] = ()
) -> Appended:
    return await store.append(uuid4(), [Offered(*one) for one in offered], expect or {}, ask)


async def everything(store: Any) -> list[Recorded]:
    events: list[Recorded] = []
    while more := await store.tail(len(events), 1_000):
        events += more
    return events


def places(recorded: Any) -> list[tuple[int, int] | None]:
    return [one and (one.position, one.version) for one in recorded]


async def test_an_empty_log_has_nothing(log: Log) -> None:
    assert await log.store.end() == 0
    assert await log.store.version(ONE) == 0
    assert await log.store.read([ONE]) == {ONE: []}
    assert await log.store.tail(0, 10) == []
    assert await log.page(ONE, 10, upto=20) == []


async def test_positions_and_versions_are_given_without_gaps(log: Log) -> None:
    first = await append(log.store, (ONE, renamed()), (OTHER, renamed()), (ONE, renamed()))
    second = await append(log.store, (THIRD, renamed()), (OTHER, renamed()), (ONE, renamed()))
    assert places(first.recorded) == [(1, 1), (2, 1), (3, 2)]
    assert places(second.recorded) == [(4, 1), (5, 2), (6, 3)]
    assert (first.preceding, second.preceding) == (0, 3)


async def test_what_is_read_is_what_was_appended(log: Log) -> None:
    offered = [(UUID(int=n), event) for n, (event, _) in enumerate(EVERY_EVENT, 1)]
    appended = await append(log.store, *offered)
    assert [(one.stream, one.event) for one in appended.recorded] == offered
    for store in log.store, log.other:
        assert await everything(store) == list(appended.recorded)
        assert await store.read([stream for stream, _ in offered]) == {one.stream: [one] for one in appended.recorded}
    assert await log.page(ONE, 10, upto=20) == [appended.recorded[0]]


async def test_who_is_going_to_write_does_not_wait_for_those_who_read(pools: Pools) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(pools.reading.max_size):
            await stack.enter_async_context(pools.reading.connection())
        assert await pools.store().read([CONVERSATION], to_write=True) == {CONVERSATION: []}


async def test_times_are_utc(log: Log) -> None:
    appended = await append(log.store, (ONE, renamed()))
    [recorded] = await log.other.tail(0, 10)
    assert recorded.recorded_at == appended.recorded_at
    assert recorded.recorded_at.utcoffset() == timedelta(0)
    assert abs(recorded.recorded_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_the_time_of_record_never_goes_back(log: Log) -> None:
    await append(log.store, (ONE, renamed()))
    ahead = log.put_last_event_ahead(timedelta(hours=1))
    appended = await append(log.store, (ONE, renamed()))
    assert appended.recorded_at == appended.recorded[0].recorded_at == ahead


async def test_streams_and_their_ends_are_found(log: Log) -> None:
    await append(log.store, (ONE, renamed("a")), (OTHER, renamed("b")), (ONE, renamed("c")))
    assert await log.store.end() == 3
    assert (await log.store.version(ONE), await log.store.version(THIRD)) == (2, 0)
    streams = await log.store.read([THIRD, ONE])
    assert {stream: [one.event.title for one in events] for stream, events in streams.items()} == {
        THIRD: [],
        ONE: ["a", "c"],
    }


async def test_an_append_whose_expectations_hold_is_written(log: Log) -> None:
    await append(log.store, (ONE, renamed()), expect={ONE: 0})
    appended = await append(log.store, (ONE, renamed()), expect={ONE: 1, OTHER: 0})
    assert places(appended.recorded) == [(2, 2)]
    assert appended.failed == frozenset()


@pytest.mark.parametrize("wrong", [0, 1, 3])
async def test_an_append_on_another_version_writes_nothing(log: Log, wrong: int) -> None:
    await append(log.store, (ONE, renamed()), (ONE, renamed()))
    appended = await append(log.store, (OTHER, renamed()), (ONE, renamed()), expect={ONE: wrong, OTHER: 0})
    assert appended.failed == {ONE}
    assert appended.preceding == 2
    assert (appended.recorded, appended.used) == ((), {})
    assert await log.store.end() == 2


async def test_streams_that_were_only_read_are_held_to_their_versions_too(log: Log) -> None:
    await append(log.store, (ONE, renamed()), (OTHER, renamed()))
    appended = await append(log.store, (THIRD, renamed()), expect={ONE: 0, OTHER: 0, THIRD: 0})
    assert appended.failed == {ONE, OTHER}
    assert await log.store.end() == 2


async def test_what_was_refused_leaves_no_trace(log: Log) -> None:
    await append(log.store, (ONE, renamed()))
    append_id = uuid4()
    offered = [Offered(OTHER, said(message_id=MESSAGE))]
    assert (await log.store.append(append_id, offered, {ONE: 0})).failed == {ONE}
    appended = await log.store.append(append_id, offered, {ONE: 1})
    assert places(appended.recorded) == [(2, 1)]
    assert appended.used == {}


async def test_an_append_seen_before_answers_what_it_did_then(log: Log) -> None:
    append_id = uuid4()
    await append(log.store, (OTHER, said(message_id=MESSAGE)))
    offered = [Offered(ONE, renamed()), Offered(OTHER, said(message_id=MESSAGE)), Offered(OTHER, said("ho"))]
    first = await log.store.append(append_id, offered, {ONE: 0})
    await append(log.store, (ONE, renamed("since")), (OTHER, said("since")))
    again = await log.other.append(append_id, offered, {ONE: 0})
    assert again == first
    assert places(again.recorded) == [(2, 1), None, (3, 2)]
    assert await log.store.end() == 5


async def test_a_message_id_used_before_is_left_out_and_its_first_use_returned(log: Log) -> None:
    first = await append(log.store, (OTHER, renamed()), (ONE, said("first", MESSAGE)))
    appended = await append(log.store, (ONE, said("a")), (ONE, said("other", MESSAGE)), (ONE, said("b")))
    assert places(appended.recorded) == [(3, 2), None, (4, 3)]
    use = Used(2, 1, said("first", MESSAGE).content_hash(), first.recorded_at)
    assert appended.used == {MESSAGE: use}
    assert [one.event.body for one in (await log.store.read([ONE]))[ONE]] == ["first", "a", "b"]


async def test_an_append_of_nothing_but_used_message_ids_writes_nothing(log: Log) -> None:
    await append(log.store, (ONE, said("first", MESSAGE)))
    appended = await append(log.store, (ONE, said("first", MESSAGE)))
    assert list(appended.recorded) == [None]
    assert appended.preceding == await log.store.end() == 1


async def test_a_message_id_is_used_once_in_all_conversations(log: Log) -> None:
    await append(log.store, (ONE, said(message_id=MESSAGE)))
    appended = await append(log.store, (OTHER, said(message_id=MESSAGE)))
    assert list(appended.recorded) == [None]
    assert await log.store.version(OTHER) == 0


async def test_message_ids_can_be_asked_after(log: Log) -> None:
    first = await append(log.store, (ONE, said("first", MESSAGE)))
    appended = await append(log.store, (OTHER, renamed()), ask=(MESSAGE, uuid4()))
    assert appended.used == {MESSAGE: Used(1, 1, said("first", MESSAGE).content_hash(), first.recorded_at)}


async def test_a_message_id_asked_after_and_used_by_the_same_append_is_no_use_before(log: Log) -> None:
    appended = await append(log.store, (ONE, said(message_id=MESSAGE)), ask=(MESSAGE,))
    assert appended.used == {}
    assert places(appended.recorded) == [(1, 1)]


async def test_an_append_of_nothing_checks_what_it_expects(log: Log) -> None:
    await append(log.store, (ONE, said(message_id=MESSAGE)))
    held = await append(log.store, expect={ONE: 1}, ask=(MESSAGE,))
    assert (held.preceding, list(held.recorded), list(held.used)) == (1, [], [MESSAGE])
    assert (await append(log.store, expect={ONE: 0})).failed == {ONE}
    assert await log.store.end() == 1


async def test_nothing_is_half_written(log: Log) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        await append(log.store, (ONE, renamed()), (ONE, said(message_id=MESSAGE)), (ONE, said(message_id=MESSAGE)))
    assert await everything(log.store) == await everything(log.other) == []
    appended = await append(log.store, (ONE, said(message_id=MESSAGE)))
    assert places(appended.recorded) == [(1, 1)]
    assert appended.used == {}


async def test_the_tail_is_what_comes_after_a_position(log: Log) -> None:
    for stream in (ONE, OTHER, ONE, THIRD, ONE):
        await append(log.store, (stream, renamed()))
    for store in log.store, log.other:
        assert [one.position for one in await store.tail(0, 10)] == [1, 2, 3, 4, 5]
        assert [one.position for one in await store.tail(2, 10)] == [3, 4, 5]
        assert [one.position for one in await store.tail(1, 2)] == [2, 3]
        assert [one.position for one in await store.tail(1, 10, upto=3)] == [2, 3]
        assert [one.position for one in await store.tail(1, 1, upto=3)] == [2]
        assert await store.tail(3, 10, upto=3) == await store.tail(4, 10, upto=3) == []
        assert await store.tail(5, 10) == await store.tail(9, 10) == []


async def test_the_tail_follows_what_several_processes_write(log: Log) -> None:
    for store in (log.store, log.other, log.other, log.store, log.other):
        await append(store, (ONE, renamed()))
    for store in log.store, log.other:
        assert [one.position for one in await everything(store)] == [1, 2, 3, 4, 5]


PAGES: list[tuple[dict[str, int], list[int]]] = [
    ({}, [1, 2, 3]),
    ({"above": 5}, [6, 7, 8]),
    ({"above": 8}, [9, 10]),
    ({"above": 10}, []),
    ({"below": 2**63 - 1}, [8, 9, 10]),
    ({"below": 5}, [2, 3, 4]),
    ({"below": 2}, [1]),
    ({"below": 1}, []),
    ({"since": 10}, [6, 7, 8]),
    ({"since": 11}, [6, 7, 8]),
    ({"since": 17}, [9, 10]),
    ({"since": 20}, []),
    ({"upto": 4}, [1, 2]),
    ({"upto": 0}, []),
    ({"above": 5, "upto": 13}, [6]),
    ({"below": 2**63 - 1, "upto": 13}, [4, 5, 6]),
    ({"since": 10, "upto": 15}, [6, 7]),
    ({"since": 10, "above": 7}, [8, 9, 10]),
    ({"below": 9, "since": 13}, [7, 8]),
]
"""What is asked for of ten messages, of which number n is at position 2 n; and the numbers on the page."""


async def test_a_page_is_part_of_a_stream_in_order(log: Log) -> None:
    for _ in range(10):
        await append(log.store, (OTHER, said()), (ONE, said()))
    pages = [(asked, await log.page(ONE, 3, **{"upto": 20} | asked)) for asked, _ in PAGES]
    assert [(asked, [one.version for one in events]) for asked, events in pages] == PAGES
    assert {one.stream for _, events in pages for one in events} == {ONE}


async def test_events_of_several_streams_are_found_in_the_order_of_the_log(log: Log) -> None:
    await append(log.store, (ONE, said()), (OTHER, said()), (THIRD, said()), (ONE, said()), (OTHER, said()))
    positions = [(await log.store.positions([OTHER, ONE], upto, after)).tolist() for upto, after in ((9, 0), (4, 1))]
    assert positions == [[1, 2, 4, 5], [2, 4]]
    assert [one.position for one in await log.store.events_at([4, 2])] == [2, 4]
    assert [one.stream for one in await log.store.events_at([4, 2])] == [OTHER, ONE]
    assert await log.store.events_at([]) == []


async def test_the_last_event_of_a_stream_is_found_for_any_position(log: Log) -> None:
    await append(log.store, (ONE, said()), (OTHER, said()), (ONE, said()))
    found = [await log.store.last_positions([stream], [upto]) for stream, upto in ((ONE, 2), (ONE, 9), (OTHER, 1))]
    assert found == [[1], [3], []]
    assert sorted(await log.store.last_positions([ONE, OTHER, ONE], [2, 2, 3])) == [1, 2, 3]


async def test_events_that_name_somebody_are_found(log: Log) -> None:
    odd = "a\"\\/'b"
    wanted = said(sender_id=odd)
    await append(log.store, (ONE, wanted), (ONE, renamed(odd)), (ONE, said(body=odd + " ")), (ONE, said(sender_id=odd)))
    topic = wanted.TOPIC
    assert [one.position for one in await log.store.naming(odd, [topic], 9)] == [1, 4]
    assert [one.position for one in await log.store.naming(odd, [topic, renamed().TOPIC], 3)] == [1, 2]
    assert await log.store.naming("a", [topic], 9) == []


async def test_an_instant_is_the_last_position_recorded_at_or_before_it(log: Log) -> None:
    assert await log.store.position_at(datetime(2020, 1, 1, tzinfo=UTC)) == 0
    appended = [await append(log.store, *[(ONE, renamed())] * count) for count in (1, 3, 2)]
    ends = [each.recorded[-1].position for each in appended]
    assert [await log.store.position_at(each.recorded_at) for each in appended] == ends == [1, 4, 6]
    before = [each.recorded_at - timedelta(microseconds=1) for each in appended]
    assert [await log.store.position_at(instant) for instant in before] == [0, 1, 4]


async def test_an_instant_that_is_yet_to_come_has_no_position(log: Log) -> None:
    await append(log.store, (ONE, said()))
    assert await log.store.position_at(datetime.now(UTC) + timedelta(hours=1)) is None


async def test_appends_at_once_follow_one_another(log: Log) -> None:
    appended = await asyncio.gather(*(append(log.store, (ONE, renamed()), (OTHER, renamed())) for _ in range(20)))
    positions = sorted(one.position for each in appended for one in each.recorded)
    versions = sorted(each.recorded[0].version for each in appended)
    assert positions == list(range(1, 41))
    assert versions == list(range(1, 21))


async def test_of_two_appends_at_once_on_one_version_one_fails(log: Log) -> None:
    appended = await asyncio.gather(*(append(log.store, (ONE, renamed()), expect={ONE: 0}) for _ in range(10)))
    assert sorted(len(each.recorded) for each in appended) == [0] * 9 + [1]


class TestEventsAsTheyAreStored:
    @pytest.mark.parametrize(("event", "state"), EVERY_EVENT)
    def test_an_events_state_never_changes(self, event: Event, state: bytes) -> None:
        assert encode(event) == state
        assert decode(event.TOPIC, state) == event

    def test_every_event_of_the_domain_can_be_read(self) -> None:
        assert {type(event) for event, _ in EVERY_EVENT} == set(EVENTS)
        assert {event for event in Event.__subclasses__() if event.__module__.startswith("domain.")} == set(EVENTS)

    def test_a_state_that_is_no_event_is_refused(self) -> None:
        with pytest.raises(ValueError, match="conversation_id"):
            decode(ConversationRenamed.TOPIC, b'{"actor":"alice","title":"x"}')

    def test_the_librarys_mapper_interface_gives_them_too(self) -> None:
        recorded = Recorded(7, ONE, 3, NOON, renamed("x"))
        stored = EventMapper().to_stored_event(recorded)
        assert (stored.originator_id, stored.originator_version, stored.topic) == (ONE, 3, "conversation.renamed")
        assert EventMapper().to_domain_event(stored) == recorded.event


class TestWhatAProcessWroteItself:
    def recent(self, keep: int, *positions: int) -> Recent:
        recent = Recent(keep)
        recent.add(Recorded(position, ONE, position, NOON, renamed()) for position in positions)
        return recent

    def test_is_the_run_that_follows_a_position(self) -> None:
        recent = self.recent(10, 3, 4, 6)
        assert [one.position for one in recent.tail(2, 10, None)] == [3, 4]
        assert [one.position for one in recent.tail(2, 1, None)] == [3]
        assert [one.position for one in recent.tail(2, 10, 3)] == [3]
        assert recent.tail(1, 10, None) == recent.tail(4, 10, None) == recent.tail(6, 10, None) == []

    def test_is_forgotten_at_length(self) -> None:
        recent = self.recent(3, 1, 2, 3, 4, 5)
        assert recent.tail(1, 10, None) == []
        assert [one.position for one in recent.tail(2, 10, None)] == [3, 4, 5]

    async def test_is_not_read_again(self, database_url: str, store: Store) -> None:
        appended = await append(store, (ONE, renamed()))
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE events SET topic = 'unreadable'")
        assert await store.tail(0, 10) == appended.recorded

    async def test_and_what_it_keeps_is_not_either(self, database_url: str, store: Store) -> None:
        appended = await append(store, (ONE, renamed()))
        other = Store(store.reading, store.writing)
        other.keeps = True
        assert await other.tail(0, 10) == appended.recorded
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE events SET topic = 'unreadable'")
        assert await other.tail(0, 10) == appended.recorded


async def test_appends_are_remembered_for_an_hour(database_url: str, store: Store) -> None:
    def remembered() -> int:
        with psycopg.connect(database_url) as connection:
            return connection.execute("SELECT count(*) FROM appends").fetchone()[0]

    await append(store, (ONE, renamed()))
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE appends SET recorded_at = recorded_at - interval '61 minutes'")
    await append(store, *[(ONE, renamed())] * 998)
    assert remembered() == 2
    await append(store, (ONE, renamed()))
    assert remembered() == 2


class TestEventsAsTheyLieInTheLog:
    async def test_are_what_was_written(self, store: Store) -> None:
        appended = await append(store, (ONE, renamed()), (OTHER, renamed("é")), (ONE, renamed()))
        raw = await store.raw(0, 10)
        assert [(one.position, UUID(bytes=one.stream), one.version) for one in raw] == [
            (1, ONE, 1),
            (2, OTHER, 1),
            (3, ONE, 2),
        ]
        assert [decode(one.topic, one.state) for one in raw] == [one.event for one in appended.recorded]
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=raw[0].recorded_at)
        assert moment == appended.recorded_at

    async def test_come_by_pages(self, store: Store) -> None:
        await append(store, *((ONE, renamed()) for _ in range(5)))
        assert [one.position for one in await store.raw(1, 2)] == [2, 3]
        assert [one.position for one in await store.raw(1, 9, 3)] == [2, 3]
        assert await store.raw(5, 9) == await store.raw(1, 9, 0) == []

    async def test_are_read_whatever_they_have_become(self, store: Store, database_url: str) -> None:
        await append(store, (ONE, renamed()))
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE events SET notification_id = -7, state = '\\xff', recorded_at = 'infinity'")
        (found,) = await store.raw(-100, 1)
        assert (found.position, found.state, found.recorded_at) == (-7, b"\xff", 0)
