"""A message costs the same in a group of a thousand as in a pair: rows written and statements run."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median_low

import psycopg
import pytest

from interfaces.embedded_postgres import running
from interfaces.shapes import NewMessage
from migrations import migrate
from tests.client import Client, connected
from tests.faults.postgres import BIN
from tests.faults.processes import SCALE, serving, token, until

PEOPLE = 1_000
WATCHERS = 20 * SCALE
MESSAGES = 25

TABLES = ("events", "message_ids", "appends", "conversations", "participants", "people", "projections")
POOLS = ("litspark write", "litspark project", "litspark read")
STATEMENT = re.compile(r"litspark:(?P<who>[\w ]+):LOG:  (?:statement|execute [^:]*): ")


@pytest.mark.slow
async def test_a_message_costs_the_same_rows_and_statements_in_a_pair_and_in_a_group_of_a_thousand(
    data_dir: Path,
) -> None:
    with running(data_dir, BIN) as database_url:
        migrate(database_url)
        pair, group = await conversations(database_url)
        # Connects everybody once, so that all that is written for that has been.
        await said(database_url, data_dir, group, WATCHERS, messages=1)
        in_pair = await said(database_url, data_dir, pair, 2)
        in_group = await said(database_url, data_dir, group, WATCHERS)
    print(f"rows for {MESSAGES} messages: {dict(in_pair[0])}\nstatements for one: {dict(in_pair[1])}")
    # Those that come after the chat's move their own places, by batches.
    assert all(MESSAGES <= cost[0].pop("projections") <= MESSAGES + 6 for cost in (in_pair, in_group))
    assert in_pair[0] == in_group[0]
    assert in_pair[1]["litspark write"] == in_group[1]["litspark write"] == 1
    # Whether there is more to do is sometimes looked up once more, in either of them.
    assert abs(sum(in_pair[1].values()) - sum(in_group[1].values())) <= 4
    each = dict.fromkeys(("events", "message_ids", "appends", "conversations", "participants"), MESSAGES)
    assert in_pair[0] == each
    assert sum(in_pair[1].values()) < 30


async def conversations(database_url: str) -> tuple[str, str]:
    """A pair and a group of a thousand, both with their first message."""
    async with serving(database_url=database_url, poll=600) as server:
        alice = Client(server.url, token("user-0"))
        async with connected(alice):
            started = [
                await alice.start("user-1"),
                await alice.start(*(f"user-{n}" for n in range(1, PEOPLE))),
            ]
            for conversation_id in started:
                await alice.send(conversation_id, "the first")
            await alice.sync()
            assert [alice.summaries[one].participant_count for one in started] == [2, PEOPLE]
        return started[0], started[1]


async def said(
    database_url: str, data_dir: Path, conversation_id: str, watchers: int, messages: int = MESSAGES
) -> tuple[Counter[str], Counter[str]]:
    """The rows that messages cost, one after the other, and the statements that one costs, mostly.

    By a server of its own, for a session counts its rows for certain when it ends; without polls, which would count.
    """
    before = rows(database_url)
    costs = []
    with logged(database_url):
        async with serving(database_url=database_url, poll=600) as server:
            clients = [Client(server.url, token(f"user-{n}")) for n in range(watchers)]
            async with connected(*clients):
                for client in clients:
                    await client.sync()
                    await client.join(conversation_id)
                for n in range(messages):
                    since = (data_dir / "postgres.log").stat().st_size
                    message = await clients[0].send(conversation_id, f"message {n}")
                    push = NewMessage(conversation_id=conversation_id, message=message)
                    await until(partial(all_told, clients, push))
                    costs.append(statements(data_dir / "postgres.log", since))
            assert await server.stopped() == 0
    return rows(database_url) - before, Counter({who: median_low(cost[who] for cost in costs) for who in POOLS})


def all_told(clients: Sequence[Client], push: NewMessage) -> bool:
    return all(push in client.pushes[-3:] for client in clients)


def rows(database_url: str) -> Counter[str]:
    """The rows ever written of the log and of the chat's read models, by table."""
    query = """SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables
        WHERE schemaname IN ('public', 'chat_1') AND relname = ANY(%s)"""
    with psycopg.connect(database_url) as connection:
        return Counter({str(table): int(count) for table, count in connection.execute(query, [list(TABLES)])})


@contextmanager
def logged(database_url: str) -> Iterator[None]:
    """PostgreSQL writes down every statement."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for name, value in (("log_line_prefix", "'litspark:%a:'"), ("log_statement", "'all'")):
            connection.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
        connection.execute("SELECT pg_reload_conf()")
        yield
        connection.execute("ALTER SYSTEM RESET ALL")
        connection.execute("SELECT pg_reload_conf()")


def statements(log: Path, since: int) -> Counter[str]:
    """What has been run since then, by who ran it: the pools are named after what they are for."""
    with log.open() as file:
        file.seek(since)
        return Counter(match["who"] for line in file if (match := STATEMENT.match(line)))
