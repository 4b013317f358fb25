"""`litspark rebuild`, as whoever runs it sees it."""

import json
from typing import Any

import pytest

from application.store import Store
from tests.database import Pools
from tests.interfaces.cli.conftest import Command
from tests.projections.chat import said, started
from tests.projections.rebuilds import ask, served
from tests.projections.test_generation import caught_up, record


@pytest.fixture
async def projected(pools: Pools, store: Store) -> None:
    await record(store, started("alice", "bob"), said("alice"), said("bob"))
    await caught_up(pools.projector(store))


@pytest.mark.usefixtures("projected")
class TestARebuild:
    def test_tells_what_it_has_made(self, litspark: Command, database_url: str) -> None:
        done = litspark("rebuild", "chat", "--format", "json", LITSPARK_DATABASE_URL=database_url)
        (found,) = json.loads(done.out)
        assert found.pop("seconds") >= 0
        assert found.pop("events_a_second") >= 0
        assert found == {"projection": "chat", "generation": 2, "events": 3, "differences": 0}
        assert done.code == 0

    def test_without_a_name_is_of_all_that_can_be_rebuilt(self, litspark: Command, database_url: str) -> None:
        done = litspark("rebuild", LITSPARK_DATABASE_URL=database_url)
        assert done.code == 0
        assert "chat" in done.out
        assert "ledger" not in done.out
        assert served(database_url) == [(1, 2, 3)]

    def test_of_rows_that_differ_tells_so_and_changes_nothing_unless_they_are_accepted(
        self, litspark: Command, database_url: str
    ) -> None:
        ask(database_url, "UPDATE participants SET read_number = 7 WHERE user_id = 'bob'")
        for _ in range(2):
            done = litspark("rebuild", "chat", "--format", "json", LITSPARK_DATABASE_URL=database_url)
            assert (done.code, json.loads(done.out)) == (1, [])
            assert "participants: 0 rows are missing, 0 unexpected, 1 changed; such as" in done.err
            assert "user_id bob differs in read_number\n" in done.err
            assert "--accept-differences" in done.err
            assert served(database_url) == [(1, 1, 3)]
        done = litspark("rebuild", "chat", "--accept-differences", LITSPARK_DATABASE_URL=database_url)
        assert done.code == 0
        assert "accepted: participants" in done.err
        assert served(database_url) == [(1, 2, 3)]


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["nope"], "nope: no such projection; there is chat"),
        (["chat", "chat_1"], "chat_1: no such projection"),
        (["ledger"], "the ledger is evidence"),
    ],
)
def test_what_cannot_be_rebuilt_is_misuse(litspark: Command, names: list[Any], why: str) -> None:
    done = litspark("rebuild", *names, "--database-url", "postgresql://nobody@127.0.0.1:1/none")
    assert (done.code, done.out) == (2, "")
    assert why in done.err
