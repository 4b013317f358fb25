"""Group commit: whatever waits goes into one append, and each command has its own answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from application import writer as writing
from application.plan import Done
from application.store import Appended, Offered
from application.writer import Writer
from domain.base import Rejected, Source
from domain.conversation import (
    AddParticipants,
    ConversationRenamed,
    RemoveParticipant,
    RenameConversation,
    StartConversation,
    direct_id,
)
from domain.profile import TellName
from domain.reading import MarkRead, MessagesRead, Place
from domain.timeline import ImportMessage, MessageSent, SendMessage
from tests.application.memory_store import MemoryStore
from tests.database import Pools
from tests.domain.test_timeline import SENT_AT

GROUP = UUID("11111111-1111-4111-8111-111111111111")
MESSAGE = UUID("22222222-2222-4222-8222-222222222222")


class RecordingStore(MemoryStore):
    """It tells which appends were asked for. `before` and `after` an append others may come between."""

    def __init__(self) -> None:
        super().__init__()
        self.appends: list[tuple[UUID, list[Any]]] = []
        self.before: Callable[[], Awaitable[None]] = nothing
        self.after: Callable[[], Awaitable[None]] = nothing

    async def append(self, append_id: UUID, offered: Sequence[Offered], *more: Any) -> Appended:
        self.appends.append((append_id, [one.event for one in offered]))
        await self.before()
        appended = await super().append(append_id, offered, *more)
        await self.after()
        return appended

    @property
    def append_ids(self) -> list[UUID]:
        return [append_id for append_id, _ in self.appends]


async def nothing() -> None:
    pass


@pytest.fixture
def store() -> RecordingStore:
    return RecordingStore()


Start = Callable[..., Writer]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts writers, and closes them at the end."""
    running: list[tuple[Writer, asyncio.Task[None]]] = []

    def start(store: Any, **settings: Any) -> Writer:
        writer = Writer(store, **settings)
        running.append((writer, asyncio.create_task(writer.run())))
        return writer

    yield start
    for writer, task in running:
        writer.close()
        await task


@pytest.fixture
async def writer(store: RecordingStore, start: Start) -> Writer:
    return start(store)


def group(
    actor: str = "alice", *others: str, conversation_id: UUID = GROUP, title: str | None = None
) -> StartConversation:
    return StartConversation(
        actor=actor,
        conversation_id=conversation_id,
        kind="group",
        participant_ids=list(others or ("bob",)),
        title=title,
    )


def say(body: str, actor: str = "alice", message_id: UUID | None = None, to: UUID = GROUP) -> SendMessage:
    return SendMessage(actor=actor, conversation_id=to, message_id=message_id or uuid4(), body=body)


def rename(title: str, actor: str = "alice") -> RenameConversation:
    return RenameConversation(actor=actor, conversation_id=GROUP, title=title)


def remove(user_id: str, actor: str = "alice") -> RemoveParticipant:
    return RemoveParticipant(actor=actor, conversation_id=GROUP, user_id=user_id)


def add(user_id: str, actor: str = "alice") -> AddParticipants:
    return AddParticipants(actor=actor, conversation_id=GROUP, user_ids=[user_id])


async def answers(writer: Writer, *commands: Any) -> list[Any]:
    """What each of some commands, handed in at once, is answered: a `Done`, or the code of its refusal."""
    done = await asyncio.gather(*(writer.handle(command) for command in commands), return_exceptions=True)
    return [one.code if isinstance(one, Rejected) else one for one in done]


def positions(done: Sequence[Any]) -> list[Any]:
    return [one.position if isinstance(one, Done) else one for one in done]


def bodies(store: MemoryStore) -> list[str]:
    return [one.event.body for one in store.events if isinstance(one.event, MessageSent)]


class TestABatch:
    async def test_is_all_that_waits_in_one_append(self, store: RecordingStore, writer: Writer) -> None:
        done = await answers(writer, group(), say("a"), rename("x"), say("b"))
        assert len(store.appends) == 1
        assert positions(done) == [1, 2, 3, 4]
        assert [one.recorded[0].version for one in done] == [1, 1, 2, 2]

    async def test_takes_in_what_came_while_the_last_was_written(self, store: RecordingStore, start: Start) -> None:
        gate = asyncio.Event()
        store.before = gate.wait
        writer = start(store)
        first = writer.handle(group())
        while not store.appends:
            await asyncio.sleep(0)
        others = [writer.handle(say(str(n))) for n in range(20)]
        gate.set()
        await asyncio.gather(first, *others)
        assert [len(events) for _, events in store.appends] == [1, 20]

    async def test_is_decided_in_order_each_command_seeing_those_before_it(self, writer: Writer) -> None:
        done = await answers(
            writer,
            say("too early"),
            group("alice", "bob"),
            say("hi", "carol"),
            add("carol", "bob"),
            say("now", "carol"),
            remove("carol"),
            say("too late", "carol"),
            rename("x"),
            rename("x", "bob"),
        )
        assert positions(done) == ["not_found", 1, "not_found", 2, 3, 4, "not_found", 5, 5]

    async def test_has_at_most_500_commands(self, store: RecordingStore, writer: Writer) -> None:
        await answers(writer, group(), *(say(str(n)) for n in range(1_100)))
        assert [len(events) for _, events in store.appends] == [500, 500, 101]
        assert bodies(store) == [str(n) for n in range(1_100)]

    @pytest.mark.parametrize("command", [say("👍" * 8_000), group("alice", *(f"{n:0>255}" for n in range(999)))])
    async def test_has_at_most_4_mib(self, store: RecordingStore, writer: Writer, command: Any) -> None:
        ids = [uuid4() for _ in range(200)]
        key = "message_id" if isinstance(command, SendMessage) else "conversation_id"
        await answers(writer, group(), *(command.model_copy(update={key: one}) for one in ids))
        sizes = [sum(len(event.model_dump_json()) for event in events) for _, events in store.appends]
        assert sum(len(events) for _, events in store.appends) == 201
        assert len(sizes) > 1
        assert max(sizes) < 5 * 1024 * 1024

    async def test_of_nothing_but_refusals_writes_nothing(self, store: RecordingStore, writer: Writer) -> None:
        assert await answers(writer, say("a"), rename("x")) == ["not_found", "not_found"]
        assert store.events == []


class TestAnAnswer:
    async def test_has_the_position_of_the_event_written(self, writer: Writer) -> None:
        await answers(writer, group("alice", "bob", "carol"))
        [done] = await answers(writer, remove("alice"))
        assert [one.position for one in done.recorded] == [2, 3]
        assert done.position == 3

    async def test_of_nothing_to_do_has_a_position_that_reflects_it(self, writer: Writer) -> None:
        await answers(writer, group(title="x"), say("a"))
        [done] = await answers(writer, rename("x"))
        assert done == Done(2)

    async def test_comes_only_after_the_append(self, store: RecordingStore, start: Start) -> None:
        writer = start(store)
        await answers(writer, group(title="x"))
        gate, reached = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            reached.set()
            await gate.wait()

        store.before = wait
        waiting = [writer.handle(command) for command in (say("a"), say("a", "mallory"), rename("x"))]
        await reached.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        assert [one.done() for one in waiting] == [False, False, False]
        gate.set()
        assert positions(await asyncio.gather(*waiting, return_exceptions=True))[::2] == [2, 2]
        assert waiting[1].exception().code == "not_found"

    async def test_that_nobody_waits_for_any_more_is_no_trouble(self, store: RecordingStore, writer: Writer) -> None:
        gone = [writer.handle(group()), writer.handle(say("a", "mallory"))]
        for one in gone:
            one.cancel()
        assert positions(await answers(writer, say("a"))) == [2]
        assert len(store.events) == 2

    async def test_tells_how_far_this_process_has_come(self, writer: Writer) -> None:
        await answers(writer, group(), say("a"))
        assert writer.position == 2
        await answers(writer, say("a", "mallory"))
        assert writer.position == 2


async def test_who_waits_for_events_hears_of_each_append_that_wrote(store: RecordingStore, start: Start) -> None:
    heard: list[int] = []
    writer = start(store, appended=lambda position, since: heard.append(position))
    await answers(writer, group(), say("a"))
    await answers(writer, say("b", "mallory"), rename("x", "mallory"))
    await answers(writer, say("c"))
    assert heard == [2, 3]


async def test_says_since_when_the_first_waits_that_is_not_answered(store: RecordingStore, start: Start) -> None:
    writer = start(store)
    assert writer.waiting_since is None
    before = monotonic()
    first = writer.handle(group())
    since = writer.waiting_since
    assert since is not None
    assert before <= since <= monotonic()
    writer.handle(say("a"))
    assert writer.waiting_since == since
    await first
    await answers(writer, say("b"))
    assert writer.waiting_since is None


class TestARepeatedMessage:
    async def test_returns_the_first_one(self, store: RecordingStore, writer: Writer) -> None:
        [_, first] = await answers(writer, group(), say("a", message_id=MESSAGE))
        await answers(writer, say("b"))
        [again] = await answers(writer, say("a", message_id=MESSAGE))
        assert (again.position, again.recorded, again.repeated) == (first.position, first.recorded, True)
        assert not first.repeated
        assert bodies(store) == ["a", "b"]

    async def test_returns_the_first_one_of_the_same_batch_too(self, store: RecordingStore, writer: Writer) -> None:
        [_, first, again] = await answers(writer, group(), *[say("a", message_id=MESSAGE)] * 2)
        assert (again.recorded, again.repeated) == (first.recorded, True)
        assert bodies(store) == ["a"]

    async def test_and_again_and_again_in_one_batch(self, store: RecordingStore, writer: Writer) -> None:
        await answers(writer, group(), say("a", message_id=MESSAGE))
        done = await answers(writer, *[say("a", message_id=MESSAGE)] * 3, say("b"))
        assert [(one.position, one.repeated) for one in done] == [(2, True)] * 3 + [(3, False)]

    @pytest.mark.parametrize(
        "other",
        [
            say("b", message_id=MESSAGE),
            say("a", "bob", message_id=MESSAGE),
            say("a", message_id=MESSAGE, to=direct_id("alice", "bob")),
            say("a", "mallory", message_id=MESSAGE),
        ],
    )
    async def test_with_other_content_is_a_conflict(self, store: RecordingStore, writer: Writer, other: Any) -> None:
        pair = StartConversation(actor="bob", conversation_id=uuid4(), kind="direct", participant_ids=["alice"])
        in_one_batch = await answers(writer, group(), pair, say("a", message_id=MESSAGE), other)
        assert in_one_batch[3] == "conflict"
        assert await answers(writer, other) == ["conflict"]
        assert bodies(store) == ["a"]

    async def test_comes_before_access(self, writer: Writer) -> None:
        await answers(writer, group(), say("a", "bob", MESSAGE), remove("bob"))
        [again] = await answers(writer, say("a", "bob", MESSAGE))
        assert (again.position, again.repeated) == (2, True)
        assert await answers(writer, say("b", "bob")) == ["not_found"]

    async def test_comes_before_access_in_one_batch_too(self, writer: Writer) -> None:
        commands = group(), say("a", "bob", MESSAGE), remove("bob"), say("a", "bob", MESSAGE)
        done = await answers(writer, *commands)
        assert [(one.position, one.repeated) for one in done[1:]] == [(2, False), (3, False), (2, True)]

    async def test_that_was_refused_at_first_can_be_sent(self, writer: Writer) -> None:
        assert await answers(writer, say("a", message_id=MESSAGE)) == ["not_found"]
        assert positions(await answers(writer, group(), say("a", message_id=MESSAGE))) == [1, 2]

    async def test_of_an_import_is_told_by_conversation_sender_and_body(
        self, store: RecordingStore, writer: Writer
    ) -> None:
        def imported(line: str, at: int) -> ImportMessage:
            message = MessageSent(
                actor=None,
                conversation_id=GROUP,
                message_id=MESSAGE,
                sender_id="alice",
                body="a",
                sent_at=SENT_AT.replace(second=at),
                source=Source(conversation="room", message=line),
            )
            return ImportMessage(actor=None, message=message)

        [_, first, same_batch] = await answers(writer, group(), imported("7", 0), imported("7", 1))
        [next_batch] = await answers(writer, imported("7", 2))
        assert (first.repeated, same_batch.repeated, next_batch.repeated) == (False, True, True)
        assert len(store.events) == 2


class TestTwoWritersOnOneLog:
    @pytest.fixture
    async def others(self, store: RecordingStore, start: Start) -> Writer:
        return start(store)

    async def test_a_stale_cache_does_not_agree_wrongly(self, writer: Writer, others: Writer) -> None:
        await answers(writer, group(), say("a", "bob"))
        await answers(others, remove("bob"))
        assert await answers(writer, say("b", "bob")) == ["not_found"]

    async def test_a_stale_cache_does_not_refuse_wrongly(self, writer: Writer, others: Writer) -> None:
        assert positions(await answers(writer, group(), say("a", "carol"))) == [1, "not_found"]
        await answers(others, add("carol"))
        assert positions(await answers(writer, say("a", "carol"))) == [3]

    async def test_a_stale_cache_does_not_find_nothing_to_do_wrongly(self, writer: Writer, others: Writer) -> None:
        await answers(writer, group(title="x"))
        await answers(others, rename("y"))
        assert positions(await answers(writer, rename("x"))) == [3]

    async def test_what_was_decided_on_old_streams_is_decided_again(
        self, store: RecordingStore, writer: Writer, others: Writer
    ) -> None:
        await answers(writer, group("alice", "bob"))
        await answers(others, rename("y"), remove("bob"))
        other_group = group("carol", "dave", conversation_id=uuid4())
        done = await answers(writer, rename("y"), say("a"), say("b", "bob"), other_group)
        assert positions(done) == [5, 4, "not_found", 5]
        attempts = [events for _, events in store.appends[-2:]]
        assert [len(events) for events in attempts] == [4, 2]
        assert store.append_ids[-1] != store.append_ids[-2]

    async def test_they_settle_a_race_for_one_id(self, writer: Writer, others: Writer) -> None:
        done = await asyncio.gather(answers(writer, group("alice")), answers(others, group("mallory")))
        assert sorted(positions([one for [one] in done]), key=str) == [1, "conflict"]

    async def test_one_that_always_comes_too_late_gives_up(self, store: RecordingStore, start: Start) -> None:
        writer = start(store)
        await answers(writer, group())

        async def somebody_was_faster() -> None:
            title = str(len(store.events))
            event = ConversationRenamed(actor="bob", conversation_id=GROUP, title=title)
            await MemoryStore.append(store, uuid4(), [Offered(store.events[0].stream, event)], {})

        store.before = somebody_was_faster
        [answer] = await asyncio.gather(writer.handle(say("a")), return_exceptions=True)
        assert (answer.code, answer.retry_after) == ("unavailable", 1.0)
        assert len(store.appends) == 1 + writing.ATTEMPTS
        store.before = nothing
        assert len((await answers(writer, say("b")))[0].recorded) == 1

    async def test_on_postgresql_they_lose_nothing_and_number_without_gaps(self, pools: Pools, start: Start) -> None:
        one, other = start(pools.store()), start(pools.store())
        await answers(one, group())

        async def insist(writer: Writer, command: Any) -> Done:
            while (done := (await answers(writer, command))[0]) == "unavailable":
                pass
            return done

        async def busy(writer: Writer, actor: str) -> list[Done]:
            commands = [command for n in range(25) for command in (say("a", actor), rename(f"{actor} {n}", actor))]
            return [await insist(writer, command) for command in commands]

        [alices, bobs] = await asyncio.gather(busy(one, "alice"), busy(other, "bob"))
        assert sorted(positions(alices + bobs)) == list(range(2, 102))
        assert all(len(done.recorded) == 1 and not done.repeated for done in alices + bobs)
        events = await pools.store().tail(0, 1_000)
        numbers = [one.version for one in events if isinstance(one.event, MessageSent)]
        assert numbers == list(range(1, 51))


class TestACommandThatFails:
    async def test_answers_internal_alone(self, store: RecordingStore, writer: Writer) -> None:
        nameless = TellName.model_construct(actor=None, name="x", told_at=SENT_AT)
        done = await answers(writer, group(), say("a"), nameless, say("b"))
        assert positions(done) == [1, 2, "internal", 3]
        assert bodies(store) == ["a", "b"]

    async def test_because_the_log_refuses_its_event_answers_internal_alone(
        self, store: RecordingStore, writer: Writer
    ) -> None:
        async def refuse() -> None:
            if any(isinstance(event, MessageSent) and event.body == "poison" for event in store.appends[-1][1]):
                raise psycopg.DataError("such an event can't be stored")

        store.before = refuse
        done = await answers(writer, group(), say("a"), say("poison"), say("b"))
        assert positions(done) == [1, 2, "internal", 3]
        assert positions(await answers(writer, say("c"))) == [4]

    async def test_tells_nothing_of_why(self, store: RecordingStore, writer: Writer) -> None:
        async def refuse() -> None:
            raise psycopg.DataError("SELECT secret FROM /etc")

        store.before = refuse
        [answer] = await asyncio.gather(writer.handle(group()), return_exceptions=True)
        assert answer.message == "this command could not be carried out"


class TestADatabaseThatIsAway:
    @staticmethod
    def away(times: float) -> Callable[[], Awaitable[None]]:
        left = [times]

        async def fail() -> None:
            if left[0] > 0:
                left[0] -= 1
                raise psycopg.OperationalError("connection refused")

        return fail

    async def test_is_waited_for(self, store: RecordingStore, writer: Writer) -> None:
        store.before = self.away(2)
        assert positions(await answers(writer, group(), say("a"))) == [1, 2]
        assert len(store.appends) == 3

    async def test_is_asked_again_under_the_same_append_id(self, store: RecordingStore, writer: Writer) -> None:
        store.after = self.away(2)
        assert positions(await answers(writer, group(), say("a"))) == [1, 2]
        assert len(set(store.append_ids)) == 1 < len(store.append_ids)
        assert len(store.events) == 2

    async def test_is_waited_for_with_patience_and_no_longer(self, store: RecordingStore, start: Start) -> None:
        writer = start(store, patience=0.1)
        store.before = self.away(float("inf"))
        answered = await asyncio.gather(*map(writer.handle, (group(), say("a"))), return_exceptions=True)
        assert [(one.code, one.retry_after) for one in answered] == [("unavailable", 1.0)] * 2
        assert len(set(store.append_ids)) == 1 < len(store.append_ids)

    async def test_that_comes_back_is_written_to(self, store: RecordingStore, start: Start) -> None:
        writer = start(store, patience=0.0)
        store.after = self.away(2)
        assert await answers(writer, group()) == ["unavailable"]
        store.after = nothing
        assert positions(await answers(writer, group(), say("a"))) == [2, 2]
        assert len(store.events) == 2

    async def test_is_waited_for_when_streams_are_read(self, store: RecordingStore, start: Start) -> None:
        fail = self.away(2)
        read = store.read

        async def reading(streams: Sequence[UUID], *, to_write: bool) -> Any:
            await fail()
            return await read(streams, to_write=to_write)

        store.read = reading
        assert positions(await answers(start(store), group())) == [1]


class TestClosing:
    async def test_finishes_what_was_taken(self, store: RecordingStore) -> None:
        writer = Writer(store)
        waiting = [writer.handle(group()), *(writer.handle(say(str(n))) for n in range(600))]
        writer.close()
        late = writer.handle(say("late"))
        await writer.run()
        assert [one.result().position for one in waiting] == list(range(1, 602))
        assert late.exception().code == "unavailable"

    async def test_ends_a_writer_that_has_nothing_to_do(self, store: RecordingStore) -> None:
        writer = Writer(store)
        running = asyncio.create_task(writer.run())
        await answers(writer, group())
        writer.close()
        await running


async def test_more_than_can_be_done_is_refused_at_once(store: RecordingStore) -> None:
    writer = Writer(store)
    waiting = [writer.handle(rename("x")) for _ in range(writing.MAX_WAITING)]
    refused = writer.handle(rename("x"))
    assert (refused.exception().code, refused.exception().retry_after) == ("unavailable", 1.0)
    assert not any(one.done() for one in waiting)


async def test_a_reader_is_decided_on_by_the_place_handed_in(store: RecordingStore, writer: Writer) -> None:
    await answers(writer, group(), say("a"), say("b"))
    mark = MarkRead(actor="bob", conversation_id=GROUP)
    done = await writer.handle(mark, Place(0, 2))
    assert done.recorded[0].event == MessagesRead(actor="bob", conversation_id=GROUP, user_id="bob", number=2)
    assert await writer.handle(mark, Place(2, 2)) == Done(4)
    [refused] = await asyncio.gather(writer.handle(mark.model_copy(update={"number": 3})), return_exceptions=True)
    assert refused.code == "invalid_payload"


async def test_a_start_that_can_never_be_is_refused_alone(writer: Writer) -> None:
    nobody_else = group("alice", "alice", conversation_id=uuid4())
    assert positions(await answers(writer, group(), nobody_else, say("a"))) == [1, "invalid_payload", 2]


async def test_a_pair_starting_at_once_has_one_conversation(store: RecordingStore, writer: Writer) -> None:
    def pair(actor: str, other: str) -> StartConversation:
        return StartConversation(actor=actor, conversation_id=uuid4(), kind="direct", participant_ids=[other])

    done = await answers(writer, pair("alice", "bob"), pair("bob", "alice"))
    assert positions(done) == [1, 1]
    assert [one.event.conversation_id for one in store.events] == [direct_id("alice", "bob")]


async def test_what_is_cached_is_bounded(store: RecordingStore, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MAX_CACHED", 2)
    writer = start(store)
    ids = [uuid4() for _ in range(4)]
    await answers(writer, *(group(conversation_id=one) for one in ids))
    assert len(writer._cache) == 2
    assert [type(one) for one in await answers(writer, *(say("a", to=one) for one in ids))] == [Done] * 4
