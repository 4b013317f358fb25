"""The log by the event sourcing library's interface: it passes the library's own tests of such recorders."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from eventsourcing.tests.persistence import ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase

from application.codec import EventMapper
from application.recorder import LogRecorder
from application.store import Offered, Recorded, Store
from domain.conversation import ConversationRenamed

ONE = UUID(int=1)


@pytest.fixture
def recorder(database_url: str) -> Iterator[LogRecorder]:
    recorder = LogRecorder(database_url)
    yield recorder
    recorder.close()


class TestApplicationRecorder(ApplicationRecorderTestCase):
    @pytest.fixture(autouse=True)
    def given(self, recorder: LogRecorder) -> None:
        self.recorder = recorder

    def create_recorder(self) -> LogRecorder:
        return self.recorder

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestNonInterleavingNotificationIDs(NonInterleavingNotificationIDsBaseCase):
    @pytest.fixture(autouse=True)
    def given(self, recorder: LogRecorder) -> None:
        self.recorder = recorder

    def create_recorder(self) -> LogRecorder:
        return self.recorder

    def create_stack(self, originator_id: UUID) -> list[StoredEvent]:
        return [stored(originator_id, version) for version in range(self.insert_num)]


# The library's abstract cases are not ours to run.
del ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase


def stored(stream: UUID, version: int) -> StoredEvent:
    return StoredEvent(stream, version, "topic", b"state")


async def test_the_chats_events_are_the_librarys(store: Store, recorder: LogRecorder) -> None:
    event = ConversationRenamed(actor="alice", conversation_id=uuid4(), title="x")
    appended = await store.append(uuid4(), [Offered(ONE, event)], {})
    [found] = recorder.select_events(ONE)
    assert found == EventMapper().to_stored_event(appended.recorded[0])
    assert EventMapper().to_domain_event(found) == event
    assert recorder.max_notification_id() == 1


async def test_what_the_library_writes_the_chat_reads(store: Store, recorder: LogRecorder) -> None:
    event = ConversationRenamed(actor="alice", conversation_id=uuid4(), title="x")
    template = Recorded(0, ONE, 1, None, event)
    assert recorder.insert_events([EventMapper().to_stored_event(template)]) == [1]
    [recorded] = await store.tail(0, 10)
    assert (recorded.position, recorded.stream, recorded.version, recorded.event) == (1, ONE, 1, event)


def test_a_version_in_use_is_a_conflict_and_leaves_no_gap(recorder: LogRecorder) -> None:
    recorder.insert_events([stored(ONE, 1)])
    with pytest.raises(IntegrityError):
        recorder.insert_events([stored(ONE, 2), stored(ONE, 1)])
    assert recorder.insert_events([stored(ONE, 2)]) == [2]


def test_a_database_that_is_away_is_the_librarys_error(database_url: str) -> None:
    recorder = LogRecorder(database_url, connections=1)
    recorder.insert_events([stored(ONE, 1)])
    end_sessions(database_url, "litspark recorder")
    with pytest.raises(OperationalError):
        recorder.select_events(ONE)
    assert len(recorder.select_events(ONE)) == 1
    recorder.close()


def test_a_subscription_outlives_its_connections(database_url: str, recorder: LogRecorder) -> None:
    recorder.insert_events([stored(ONE, 1)])
    with recorder.subscribe() as subscription:
        assert [one.id for one in islice(subscription, 1)] == [1]
        while not end_sessions(database_url, "litspark subscription"):
            pass
        end_sessions(database_url, "litspark recorder")
        insist(lambda: recorder.insert_events([stored(ONE, 2)]))
        assert [one.id for one in islice(subscription, 1)] == [2]
        recorder.insert_events([stored(ONE, 3)])
        assert [one.id for one in islice(subscription, 1)] == [3]


def insist(attempt: Callable[[], object]) -> None:
    """Until the pool has got over its dead connections."""
    while True:
        with suppress(OperationalError):
            attempt()
            return


def end_sessions(database_url: str, application_name: str) -> int:
    """How many sessions of that name there were; now there are none."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        query = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
            WHERE application_name = %s AND datname = current_database()"""
        return len(connection.execute(query, [application_name]).fetchall())
