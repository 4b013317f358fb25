"""The log by the event sourcing library's own interface, so that any tool of that library can read it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import psycopg
import structlog
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    ListenNotifySubscription,
    Notification,
    OperationalError,
    StoredEvent,
)
from psycopg.rows import class_row, namedtuple_row
from psycopg_pool import ConnectionPool

from application.arrays import bigints, byteas, texts, uuids
from application.listening import APPENDED
from application.store import APPEND

log = structlog.get_logger()

STORED = "originator_id, originator_version, topic, state"


class LogRecorder(ApplicationRecorder):
    """The log of a database. Events come with versions; messages among them are not known by their message_ids."""

    def __init__(self, database_url: str, *, connections: int = 4) -> None:
        self.database_url = database_url
        self._pool = ConnectionPool(
            database_url,
            min_size=1,
            max_size=connections,
            open=True,
            kwargs={"autocommit": True, "client_encoding": "UTF8", "application_name": "litspark recorder"},
        )

    def close(self) -> None:
        self._pool.close()

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        streams: list[Any] = [event.originator_id for event in stored_events]
        parameters = {
            "append_id": uuid4(),
            "streams": uuids(streams),
            "versions": bigints(event.originator_version for event in stored_events),
            "topics": texts(event.topic for event in stored_events),
            "states": byteas(event.state for event in stored_events),
            "message_ids": uuids(None for _ in stored_events),
            "content_hashes": byteas(None for _ in stored_events),
            "expected_streams": uuids([]),
            "expected_versions": bigints([]),
            "asked_ids": uuids([]),
        }
        with self._connection() as connection, connection.cursor(row_factory=namedtuple_row) as cursor:
            row: Any = cursor.execute(APPEND, parameters, prepare=True).fetchone()
            return list(row.positions)

    def select_events(
        self,
        originator_id: Any,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        query = f"""SELECT {STORED} FROM events WHERE originator_id = %(originator_id)s
            AND (%(gt)s::bigint IS NULL OR originator_version > %(gt)s)
            AND (%(lte)s::bigint IS NULL OR originator_version <= %(lte)s)
            ORDER BY originator_version {"DESC" if desc else "ASC"} LIMIT %(limit)s"""
        parameters = {"originator_id": originator_id, "gt": gt, "lte": lte, "limit": limit}
        with self._connection() as connection, connection.cursor(row_factory=class_row(StoredEvent)) as cursor:
            return cursor.execute(query.encode(), parameters).fetchall()

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        query = f"""SELECT notification_id AS id, {STORED} FROM events
            WHERE notification_id > %(after)s AND (%(stop)s::bigint IS NULL OR notification_id <= %(stop)s)
            AND (%(topics)s::text[] = '{{}}' OR topic = ANY(%(topics)s))
            ORDER BY notification_id LIMIT %(limit)s"""
        after = (start or 0) - (1 if inclusive_of_start else 0)
        parameters = {"after": after, "stop": stop, "topics": list(topics), "limit": limit}
        with self._connection() as connection, connection.cursor(row_factory=class_row(Notification)) as cursor:
            return cursor.execute(query.encode(), parameters).fetchall()

    def max_notification_id(self) -> int | None:
        with self._connection() as connection:
            row: Any = connection.execute("SELECT max(notification_id) FROM events").fetchone()
            last: int | None = row[0]
            return last

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> "LogSubscription":
        return LogSubscription(self, gt, topics)

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except psycopg.errors.UniqueViolation as error:
            raise IntegrityError(str(error)) from error
        except psycopg.OperationalError as error:
            raise OperationalError(str(error)) from error


class LogSubscription(ListenNotifySubscription[LogRecorder]):
    """Events as they are appended. It outlives its connections: NOTIFY is a hint, a look every `POLL` is the truth."""

    POLL = 1.0
    SLICE = 0.1
    """How soon the listening thread sees that it is no longer wanted."""

    def __init__(self, recorder: LogRecorder, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        super().__init__(recorder, gt, topics)
        self._listening = Thread(target=self._listen, name="listen", daemon=True)
        self._listening.start()

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        try:
            super().__exit__(*args, **kwargs)
        finally:
            self._listening.join()

    def _pull(self) -> None:
        """The library's, but a database that is away ends nothing: the next look goes on from here."""
        try:
            super()._pull()
        except OperationalError as error:
            log.warning("subscription waits for the database", error=str(error))

    def _listen(self) -> None:
        while not self._has_been_stopped:
            try:
                with psycopg.connect(
                    self._recorder.database_url,
                    autocommit=True,
                    client_encoding="UTF8",
                    application_name="litspark subscription",
                ) as connection:
                    connection.execute(f'LISTEN "{APPENDED}"'.encode())
                    self._hear(connection)
            except psycopg.OperationalError as error:
                log.warning("not listening", error=str(error))
                self._has_been_notified.set()
                sleep(self.SLICE)

    def _hear(self, connection: psycopg.Connection[Any]) -> None:
        self._has_been_notified.set()  # for what came before LISTEN
        due = monotonic() + self.POLL
        while not self._has_been_stopped:
            heard = any(True for _ in connection.notifies(timeout=self.SLICE, stop_after=1))
            if heard or monotonic() > due:
                self._has_been_notified.set()
                due = monotonic() + self.POLL
