"""The read models are rebuilt under people who talk all the while, stopped and killed, and nobody can tell."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from application.chat import write_stream
from application.store import Offered, Store
from projections.rebuild import BATCH
from tests.client import Client
from tests.docs import test_feature
from tests.faults.checker import Checker
from tests.faults.crowd import Crowd, check_read_models, events_of, unread_by_log
from tests.faults.processes import ROOT, Server, command, environment, serving, token, two_servers, until
from tests.projections.chat import said, started
from tests.projections.rebuilds import ask, schemas, served
from tests.replay import log


@asynccontextmanager
async def rebuilding(database_url: str, *words: str, folder: Path = ROOT) -> AsyncIterator[asyncio.subprocess.Process]:
    """`litspark rebuild`, which is killed in the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *command("rebuild", *words, "--format", "json"),
        env=environment({"database_url": database_url}),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def outcome(process: asyncio.subprocess.Process) -> tuple[int, Any, str]:
    """The exit code, what came of it, and the words beside that."""
    out, err = await process.communicate()
    assert process.returncode is not None
    assert b"Traceback" not in err, err.decode()
    return process.returncode, json.loads(out), err.decode()


async def rebuilt(database_url: str, *words: str, folder: Path = ROOT) -> Any:
    async with rebuilding(database_url, *words, folder=folder) as process:
        code, found, err = await outcome(process)
    assert code == 0, err
    return found


@pytest.mark.slow
async def test_people_who_talk_through_two_servers_notice_nothing_of_three_rebuilds(
    database_url: str, store: Store
) -> None:
    async with two_servers(database_url, keep_replaced=1) as (left, right):
        crowd = Crowd(seed=5, conversations=20, people=30, polling=3)
        await crowd.come(left.url, right.url)
        silent = Client(left.url, token("silent"))
        await silent.connect()
        for conversation_id, members in crowd.members.items():
            await crowd.clients[members[0]].add(conversation_id, "silent")
        checkers = [Checker(url, "silent") for url in (left.url, right.url)]
        done = asyncio.Event()

        async def rebuild() -> None:
            for generation in (2, 3, 4):
                (found,) = await rebuilt(database_url, "chat")
                assert (found["generation"], found["differences"]) == (generation, 0)
                assert served(database_url)[0][:2] == (1, generation)

        async with asyncio.TaskGroup() as group:
            for checker in checkers:
                group.create_task(checker.run(done))
            rebuilds = group.create_task(rebuild())
            rounds = 0
            while not rebuilds.done() or rounds < 3:
                await crowd.send(crowd.plan(3))  # raises at the first that is refused
                rounds += 1
            done.set()
        print(f"{len(crowd.acked)} messages and {[one.asked for one in checkers]} checks in {rounds} rounds")

        await crowd.read()
        await crowd.settle()
        events = await log(store)
        told = crowd.check_log(events)
        crowd.check_pushes(told)
        assert not crowd.unanswered
        counts = unread_by_log(events)
        for user, client in crowd.clients.items():
            for conversation_id, summary in client.summaries.items():
                assert summary.unread_count == counts[conversation_id, user]
        await check_read_models(database_url, events)
        await until(lambda: schemas(database_url) == ["chat_0", "chat_4"])
        await silent.disconnect()
        await crowd.leave()


@pytest.fixture
async def long_log(database_url: str, store: Store, pools: Any) -> int:
    """Its length: more than two batches of a rebuild, and projected."""
    await store.append(uuid4(), [Offered(write_stream(one), one) for one in [started("alice", "bob")]], {})
    for _ in range(2 * BATCH // 500 + 8):
        messages = [said("alice", "word") for _ in range(500)]
        await store.append(uuid4(), [Offered(write_stream(one), one) for one in messages], {})
    projector = pools.projector(store)
    while await projector.step():
        pass
    return await store.end()


@asynccontextmanager
async def stuck(database_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A rebuild that has folded at least a batch, and waits for somebody in the middle of the next."""
    with psycopg.connect(database_url) as other:
        async with rebuilding(database_url, "chat") as process:
            await until(lambda: built(database_url) > 0, within=30)
            other.execute("LOCK TABLE chat_2.conversations IN EXCLUSIVE MODE")
            yield process


def built(database_url: str) -> int:
    return sum(
        position for (position,) in ask(database_url, "SELECT position FROM generations WHERE retired_at IS NULL")
    )


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
async def test_one_that_is_stopped_in_the_middle_leaves_the_old_rows_serving_and_is_gone_on_with(
    database_url: str, long_log: int, end: signal.Signals
) -> None:
    async with stuck(database_url) as process:
        process.send_signal(end)
        _, err = await process.communicate()
        if end != signal.SIGKILL:
            assert (process.returncode, b"goes on from here" in err) == (1, True), err
    assert served(database_url) == [(1, 1, long_log)]
    half = built(database_url)
    assert 0 < half < long_log
    (found,) = await rebuilt(database_url, "chat")
    assert (found["events"], found["differences"]) == (long_log - half, 0)
    assert served(database_url) == [(1, 2, long_log)]
    await check_read_models(database_url, await events_of(database_url))


@pytest.mark.slow
async def test_a_second_one_meanwhile_is_refused(database_url: str, long_log: int) -> None:
    async with stuck(database_url), rebuilding(database_url, "chat") as second:
        assert await outcome(second) == (1, [], "chat is being rebuilt by another process\n")


@asynccontextmanager
async def asking(server: Server, user: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token(user)}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=30) as client:
        yield client


async def done(asked: Awaitable[httpx.Response]) -> Any:
    response = await asked
    assert response.is_success, response.text
    return response.json()


@pytest.mark.slow
async def test_a_version_with_rows_of_another_shape_goes_live_beside_the_old_one(
    database_url: str, tmp_path: Path
) -> None:
    """The new version is the project as docs/feature.md leads to it: its conversations have a description."""
    test_feature.copy(tmp_path)
    test_feature.follow(tmp_path)
    group, path = str(uuid4()), "/api/conversations"

    async def say(client: httpx.AsyncClient, body: str) -> int:
        sent = await done(client.post(f"{path}/{group}/messages", json={"message_id": str(uuid4()), "body": body}))
        return int(sent["position"])

    async def seen(client: httpx.AsyncClient, position: int) -> Any:
        return (await done(client.get(f"{path}/{group}", params={"min_position": position})))["conversation"]

    async with serving(database_url=database_url, keep_replaced=1) as old, asking(old, "alice") as alice:
        await done(alice.post(path, json={"conversation_id": group, "kind": "group", "participant_ids": ["bob"]}))
        for _ in range(3):
            await say(alice, "before")
        (found,) = await rebuilt(database_url, "chat", folder=tmp_path)
        assert (found["generation"], found["differences"]) == (2, 0)
        position = await say(alice, "between")
        assert (await seen(alice, position))["last_number"] == 4
        async with serving(tmp_path, database_url=database_url, keep_replaced=1) as new, asking(new, "bob") as bob:
            found = await seen(bob, position)
            assert (found["unread_count"], found["description"]) == (4, None)
            position = await say(bob, "through the new one")
            assert (await seen(alice, position))["last_number"] == 5
            assert [(shape, number) for shape, number, _ in served(database_url)] == [(1, 1), (2, 2)]
            assert await old.stopped() == 0
            await say(bob, "alone")
            await until(lambda: schemas(database_url) == ["chat_0", "chat_2"])
            described = await done(bob.post(f"{path}/{group}/description", json={"description": "Page by page"}))
            found = await seen(bob, described["position"])
            assert (found["last_number"], found["description"]) == (6, "Page by page")
    assert ask(database_url, "SELECT description FROM conversations") == [("Page by page",)]
