"""The commands as they are typed: their options, what they answer, and how they end."""

import json
from pathlib import Path
from typing import ClassVar

import pytest

from interfaces.auth import Tokens, dev_secret
from interfaces.claims import Identity
from tests.interfaces.cli.conftest import LITSPARK, Command, shell, started
from tests.interfaces.cli.histories import bring_in, count, line, raw, write
from tests.provider import make, published, publishing

SECRET = "a secret that only this test knows, 32 bytes"
COMMANDS = ("serve", "migrate", "token", "import", "export", "demo")
NOWHERE = "postgresql://litspark:secret@127.0.0.1:1/nothing"


class TestHelp:
    @pytest.mark.parametrize("name", COMMANDS)
    def test_of_each_command_has_an_example_and_the_variables(self, command: Command, name: str) -> None:
        shown = command(name, "--help")
        assert shown.code == 0
        assert f"litspark {name}" in shown.out.split("Example", 1)[1]
        assert {"--data-dir", "--database-url", "LITSPARK_DATA_DIR"} <= set(shown.out.replace(";", " ").split())

    def test_lists_the_commands(self, litspark: Command) -> None:
        shown = litspark("--help")
        assert shown.code == 0
        assert shown.err == ""
        assert all(f"\n  {name} " in shown.out for name in COMMANDS)

    def test_is_what_one_sees_who_types_nothing(self, command: Command) -> None:
        shown = command()
        assert shown.code == 2
        assert "Commands:" in shown.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["unknown"], "No such command 'unknown'."),
        (["--data-dir", "x", "export"], "No such option: --data-dir"),
        (["export", "--unknown"], "No such option: --unknown"),
        (["import"], "Missing argument 'FILE'."),
        (["import", "nowhere.jsonl"], "nowhere.jsonl: no such file"),
        (["import", "."], ".: no regular file"),
        (["import", "/dev/null"], "/dev/null: no regular file"),
        (["import", __file__, "--format", "xml"], "'xml' is not one of 'table', 'json'"),
        (["import", __file__, "--data-dir", __file__], f"dir '{__file__}' is a file"),
        (["import", __file__, "--database-url", "nonsense"], "--database-url: no URL of a PostgreSQL"),
        (["export", "nowhere/history.jsonl"], "nowhere/history.jsonl: no such folder"),
        (["export", "."], ".: a folder"),
        (["serve"], "no key to judge tokens by"),
        (["serve", "--port", "65536"], "less than or equal to 65535"),
        (["serve", "--port", "http"], "valid integer"),
        (["token"], "Missing argument 'USER'."),
        (["token", "two words"], "USER: must be 1 to 255 printable ASCII characters"),
        (["token", ".."], "USER: must be 1 to 255 printable ASCII characters"),
        (["token", "alice", "bob"], "unexpected extra argument"),
        (["token", "alice", "--name", " "], "--name: must hold more than white space"),
        (["token", "alice", "--name", "a" * 121], "--name: "),
        (["token", "alice", "--scope", "audit root"], "--scope: 'root' is none of audit, analytics, admin"),
        (["token", "alice", "--ttl", "0"], "--ttl: must be more than 0 seconds"),
        (["token", "alice", "--ttl", "-1"], "--ttl: must be more than 0 seconds"),
        (["token", "alice", "--ttl", "nan"], "--ttl: must be more than 0 seconds"),
        (["token", "alice", "--ttl", "inf"], "--ttl: must be more than 0 seconds"),
        (["token", "alice", "--ttl", "soon"], "valid number"),
        (["demo", "--url", "chat.example"], "--url: must begin with http:// or https://"),
        (["demo", "--with", "two words"], "--with: must be 1 to 255 printable ASCII characters"),
        (["demo", "--pace", "0"], "--pace"),
        (["demo", "--pace", "nan"], "--pace"),
    ],
)
def test_misuse_is_told_in_a_sentence(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = command(*arguments)
    assert ended.code == 2
    assert said in ended.err.splitlines()[0]
    assert ended.out == ""
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ({"LITSPARK_PORT": "http"}, "LITSPARK_PORT: "),
        ({"LITSPARK_JWT_SECRET": "ssh-rsa A"}, "LITSPARK_JWT_SECRET: a public key is no secret"),
        ({"LITSPARK_DATABASE_URL": "nonsense"}, "--database-url: no URL of a PostgreSQL"),
        ({"LITSPARK_TTL": "soon"}, "LITSPARK_TTL"),
        (
            {"LITSPARK_TRUSTED_PROXIES": "10.0.0.0/8, nginx"},
            "LITSPARK_TRUSTED_PROXIES: nginx is neither an address nor a network",
        ),
    ],
)
def test_a_variable_that_makes_no_sense_is_misuse(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: dict[str, str], said: str
) -> None:
    for name, value in variable.items():
        monkeypatch.setenv(name, value)
    ended = command("token", "alice", "--data-dir", tmp_path)
    assert ended.code == 2
    assert said in ended.err
    assert "short" not in ended.err.replace("LITSPARK_JWT_SECRET", "")


class TestAToken:
    async def test_is_signed_by_the_secret(
        self, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("LITSPARK_JWT_SECRET", SECRET)
        made = command("token", "auth0|alice", "--name", "Alice Martin", "--ttl", "60", "--data-dir", tmp_path)
        identity = await Tokens(SECRET).judge(made.out.strip())
        assert (identity.user_id, identity.name, identity.scopes) == ("auth0|alice", "Alice Martin", frozenset())
        assert valid_for(identity) == 60
        assert (made.code, made.err) == (0, "")
        assert list(tmp_path.iterdir()) == []

    async def test_is_told_to_a_script_as_a_list_of_objects(
        self, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("LITSPARK_JWT_SECRET", SECRET)
        made = command("token", "alice", "--scope", "audit", "--ttl", "60", "--format", "json", "--data-dir", tmp_path)
        (result,) = json.loads(made.out)
        assert (await Tokens(SECRET).judge(result.pop("token"))).user_id == "alice"
        assert result == {"user_id": "alice", "name": None, "scopes": ["audit"], "ttl": 60}

    async def test_is_for_an_audience_and_from_an_issuer_where_they_are_checked(
        self, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("LITSPARK_JWT_SECRET", SECRET)
        monkeypatch.setenv("LITSPARK_JWT_AUDIENCE", "chat")
        monkeypatch.setenv("LITSPARK_JWT_ISSUER", "school")
        made = command("token", "alice", "--data-dir", tmp_path)
        assert (await Tokens(SECRET, "chat", "school").judge(made.out.strip())).user_id == "alice"

    async def test_is_signed_by_the_data_directorys_own_secret_else(self, command: Command, tmp_path: Path) -> None:
        folder = tmp_path / "data"
        made = command("token", "alice", "--scope", "audit", "--scope", "admin audit", "--data-dir", folder)
        identity = await Tokens(dev_secret(folder)).judge(made.out.strip())
        assert identity.scopes == {"audit", "admin"}
        assert valid_for(identity) == 3_600
        assert (folder / "secret").stat().st_mode & 0o777 == 0o600

    async def test_takes_its_options_from_variables_but_the_command_line_wins(
        self, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        for name, value in {
            "LITSPARK_DATA_DIR": str(tmp_path),
            "LITSPARK_NAME": "Bob",
            "LITSPARK_SCOPE": "audit analytics",
            "LITSPARK_TTL": "5",
            "LITSPARK_JWT_SECRET": "",
            "LITSPARK_DATABASE_URL": "",
        }.items():
            monkeypatch.setenv(name, value)
        identity = await Tokens(dev_secret(tmp_path)).judge(command("token", "alice", "--name", "Alice").out.strip())
        assert (identity.name, identity.scopes) == ("Alice", {"audit", "analytics"})
        assert valid_for(identity) == 5


def valid_for(identity: Identity) -> int:
    return round(identity.expires_at - identity.told_at.timestamp())


class TestImportAndExport:
    def test_go_there_and_back(self, litspark: Command, database_url: str, tmp_path: Path) -> None:
        given = [line(1, "alice"), line(2, "bob", body="é"), line(3, "alice")]
        write(tmp_path / "history.jsonl", *given)
        first = litspark("import", "history.jsonl", "--format", "json", LITSPARK_DATABASE_URL=database_url)
        assert (first.code, first.err) == (0, "")
        (result,) = json.loads(first.out)
        assert (result["lines"], result["added"], result["known"], result["bad"]) == (3, 3, 0, 0)
        written = litspark("export", "copy.jsonl.gz", "--database-url", database_url)
        assert (written.code, written.out.split(), written.err) == (0, ["messages", "─" * 10, "3"], "")
        again = litspark("import", "copy.jsonl.gz", "--database-url", database_url)
        assert again.code == 0
        assert again.out.split("\n")[3].split()[:4] == ["3", "0", "3", "0"]
        shown = litspark("export", LITSPARK_DATABASE_URL=database_url)
        assert shown.out.encode() == raw(*given)
        assert shown.err == "3 messages exported\n"

    def test_tell_a_script_what_they_have_done_but_not_among_the_lines(
        self, command: Command, database_url: str, tmp_path: Path
    ) -> None:
        options = ["--database-url", database_url, "--format", "json"]
        command("import", write(tmp_path / "history.jsonl", line(1)), *options)
        written = command("export", tmp_path / "copy.jsonl", *options)
        assert (json.loads(written.out), written.err) == ([{"messages": 1}], "")
        for target in ("-", "/dev/stdout"):
            shown = command("export", target, *options)
            assert (shown.out.encode(), shown.err) == (raw(line(1)), "1 messages exported\n")

    def test_migrate_is_told_to_a_script_too(self, command: Command, empty_database_url: str) -> None:
        options = ["--database-url", empty_database_url, "--format", "json"]
        first, second = command("migrate", *options), command("migrate", *options)
        assert [set(one) for one in json.loads(first.out)][:1] == [{"applied"}]
        assert (first.code, first.err, json.loads(first.out)[0]["applied"]) == (0, "", "0001")
        assert (second.code, json.loads(second.out)) == (0, [])

    @pytest.mark.parametrize("encoded_database_url", ["LATIN1"], indirect=True)
    def test_need_a_database_that_can_hold_every_character(
        self, command: Command, encoded_database_url: str, tmp_path: Path
    ) -> None:
        path = write(tmp_path / "history.jsonl", line(1))
        for arguments in (["import", path], ["export"], ["migrate"]):
            ended = command(*arguments, "--database-url", encoded_database_url)
            assert ended.code == 1
            assert ended.err == (
                "The database can't be used: its encoding is LATIN1, which can't hold every character: "
                "it has to be UTF8\n"
            )

    @pytest.mark.parametrize("encoded_database_url", ["SQL_ASCII"], indirect=True)
    def test_are_content_with_one_that_keeps_bytes_as_they_are(
        self, command: Command, encoded_database_url: str, tmp_path: Path
    ) -> None:
        given = [line(1, body="é \U0001f600", sender_name="Zoé", title="Déjeuner")]
        path = write(tmp_path / "history.jsonl", *given)
        assert command("import", path, "--database-url", encoded_database_url).code == 0
        exported = json.loads(command("export", "--database-url", encoded_database_url).out)
        assert exported == given[0]

    def test_migrate_the_database_they_need(self, command: Command, empty_database_url: str, tmp_path: Path) -> None:
        path = write(tmp_path / "history.jsonl", line(1))
        assert command("import", path, "--database-url", empty_database_url).code == 0
        assert command("export", "--database-url", empty_database_url).out.encode() == raw(line(1))

    @pytest.mark.parametrize("skip_bad", [False, True])
    @pytest.mark.parametrize(
        ("bad", "said"),
        [
            (b"hello", "no JSON: "),
            (line(2, kind="direct"), "kind: direct contradicts the conversation's first line, by which it is group"),
            (line(2, body="x" * 8_001), "body: at most 8000 characters"),
            (line(1, body="other"), "this message was imported before, with another conversation, sender or body"),
            (line(2, kind="direct", conversation="pair"), "kind: direct needs exactly two senders"),
            (b" " * (1024 * 1024 + 1), "is longer than 1,048,576 bytes"),
        ],
    )
    def test_a_bad_line_is_told_by_its_number(
        self,
        command: Command,
        database_url: str,
        tmp_path: Path,
        bad: bytes | dict[str, str],
        said: str,
        skip_bad: bool,
    ) -> None:
        path = write(tmp_path / "history.jsonl", line(1), line(9), bad, line(3))
        options = ["--skip-bad"] if skip_bad else []
        ended = command("import", path, "--database-url", database_url, "--format", "json", *options)
        assert ended.code == (0 if skip_bad else 1)
        assert ended.err.startswith(f"line 3: {said}")
        assert ended.err.count("\n") == 1
        (result,) = json.loads(ended.out)
        assert (result["added"], result["known"], result["bad"]) == (3 if skip_bad else 2, 0, 1)
        assert count(database_url) == result["added"]
        assert count(database_url, "reading.messages-read") == 0  # alice has read what she wrote

    def test_of_many_bad_lines_the_first_are_told_and_all_are_counted(
        self, command: Command, database_url: str, tmp_path: Path
    ) -> None:
        path = write(tmp_path / "history.jsonl", *([b"hello"] * 1_500), line(1))
        ended = command("import", path, "--database-url", database_url, "--skip-bad", "--format", "json")
        assert ended.code == 0
        told = ended.err.splitlines()
        assert [each.split(":")[0] for each in told[:-1]] == [f"line {number}" for number in range(1, 21)]
        assert told[-1] == "1,500 bad lines in all"
        assert json.loads(ended.out)[0]["bad"] == 1_500

    @pytest.mark.parametrize("options", [[], ["--skip-bad"]])
    def test_a_file_that_is_cut_off_is_a_failure_in_any_case(
        self, command: Command, database_url: str, tmp_path: Path, options: list[str]
    ) -> None:
        path = write(tmp_path / "history.jsonl.gz", *(line(number) for number in range(5)))
        path.write_bytes(path.read_bytes()[:-9])
        ended = command("import", path, "--database-url", database_url, *options)
        assert ended.code == 1
        assert "the file is damaged or cut off here" in ended.err
        assert count(database_url) > 0

    def test_a_database_that_cannot_be_reached_is_a_failure(self, command: Command, tmp_path: Path) -> None:
        path = write(tmp_path / "history.jsonl", line(1))
        for arguments in (["import", path], ["export", tmp_path / "copy"], ["migrate"]):
            ended = command(*arguments, "--database-url", NOWHERE)
            assert ended.code == 1
            assert ended.err.startswith("The database can't be used: ")
            assert ended.err.count("\n") == 1
            assert "secret" not in ended.err
        assert not (tmp_path / "copy").exists()

    async def test_an_output_that_is_full_is_a_failure_and_one_that_nobody_reads_is_left_quietly(
        self, database_url: str, tmp_path: Path
    ) -> None:
        given = (line(number, body="x" * 8_000) for number in range(500))
        await bring_in(database_url, write(tmp_path / "history.jsonl", *given))
        full = await shell(f"{LITSPARK} export > /dev/full", LITSPARK_DATABASE_URL=database_url)
        assert full == (1, "input or output: No space left on device\n")
        left = await shell(
            f"{LITSPARK} export | head -c 9; exit ${{PIPESTATUS[0]}}", LITSPARK_DATABASE_URL=database_url
        )
        assert left == (1, "")

    async def test_an_unexpected_failure_is_a_sentence_too(
        self, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("LITSPARK_JWT_SECRET", SECRET)
        (tmp_path / "secret").mkdir()
        ended = command("token", "alice", "--data-dir", tmp_path)
        assert ended.code == 0
        monkeypatch.setenv("LITSPARK_JWT_SECRET", "")
        ended = command("token", "alice", "--data-dir", tmp_path)
        assert (ended.code, ended.err) == (1, f"{tmp_path}/secret: Is a directory\n")
        monkeypatch.setenv("LITSPARK_DEBUG", "1")
        assert "Traceback" in command("token", "alice", "--data-dir", tmp_path).err


@pytest.mark.slow
def test_without_a_database_url_it_is_the_one_in_the_data_directory(litspark: Command, tmp_path: Path) -> None:
    first = litspark("migrate", "--data-dir", "data")
    assert (first.code, first.err) == (0, "")
    assert first.out.split()[:3] == ["applied", "─" * 9, "0001"]
    assert litspark("migrate", LITSPARK_DATA_DIR="data").err == "nothing to do: the database has its shape\n"
    write(tmp_path / "history.jsonl", line(1))
    assert litspark("import", "history.jsonl", "--data-dir", "data", LITSPARK_DATABASE_URL="").code == 0
    assert litspark("export", "-", "--data-dir", "data").out.encode() == raw(line(1))
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()


def test_a_demo_without_a_server_says_so(command: Command, tmp_path: Path) -> None:
    shown = command("demo", "--once", "--url", "http://127.0.0.1:1", "--data-dir", tmp_path)
    assert (shown.code, shown.out, shown.err) == (1, "", "http://127.0.0.1:1: no chat answers there\n")


class TestSettingsThatDoNotFit:
    """Are told at start, by name, all at once."""

    CONTRADICTIONS: ClassVar[list[tuple[dict[str, str], list[str]]]] = [
        (
            {"JWT_SECRET": SECRET, "JWKS_URL": "https://sign-in.example/keys"},
            ["LITSPARK_JWKS_URL: contradicts LITSPARK_JWT_SECRET: tokens are judged by one of them"],
        ),
        (
            {"JWT_SECRET": "ssh-rsa A", "JWKS_URL": "ftp://x", "JWKS_FILE": "nowhere.json", "MAX_FRAME": "5"},
            [
                "LITSPARK_JWT_SECRET: a public key is no secret",
                "LITSPARK_JWKS_URL: contradicts LITSPARK_JWT_SECRET: tokens are judged by one of them",
                "LITSPARK_JWKS_FILE: contradicts LITSPARK_JWT_SECRET and LITSPARK_JWKS_URL: "
                "tokens are judged by one of them",
                "LITSPARK_MAX_FRAME: contradicts LITSPARK_MAX_REQUEST, which has to be less",
            ],
        ),
        (
            {"JWKS_FILE": "nowhere.json", "POLL": "often", "JWKS_PAUSE": "601"},
            [
                "LITSPARK_JWKS_FILE: it is no file",
                "LITSPARK_JWKS_REFRESH: contradicts LITSPARK_JWKS_PAUSE, which must not be more",
                "LITSPARK_POLL: ",
            ],
        ),
        ({"JWT_SECRET": "-----BEGIN PUBLIC KEY-----" + "x" * 32}, ["LITSPARK_JWT_SECRET: a public key is no secret"]),
        ({"JWT_SECRET": "ssh-rsa " + "A" * 32}, ["LITSPARK_JWT_SECRET: a public key is no secret"]),
        *(
            ({"JWKS_URL": url}, ["LITSPARK_JWKS_URL: no address like https://"])
            for url in (
                "file:///etc/passwd",
                "sign-in.example",
                "https://",
                "https://me:secret@sign-in.example/",
                "/",
                "http://x:y",
                "http://[",
            )
        ),
    ]

    @pytest.mark.parametrize(("given", "said"), CONTRADICTIONS)
    def test_each_is_named(
        self, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: dict[str, str], said: list[str]
    ) -> None:
        for name, value in given.items():
            monkeypatch.setenv(f"LITSPARK_{name}", value)
        ended = command("serve", "--data-dir", tmp_path)
        assert ended.code == 2
        told = ended.err.splitlines()
        assert len(told) == len(said)
        assert all(any(line.startswith(start) for line in told) for start in said), told
        assert "secret@" not in ended.err
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize(
        ("held", "said"),
        [
            (b"keys", "it is no JSON"),
            (b'{"keys": []}', "it is empty"),
            (published(make("ES256"), private=True), "key 1 in it is private or secret"),
        ],
        ids=["no JSON", "empty", "private"],
    )
    async def test_a_key_set_that_is_none_is_told_and_not_repeated(
        self, tmp_path: Path, held: bytes, said: str
    ) -> None:
        path = tmp_path / "keys.json"
        path.write_bytes(held)
        async with publishing() as server:
            server.body = held
            for variable in ({"LITSPARK_JWKS_FILE": str(path)}, {"LITSPARK_JWKS_URL": server.url}):
                process = await started("serve", "--port", "0", "--data-dir", tmp_path / "data", **variable)
                out, err = await process.communicate()
                assert (process.returncode, out) == (2, b"")
                assert f"{next(iter(variable))}: {said}" in err.decode()
                assert b"Traceback" not in err and b'"d"' not in err
        assert not (tmp_path / "data").exists()

    @pytest.mark.parametrize("words", [["token", "alice"], ["demo", "--once"]])
    def test_where_others_make_the_tokens_none_are_made_here(
        self, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str]
    ) -> None:
        monkeypatch.setenv("LITSPARK_JWKS_URL", "https://sign-in.example/keys")
        ended = command(*words, "--data-dir", tmp_path / "data")
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith("LITSPARK_JWKS_URL: tokens are made by whoever holds those keys")
