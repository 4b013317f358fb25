"""What the page for analysts says holds."""

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

from interfaces.analytics.reports import REPORTS
from tests.analytics.filled import contents, fill, recorded
from tests.database import Pools
from tests.docs.blocks import ROOT, blocks
from tests.interfaces.cli.conftest import Command, command  # noqa: F401  # a fixture
from tests.projections.chat import said, started

PAGE = "analytics.md"


def rows(heading: str) -> list[list[str]]:
    """The words in backquotes of each row of the first table under a heading."""
    text = (ROOT / "docs" / PAGE).read_text("utf-8").partition(f"\n## {heading}\n")[2]
    table = re.search(r"\|[ -|]+\n((?:\|.*\n)+)", text)
    assert table, heading
    return [re.findall(r"`([\w…]+)`", line) for line in table[1].splitlines()[1:]]


def test_it_names_every_report_and_its_columns() -> None:
    told = {name: words for name, *words in rows("Reports")}
    assert told.keys() == REPORTS.keys()
    for name, words in told.items():
        assert [word for word in words if word != "limit"] == list(REPORTS[name].columns)


async def test_it_names_every_view(pools: Pools) -> None:
    told = {word for words in rows("SQL") for word in words} | {"weekly_active_people", "monthly_active_people"}
    assert {word for word in told if "…" not in word} == set(await contents(pools))


def test_its_example_of_an_answer_has_the_columns_of_the_report() -> None:
    (shown,) = (json.loads(block.text) for block in blocks(PAGE) if block.language == "json")
    assert shown["columns"] == list(REPORTS["activity"].columns)
    assert all(list(row) == shown["columns"] for row in shown["rows"])


@pytest.fixture
async def url(pools: Pools, database_url: str) -> str:
    """A database on which two people have talked."""
    await fill(pools, recorded(started("alice", "bob"), said("alice"), said("bob"), said("alice")))
    return database_url


def test_the_notebook_runs_on_what_is_exported(
    url: str,
    command: Command,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("analytics", "export", "figures", "--database-url", url).code == 0
    (notebook,) = (block.text for block in blocks(PAGE) if block.title == "notebook")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(notebook, "notebook", "exec"), {})
    assert re.search(r"2026-11-23\s*│\s*3\s*│\s*1\s*│\s*2\s*│", printed.getvalue())
    assert re.search(r"group\s*│\s*2\s*│\s*0\.0\s*│\s*0\.0\s*│", printed.getvalue())
