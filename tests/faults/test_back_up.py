"""A back-up is taken while people write, and what is restored from it is right in every number."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import httpx
import psycopg
import pytest

from application.store import Recorded
from domain.ledger import LedgerKeyTold
from interfaces import with_postgres
from interfaces.embedded_postgres import programs, running
from migrations import migrate
from tests.docs.blocks import ROOT, run
from tests.faults.crowd import Crowd, check_read_models, check_unread, events_of, unread_by_log
from tests.faults.postgres import BIN
from tests.faults.processes import SCALE, serving, token, until

TOOLS = Path(BIN) if BIN else programs()


@pytest.fixture
def backups() -> Iterator[Path]:
    """A folder that PostgreSQL's own user may write to."""
    with TemporaryDirectory(prefix="lit-") as folder:
        os.chmod(folder, 0o777)
        yield Path(folder)


@pytest.mark.slow
async def test_a_back_up_taken_under_load_is_restored_to_an_empty_folder_and_served(
    data_dir: Path, backups: Path
) -> None:
    crowd = Crowd(seed=7, conversations=10, people=20)
    async with serving(data_dir=data_dir) as server:
        await crowd.come(server.url)
        async with under_load(crowd) as before:
            await run("back-up-own", HOME_OF_LITSPARK=ROOT, DATA_DIR=data_dir, BACKUPS=backups)
        assert str(await crowd.position()) in await run("own", HOME_OF_LITSPARK=ROOT, DATA_DIR=data_dir)
        await crowd.leave()
    new = data_dir / "new"
    await run("restore-own", HOME_OF_LITSPARK=ROOT, NEW_DATA_DIR=new, BACKUPS=backups)
    async with serving(data_dir=new) as server:
        with running(new) as database_url:
            await check(crowd, before, database_url, server.url)


@pytest.mark.slow
async def test_the_same_with_a_database_of_ones_own(database_url: str, empty_database_url: str, backups: Path) -> None:
    crowd = Crowd(seed=8, conversations=6, people=12)
    async with serving(database_url=database_url) as server:
        await crowd.come(server.url)
        async with under_load(crowd) as before:
            await run("back-up", TOOLS, DATABASE_URL=database_url, BACKUPS=backups)
        await crowd.leave()
    await run("restore", TOOLS, NEW_DATABASE_URL=empty_database_url, BACKUPS=backups)
    async with serving(database_url=empty_database_url) as server:
        await check(crowd, before, empty_database_url, server.url)


@asynccontextmanager
async def under_load(crowd: Crowd) -> AsyncIterator[set[str]]:
    """Everybody sends while the block lasts, and longer. What had been acknowledged before."""
    sends = crowd.plan(40 * SCALE)
    sending = asyncio.create_task(crowd.send(sends))
    await crowd.acknowledged(len(sends) // 10)
    before = set(crowd.acked)
    yield before
    print(f"{len(before)} acknowledged before the back-up, {len(crowd.acked)} after it, {len(sends)} in the end")
    assert not sending.done(), "the load ended before the back-up did"
    await sending


async def check(crowd: Crowd, before: set[str], database_url: str, url: str) -> int:
    """Log, numbers and unread counts agree with one another, and what comes now comes after them.

    The number of messages.
    """
    beyond = max(message.position for message in crowd.acked.values())
    crowd.acked = {key: message for key, message in crowd.acked.items() if key in before}
    events = await events_of(database_url)
    told = crowd.check_log(events)
    messages = sum(len(found.messages) for found in told.values())
    print(f"{messages} messages, {len(events)} events restored")
    await until(lambda: projected(database_url, events))
    await check_read_models(database_url, events)
    unread = unread_by_log(events)
    for user in crowd.users:
        counts = {conversation_id: count for (conversation_id, who), count in unread.items() if who == user}
        await check_unread(url, user, counts, len(events))
    conversation_id, members = next(iter(crowd.members.items()))
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token(members[0])}"}) as client:
        refused = await client.get("/api/sync", params={"since": beyond})
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        summary = (await client.get(f"/api/conversations/{conversation_id}")).json()["conversation"]
        assert told[conversation_id].seen_by(members[0]).items() <= summary.items()
        message = {"message_id": str(uuid4()), "body": "here again"}
        sent = (await client.post(f"/api/conversations/{conversation_id}/messages", json=message)).json()
        assert sent["message"]["number"] == summary["last_number"] + 1
        later = [one for one in await events_of(database_url) if one.position > len(events)]
        assert [sent["position"]] == [one.position for one in later if not isinstance(one.event, LedgerKeyTold)]
    return messages


async def projected(database_url: str, events: Sequence[Recorded]) -> bool:
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute("SELECT position FROM projections WHERE name = 'chat'")
        (position,) = await cursor.fetchone() or (0,)
        return bool(position >= len(events))


@pytest.mark.slow
async def test_what_was_archived_is_restored_to_any_moment(data_dir: Path, backups: Path) -> None:
    (backups / "wal").mkdir()
    (backups / "wal").chmod(0o777)
    crowd = Crowd(seed=9, conversations=4, people=8)
    with running(data_dir, BIN) as database_url:
        migrate(database_url)
        await run("archive", TOOLS, DATABASE_URL=database_url, BACKUPS=backups)
    with running(data_dir, BIN) as database_url, psycopg.connect(database_url, autocommit=True) as connection:
        with (data_dir / "postgres" / "pg_hba.conf").open("a") as file:
            file.write("local replication all peer map=litspark\n")
        connection.execute("SELECT pg_reload_conf()")
        async with serving(database_url=database_url) as server:
            await crowd.come(server.url)
            sending = asyncio.create_task(crowd.send(crowd.plan(20)))
            await crowd.acknowledged(20)
            await run("base-back-up", TOOLS, DATABASE_URL=database_url, BACKUPS=backups)
            await sending
            before = set(crowd.acked)
            (moment,) = connection.execute("SELECT clock_timestamp()::text").fetchone() or ()
            await crowd.send(crowd.plan(5))
            await crowd.leave()
        (last,) = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone() or ()
        await until(lambda: (backups / "wal" / last).exists())
    new = data_dir / "new"
    new.mkdir()
    await run("recover", NEW_CLUSTER=new / "postgres", BACKUPS=backups, MOMENT=moment)
    given_to_its_owner(new / "postgres", like=data_dir / "postgres")
    with running(new, BIN) as database_url:
        async with serving(database_url=database_url) as server:
            assert await check(crowd, before, database_url, server.url) == len(before)


def test_a_tool_of_postgresqls_ends_as_it_ends_by_itself(data_dir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert with_postgres.main([str(data_dir), "psql", "--no-psqlrc", "--quiet", "--command", "SELECT 6 * 7"]) == 0
    assert "42" in capfd.readouterr().out
    assert with_postgres.main([str(data_dir), "sh", "-c", "exit 5"]) == 5
    assert with_postgres.main([str(data_dir), "no-such-tool"]) == 1
    assert "no-such-tool" in capfd.readouterr().err
    assert with_postgres.main([str(data_dir)]) == 2
    assert "pg_dump" in capfd.readouterr().err
    assert with_postgres.main(["/dev/null/nowhere", "psql"]) == 1


def given_to_its_owner(cluster: Path, like: Path) -> None:
    """The tests may be run as root, who takes the back-up then; PostgreSQL is not."""
    owner = like.stat()
    for path in (cluster, *cluster.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
