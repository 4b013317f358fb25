"""`litspark analytics …`: what it answers, in what form, and what it refuses."""

import csv
import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from interfaces.analytics.analyst import analyst_url
from interfaces.settings import Settings
from tests.analytics.filled import fill, recorded
from tests.database import Pools
from tests.interfaces.cli.conftest import Command
from tests.projections.chat import START, called, read, said, started

DAY = START.date().isoformat()


@pytest.fixture
async def url(pools: Pools, database_url: str) -> str:
    """A database on which alice has told bob two things, and bob has read them."""
    log = recorded(
        started("alice", "bob"), called("alice", "Al"), said("alice", "Bonjour"), said("alice", "👍"), read("bob", 2)
    )
    await fill(pools, log)
    return database_url


def objects(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)
    return found


@pytest.mark.parametrize("name", ["reports", "report", "views", "sql", "export"])
def test_help_has_an_example(command: Command, name: str) -> None:
    shown = command("analytics", name, "--help")
    assert shown.code == 0
    assert f"litspark analytics {name}" in shown.out.split("Example", 1)[1]


def test_reports_are_listed(command: Command) -> None:
    names = [one["report"] for one in objects(command("analytics", "reports", "--format", "json").out)]
    assert names == ["activity", "hours", "conversations", "response_times", "read_times", "unread", "growth"]
    assert all(name in command("analytics", "reports").out for name in names)


def test_a_report_has_four_forms(command: Command, url: str) -> None:
    def report(form: str, *more: str) -> Any:
        return command("analytics", "report", "unread", "--database-url", url, "--format", form, *more)

    rows = objects(report("json", "--from", DAY).out)
    assert rows == [{"period": DAY, "unread_count": 0, "change": 0}]
    assert report("csv", "--from", DAY).out == f"period,unread_count,change\r\n{DAY},0,0\r\n"
    shown = report("table")
    assert DAY in shown.out
    assert f"to {DAY}, as of position 5, recorded 2026-11-23 09:00:00 UTC" in shown.err
    assert len(objects(report("json", "--by", "week").out)) == 6


def test_a_report_as_parquet_keeps_its_types(litspark: Any, url: str, tmp_path: Path) -> None:
    file = tmp_path / "activity.parquet"
    script = f"{Path(sys.executable).with_name('litspark')} analytics report activity --database-url '{url}'"
    subprocess.run(f"{script} --format parquet > {file}", shell=True, check=True, capture_output=True)
    table = pyarrow.parquet.read_table(file)
    assert table.num_rows == 30
    assert {str(one) for one in table.schema.types} == {"date32[day]", "int64"}
    assert sum(table["message_count"].to_pylist()) == 2


def test_a_query_has_its_rows(command: Command, url: str) -> None:
    def sql(query: str, *more: str) -> Any:
        return command("analytics", "sql", query, "--database-url", url, "--format", "json", *more)

    assert objects(sql("SELECT sender_id, number, length FROM messages ORDER BY number").out) == [
        {"sender_id": "alice", "number": 1, "length": 7},
        {"sender_id": "alice", "number": 2, "length": 1},
    ]
    assert objects(sql("SELECT '100%' AS share, sum(number) / 2 AS half, now() - now() AS none FROM messages").out) == [
        {"share": "100%", "half": 1.5, "none": "0:00:00"}
    ]
    assert objects(sql("SELECT * FROM messages WHERE false").out) == []
    bounded = sql("SELECT generate_series(1, 100000000) AS n", "--limit", "3")
    assert objects(bounded.out) == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert "more than these 3 rows" in bounded.err


def test_a_query_may_come_from_standard_input(litspark: Any, url: str, tmp_path: Path) -> None:
    words = [Path(sys.executable).with_name("litspark"), "analytics", "sql", "-", "--database-url", url]
    done = subprocess.run([*words, "--format", "csv"], input=b"SELECT 7 AS n;", capture_output=True, check=True)
    assert list(csv.reader(StringIO(done.stdout.decode()))) == [["n"], ["7"]]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * FROM public.events", "permission denied for schema public"),
        ("SELECT last_preview FROM chat_1.conversations", "permission denied for schema chat_1"),
        ("INSERT INTO version VALUES (1)", "cannot insert into view"),
        ("CREATE TABLE mine (a int)", "cannot execute CREATE TABLE in a read-only transaction"),
        ("SELECT 1; SELECT 2", "one statement at a time"),
        ("SELECT 1; DROP TABLE public.events", "one statement at a time"),
        ("how many messages?", 'syntax error at or near "how"'),
        ("SELECT * FROM nothing", 'relation "nothing" does not exist'),
        ("SET ROLE litspark", 'permission denied to set role "litspark"'),
        ("RESET ROLE", "gives no rows"),
        ("SELECT pg_read_file('PG_VERSION')", "permission denied for function pg_read_file"),
        ("SELECT pg_advisory_lock(7811887861)", "permission denied for function pg_advisory_lock"),
        ("", "no query"),
        (" -- nothing", "gives no rows"),
    ],
)
def test_what_an_analyst_may_not_is_misuse(command: Command, url: str, query: str, said: str) -> None:
    ended = command("analytics", "sql", query, "--database-url", url)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("SQL: ")
    assert said in ended.err


def test_a_query_that_takes_too_long_is_ended(command: Command, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITSPARK_ANALYTICS_TIMEOUT", "0.05")
    ended = command("analytics", "sql", "SELECT pg_sleep(60)", "--database-url", url)
    assert (ended.code, ended.err) == (1, "The query takes longer than 0.05 s.\n")


def test_a_query_that_fails_on_its_way_has_run(command: Command, url: str) -> None:
    ended = command("analytics", "sql", "SELECT 1 / (number - 2) FROM messages ORDER BY number", "--database-url", url)
    assert (ended.code, ended.out) == (1, "")
    assert "division by zero" in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report", "unknown"], "NAME: 'unknown' is none of activity, hours"),
        (["report", "activity", "--from", "2026-11-24", "--to", "2026-11-23"], "--from: after the last day"),
        (["report", "activity", "--from", "0001-01-01"], "--from: more than 100 years"),
        (["report", "activity", "--from", "1990-01-01"], "--by: more than 10,000 periods"),
        (["report", "activity", "--from", "yesterday"], "--from: 'yesterday' is no day"),
        (["report", "activity", "--to", "2026-02-30"], "--to: '2026-02-30' is no day"),
        (["report", "activity", "--by", "year"], "is not one of 'day', 'week', 'month'"),
        (["report", "activity", "--format", "xml"], "'xml' is not one of 'table', 'csv', 'json', 'parquet'"),
        (["report", "conversations", "--limit", "0"], "--limit"),
        (["sql"], "Missing argument 'SQL'"),
        (["export", __file__], "is a file"),
    ],
)
def test_what_is_no_question_is_misuse(command: Command, url: str, arguments: list[str], said: str) -> None:
    ended = command("analytics", *arguments, "--database-url", url)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_who_may_read_more_is_let_in_nowhere(command: Command, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITSPARK_ANALYTICS_DATABASE_URL", url)
    ended = command("analytics", "sql", "SELECT 1")
    assert (ended.code, ended.out) == (2, "")
    assert "litspark may read more than the schema analytics" in ended.err


def test_a_database_of_its_own_is_all_that_is_asked(
    command: Command, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As where it is a read replica: the chat's database is left alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LITSPARK_ANALYTICS_DATABASE_URL", analyst_url(Settings(), url))
    ended = command("analytics", "sql", "SELECT count(*) AS n FROM messages", "--format", "json")
    assert objects(ended.out) == [{"n": 2}]
    assert not (tmp_path / ".litspark").exists()


def test_every_view_is_exported(command: Command, url: str, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "figures"
    done = command("analytics", "export", folder, "--database-url", url, "--format", "json")
    counts = {one["view"]: one["rows"] for one in objects(done.out)}
    assert {path.name for path in folder.iterdir()} == {f"{view}.parquet" for view in counts}
    assert (len(counts), counts["messages"], counts["reads"], counts["message_reads"]) == (20, 2, 1, 2)
    for view, rows in counts.items():
        assert pyarrow.parquet.read_table(folder / f"{view}.parquet").num_rows == rows
    types = {one.name: str(one.type) for one in pyarrow.parquet.read_schema(folder / "messages.parquet")}
    assert types == {
        "conversation_id": "string",
        "number": "int64",
        "sender_id": "string",
        "length": "int32",
        "sent_at": "timestamp[us, tz=UTC]",
        "imported": "bool",
        "response_milliseconds": "int64",
        "position": "int64",
    }


def test_views_say_what_they_are(command: Command, url: str) -> None:
    rows = objects(command("analytics", "views", "--database-url", url, "--format", "json").out)
    assert {"view": "people", "column": "user_id", "type": "text", "words": "the person"} in rows


def test_without_the_extra_parquet_says_what_is_missing(
    command: Command, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for arguments in (["export", tmp_path / "x"], ["report", "activity", "--format", "parquet"]):
        ended = command("analytics", *arguments, "--database-url", url)
        assert (ended.code, ended.out) == (2, "")
        assert "pip install 'litspark[analytics]'" in ended.err
    assert not (tmp_path / "x").exists()
