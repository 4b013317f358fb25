"""What the handbook says holds."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.blocks import ROOT, run, scripts
from tests.docs.settings_table import DOCS, OPERATIONS, current

EXAMPLES = DOCS / "examples"


def test_the_table_of_settings_is_current() -> None:
    text = OPERATIONS.read_text("utf-8")
    assert text == current(text), "`make docs` writes it anew"


def test_every_script_is_run_by_a_test() -> None:
    written = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert set(scripts()) == {name for name in re.findall(r'\brun\(\s*"([\w-]+)"', written) if name in scripts()}


def test_its_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", OPERATIONS.read_text("utf-8")):
        assert (DOCS / link).is_file()


def test_its_settings_exist() -> None:
    text = OPERATIONS.read_text("utf-8") + (EXAMPLES / "litspark@.service").read_text("utf-8")
    head, _, table = text.partition("## Settings")
    assert set(re.findall(r"LITSPARK_\w+", head)) <= set(re.findall(r"LITSPARK_\w+", table))


async def test_a_rebuild_says_what_it_has_made(tmp_path: Path, database_url: str) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    said = await run("rebuild", HOME_OF_LITSPARK=tmp_path, LITSPARK_DATABASE_URL=database_url)
    assert {"projection", "generation", "chat", "2"} <= set(said.split())


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    assert analyze or os.environ.get("CI") != "true"
    unit = (EXAMPLES / "litspark@.service").read_text("utf-8")
    path = tmp_path / "litspark@.service"
    path.write_text(unit.replace("/opt/litspark/.venv/bin/litspark", str(Path(sys.executable).with_name("litspark"))))
    if analyze:
        instance = path.with_name("litspark@8001.service")
        done = subprocess.run([analyze, "verify", "--man=no", instance], capture_output=True, check=False)
        assert (done.returncode, done.stderr.decode()) == (0, "")


async def test_an_upgrade_brings_the_code_and_the_database_to_their_new_shape(
    tmp_path: Path, empty_database_url: str
) -> None:
    def git(*words: str, folder: Path) -> None:
        identity = {"GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x@x", "GIT_COMMITTER_NAME": "x"}
        environment = {**os.environ, **identity, "GIT_COMMITTER_EMAIL": "x@x"}
        subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, env=environment)

    source, home = tmp_path / "source", tmp_path / "home"
    git("clone", "--quiet", "--depth=1", f"file://{ROOT}", str(source), folder=tmp_path)
    git("checkout", "--quiet", "-B", "main", folder=source)
    git("clone", "--quiet", str(source), str(home), folder=tmp_path)
    (home / ".venv").mkdir()
    (home / ".venv" / "bin").symlink_to(Path(sys.executable).parent)  # as if it had been set up
    for made in (".venv/.complete", "interfaces/web/node_modules/.complete", "interfaces/web/dist/index.html"):
        (home / made).parent.mkdir(exist_ok=True)
        (home / made).touch()
    (source / "NEWS").write_text("new")
    git("add", "NEWS", folder=source)
    git("commit", "--quiet", "-m", "Tell the news", folder=source)

    said = await run("upgrade", HOME_OF_LITSPARK=home, LITSPARK_DATABASE_URL=empty_database_url)
    assert {"applied", "0001", "0002"} <= set(said.split())
    assert (home / "NEWS").exists()
