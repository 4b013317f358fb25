"""The migrations own every table, and can be run at any time by anybody."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from urllib.parse import urlsplit

import psycopg
import pytest

import migrations
from migrations import migrate
from tests.migrations.schema import describe

EXPECTED = Path(__file__).with_name("schema.txt")


def revisions(url: str) -> list[str]:
    told: list[str] = []
    migrate(url, tell=told.append)
    return told


def test_they_give_exactly_the_schema_that_is_written_down(empty_database_url: str) -> None:
    """On purpose changed? `python -m tests.migrations.schema DATABASE_URL > tests/migrations/schema.txt`."""
    migrate(empty_database_url)
    assert describe(empty_database_url).splitlines() == EXPECTED.read_text().splitlines()


def test_each_is_told_of_as_it_is_applied(empty_database_url: str) -> None:
    written = sorted(path.name[:4] for path in Path(migrations.__file__).parent.joinpath("versions").glob("[0-9]*.py"))
    assert revisions(empty_database_url) == written


def test_a_second_run_finds_nothing_to_do(database_url: str) -> None:
    before = describe(database_url)
    assert revisions(database_url) == []
    assert describe(database_url) == before


def test_where_nothing_is_to_be_done_nobody_waits_for_what_would_do_it(database_url: str) -> None:
    look = "import sys; from migrations import migrate; migrate(sys.argv[1]); print('alembic' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", look, database_url], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_they_keep_what_there_is(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE projections SET position = 7")
    migrate(database_url)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT DISTINCT position, generation FROM projections").fetchall() == [(7, 1)]


def test_of_several_that_start_at_once_each_succeeds_and_one_migrates(empty_database_url: str) -> None:
    at_once = Barrier(8)
    impatient = f"{empty_database_url}&options=-c%20statement_timeout%3D10s"

    def start(_: int) -> list[str]:
        at_once.wait()
        return revisions(impatient)

    with ThreadPoolExecutor(8) as servers:
        told = list(servers.map(start, range(8)))
    assert sorted(map(bool, told)) == [False] * 7 + [True]
    assert describe(empty_database_url).splitlines() == EXPECTED.read_text().splitlines()


def test_they_can_stop_on_the_way(empty_database_url: str) -> None:
    migrate(empty_database_url, "0001")
    assert "0001" not in revisions(empty_database_url)
    assert describe(empty_database_url).splitlines() == EXPECTED.read_text().splitlines()


def test_one_that_fails_leaves_nothing_behind(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("CREATE TABLE projections ()")
    before = describe(empty_database_url)
    with pytest.raises(psycopg.errors.DuplicateTable):
        migrate(empty_database_url)
    assert describe(empty_database_url) == before


@pytest.mark.parametrize("encoded_database_url", ["LATIN1"], indirect=True)
def test_one_that_cannot_hold_every_character_is_left_alone(encoded_database_url: str) -> None:
    before = describe(encoded_database_url)
    with pytest.raises(psycopg.NotSupportedError, match="its encoding is LATIN1"):
        migrate(encoded_database_url)
    assert describe(encoded_database_url) == before


def test_a_database_that_is_not_there_is_the_drivers_error(postgres_url: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="nowhere"):
        migrate(urlsplit(postgres_url)._replace(path="/nowhere").geturl())
