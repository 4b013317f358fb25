"""Whatever happens during an import: at the end each message is there once, in the order of the file."""

import asyncio
import gc
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from domain.base import Rejected
from domain.profile import ImportName
from interfaces.connections import cancelled
from interfaces.history.batch import Batch
from interfaces.history.files import lines
from interfaces.history.importer import BATCH
from interfaces.history.patience import Patience
from interfaces.history.tally import Tally
from tests.absence import allow_connections, end_sessions
from tests.client import Client, connected
from tests.faults.processes import until
from tests.interfaces.cli.conftest import ended, started
from tests.interfaces.cli.histories import (
    Line,
    bring_in,
    bring_into,
    count,
    crowd,
    direct,
    exported,
    line,
    places,
    room_id,
    running,
    write,
)
from tests.serving import serving

LONG = 30_000
pytestmark = pytest.mark.slow


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Long enough that something can happen in the middle."""
    return write(tmp_path / "history.jsonl.gz", *crowd(LONG))


async def is_whole(url: str) -> bool:
    """Whether the long history is there, once and in order, and read by everybody."""
    read = [places(url, room_id(f"room {room}")) for room in range(3)]
    same: list[Line] = await exported(url)
    return same == list(crowd(LONG)) and all(number == last for each in read for number, last in each.values())


@asynccontextmanager
async def appends(url: str) -> AsyncIterator[Any]:
    """Hears of each append to the log."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("LISTEN events")
        async with aclosing(connection.notifies()) as heard:
            yield heard


class HalfWay(NamedTuple):
    """`said`: on standard output and standard error, once it is over."""

    process: asyncio.subprocess.Process
    said: "asyncio.Task[tuple[str, str]]"


@asynccontextmanager
async def half_way(url: str, history: Path, **env: str) -> AsyncIterator[HalfWay]:
    """An import as a process of its own that has written a part."""
    async with appends(url) as heard:
        process = await started("import", history, "--database-url", url, **env)
        said = asyncio.create_task(ended(process))
        for _ in range(2):
            hearing = asyncio.create_task(anext(heard))
            await asyncio.wait([hearing, said], return_when=asyncio.FIRST_COMPLETED)
            if not hearing.done():
                await cancelled(hearing)
                pytest.fail(f"the import ended too soon: {said.result()}")
    try:
        yield HalfWay(process, said)
    finally:
        if process.returncode is None:
            process.kill()
        await said


class TestAnImport:
    async def test_that_was_killed_goes_on_when_run_again(self, database_url: str, history: Path) -> None:
        async with half_way(database_url, history) as (process, said):
            process.kill()
            await said
        before = count(database_url)
        assert 0 < before < LONG
        tally = await bring_in(database_url, history)
        assert (tally.added, tally.known) == (LONG - before, before)
        assert await is_whole(database_url)

    async def test_that_was_killed_after_its_last_message_still_lets_everybody_have_read(
        self, database_url: str, history: Path
    ) -> None:
        async with half_way(database_url, history) as (process, said):
            while count(database_url) < LONG:  # an append never waits for who has read
                await asyncio.to_thread(count, database_url)
            process.kill()
            await said
        assert (await bring_in(database_url, history)).known == LONG
        assert await is_whole(database_url)

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    async def test_that_is_stopped_says_that_it_can_go_on(
        self, database_url: str, history: Path, how: signal.Signals
    ) -> None:
        async with half_way(database_url, history, LITSPARK_FORMAT="json") as (process, said):
            process.send_signal(how)
            out, err = await said
        assert process.returncode == 1, out
        (result,) = json.loads(out)
        assert 0 < result["added"] < LONG
        assert err.splitlines()[-1] == "Stopped. Running the same import again goes on from here."
        assert "Traceback" not in err
        assert 0 < count(database_url) < LONG
        await bring_in(database_url, history)
        assert await is_whole(database_url)

    async def test_whose_projecting_process_dies_says_so(self, database_url: str, history: Path) -> None:
        async with half_way(database_url, history) as (process, said):
            (projecting,) = children(process.pid)
            os.kill(projecting, signal.SIGKILL)
            _, err = await said
        assert process.returncode == 1
        assert "the process that projects has ended, with exit code -9." in err
        assert "running the same import again goes on from there" in err
        assert "Traceback" not in err
        await bring_in(database_url, history)
        assert await is_whole(database_url)

    @pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
    async def test_that_ends_leaves_no_process_behind(
        self, database_url: str, history: Path, how: signal.Signals
    ) -> None:
        async with half_way(database_url, history) as (process, said):
            (projecting,) = children(process.pid)
            process.send_signal(how)
            await said
            await until(lambda: not Path(f"/proc/{projecting}").exists())

    async def test_that_is_stopped_before_it_has_seen_its_file_says_so_too(
        self, database_url: str, tmp_path: Path
    ) -> None:
        history = write(tmp_path / "history.jsonl", *crowd(1_000))
        with history.open("ab") as file:
            file.truncate(2**31)  # a line without end: the first pass takes its time
        process = await started("import", history, "--database-url", database_url, "--format", "json")
        await until(lambda: reads(process.pid, history))
        process.send_signal(signal.SIGTERM)
        out, err = await ended(process)
        assert process.returncode == 1
        assert err.splitlines()[-1] == "Stopped. Running the same import again goes on from here."
        assert [(one["lines"], one["added"]) for one in json.loads(out)] == [(0, 0)]
        assert count(database_url) == 0

    async def test_that_loses_its_connections_makes_them_again(
        self, database_url: str, postgres_url: str, history: Path
    ) -> None:
        tally = Tally()
        async with running(database_url) as whole, appends(database_url) as heard:
            importing = asyncio.create_task(bring_into(whole, history, tally))
            with psycopg.connect(postgres_url, autocommit=True) as admin:
                for _ in range(4):
                    await anext(heard)
                    end_sessions(admin, database_url)
            await importing
        assert (tally.added, tally.known, tally.bad) == (LONG, 0, 0)
        assert await is_whole(database_url)

    async def test_gives_up_on_a_database_that_stays_away(
        self, database_url: str, postgres_url: str, history: Path
    ) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            async with half_way(database_url, history, LITSPARK_PATIENCE="0.1") as (process, said):
                allow_connections(admin, database_url, False)
                end_sessions(admin, database_url)
                out, err = await said
            allow_connections(admin, database_url, True)
        assert process.returncode == 1
        assert "the database is away" in err
        assert "running the same import again goes on from there" in err
        assert "Traceback" not in err
        assert "added" in out
        await bring_in(database_url, history)
        assert await is_whole(database_url)

    async def test_whose_next_lines_cannot_be_looked_up_asks_for_no_answer_any_more(
        self, database_url: str, postgres_url: str, history: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Else of each refusal that the batch under way then gets would be said, at length, that it was never heard."""

        with psycopg.connect(postgres_url, autocommit=True) as admin:

            def read(path: Path) -> Iterator[Any]:
                for number, each in enumerate(lines(path)):
                    if number == BATCH:
                        allow_connections(admin, database_url, False)
                        end_sessions(admin, database_url)
                    yield each

            async with running(database_url, batch=BATCH, patience=0.1) as whole:
                with pytest.raises(Rejected, match="the database is away"):
                    await bring_into(whole, history, Tally(), patience=1, read=read)
                allow_connections(admin, database_url, True)
        gc.collect()
        assert caplog.text.count("never retrieved") == 0

    async def test_twice_at_once_brings_in_each_message_once(self, database_url: str, history: Path) -> None:
        both = [await started("import", history, "--database-url", database_url) for _ in range(2)]
        for process in both:
            _, err = await ended(process)
            assert process.returncode == 0, err
        assert await is_whole(database_url)


async def test_a_batch_that_was_being_waited_for_may_be_refused_unheard(
    database_url: str, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    names = [ImportName(actor=None, user_id=name, name=name, told_at=datetime.now(UTC)) for name in ("alice", "bob")]
    async with running(database_url, patience=0.1) as whole:
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            allow_connections(admin, database_url, False)
            end_sessions(admin, database_url)
            batch = Batch(whole.writer, names)
            waiting = asyncio.create_task(batch.answers(Patience(60)))
            await asyncio.sleep(0)
            await cancelled(waiting)
            await until(lambda: whole.writer.waiting_since is None)
            allow_connections(admin, database_url, True)
    del batch, waiting
    gc.collect()
    assert caplog.text.count("never retrieved") == 0


async def test_beside_a_server_who_is_connected_is_told(database_url: str, tmp_path: Path) -> None:
    given = [line(number, ("alice", "bob")[number % 2]) for number in range(300)]
    async with serving(database_url) as node:
        alice, bob = (Client(node.url, node.token(name)) for name in ("alice", "bob"))
        async with connected(alice, bob):
            pair = await alice.start("bob", kind="direct")
            await bob.sync()
            await alice.sync()
            await bob.join(pair)
            await alice.send(pair, "before")
            history = write(tmp_path / "history.jsonl", *given, direct(1, "bob"), direct(2, "alice"))
            process = await started("import", history, "--database-url", database_url)
            _, err = await ended(process)
            assert process.returncode == 0, err
            for client in (alice, bob):
                await client.barrier()
                room = client.summaries[str(room_id("room"))]
                assert (room.last_number, room.unread_count) == (300, 0)
            assert [one.body for one in bob.rooms[pair].messages.values()] == ["before", "message 1", "message 2"]
            assert (bob.summaries[pair].unread_count, alice.summaries[pair].unread_count) == (0, 0)
            assert (await alice.send(pair, "after")).number == 4
            assert not alice.strays + bob.strays


async def test_read_models_that_stand_still_are_told_of(database_url: str, postgres_url: str, tmp_path: Path) -> None:
    async with running(database_url) as whole:
        with psycopg.connect(database_url, autocommit=True) as connection, connection.transaction():
            await asyncio.to_thread(connection.execute, "SELECT FROM projections WHERE name = 'chat' FOR UPDATE")
            with pytest.raises(Rejected, match="the read models stand still at position 0 of 2"):
                await bring_into(whole, write(tmp_path / "history.jsonl", line(1)), Tally(), patience=0.2)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def reads(pid: int, path: Path) -> bool:
    """Whether a process has a file open."""
    with suppress(FileNotFoundError):
        return any(each.resolve() == path for each in Path(f"/proc/{pid}/fd").iterdir())
    return False
