"""The commands that verify, prove, export and sign, as they are typed, and how they end."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from interfaces.ledger.keys import made
from projections.ledger.checkpoint import Checkpoint
from tests.interfaces.cli.conftest import Command, Outcome, command, litspark, started  # noqa: F401
from tests.interfaces.cli.histories import crowd, running, write
from tests.interfaces.ledger.stage import GROUP, KEY, OTHER, PEM, Superuser, start
from tests.interfaces.ledger.test_proof import messages

WHY = ("--reason", "complaint 411")
NAMES = ("verify", "prove", "export", "checkpoint")


@pytest.fixture
def audit(
    command: Command,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    talked_in: str,
    tmp_path: Path,
) -> Command:
    """Runs one of them on a database that has been talked in, by a node that has the key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LITSPARK_LEDGER_KEY", PEM)

    def run(*arguments: object) -> Outcome:
        return command("audit", *arguments, "--database-url", talked_in)

    return run


def answer(outcome: Outcome) -> Any:
    assert outcome.code == 0, outcome.err
    (found,) = json.loads(outcome.out)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_help_has_an_example(command: Command, name: str) -> None:  # noqa: F811
    shown = command("audit", name, "--help")
    assert shown.code == 0
    assert f"litspark audit {name}" in shown.out.split("Example", 1)[1]
    assert {"--data-dir", "--database-url", "--format", "LITSPARK_DATA_DIR"} <= set(shown.out.replace(";", " ").split())


class TestVerify:
    def test_says_that_it_fits(self, audit: Command) -> None:
        shown = audit("verify")
        assert (shown.code, shown.err.splitlines()[-1]) == (0, "It fits.")
        assert KEY.public_key in shown.out
        found = answer(audit("verify", "--format", "json", "--key", KEY.public_key))
        assert (found["fits"], found["events"], found["signed"], found["problem"]) == (True, 44, 44, None)
        assert found["keys"] == [KEY.public_key]

    def test_says_where_it_does_not_and_how(self, audit: Command, superuser: Superuser) -> None:
        superuser.does("DELETE FROM events WHERE notification_id = 20")
        shown = audit("verify", "--format", "json")
        assert shown.code == 1
        (found,) = json.loads(shown.out)
        assert found["fits"] is False
        assert (found["problem"]["position"], found["problem"]["kind"], found["problem"]["what"]) == (
            20,
            "missing",
            "event",
        )
        assert shown.err.splitlines()[-1].startswith("Does not fit. position 20: missing event: ")

    def test_says_what_is_not_signed_yet(self, audit: Command, talked_in: str) -> None:
        async def one_more() -> None:
            async with running(talked_in) as whole:
                await start(whole, uuid4())

        asyncio.run(one_more())
        assert audit("verify").err.splitlines()[-1] == "It fits. The last 1 events are not signed yet."

    def test_writes_nothing(self, audit: Command, superuser: Superuser) -> None:
        counts = """SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM checkpoints),
            (SELECT sum(position) FROM projections)"""
        before = superuser.asks(counts)
        audit("verify")
        audit("prove", uuid4())
        assert superuser.asks(counts) == before

    def test_takes_what_was_kept_outside(
        self, audit: Command, superuser: Superuser, checkpoints: list[Checkpoint], tmp_path: Path
    ) -> None:
        kept = tmp_path / "kept.jsonl"
        kept.write_text("".join(f"{json.dumps(one.written())}\n" for one in checkpoints))
        assert audit("verify", "--checkpoints", kept).code == 0
        superuser.does("UPDATE events SET state = state || ' ' WHERE notification_id = 20", "DELETE FROM checkpoints")
        asyncio.run(superuser.makes_the_ledger_fit())
        assert audit("verify").code == 0
        shown = audit("verify", "--checkpoints", kept)
        assert shown.code == 1
        assert "rewritten log" in shown.err

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--key", "x"], "--key: x: neither a public key of 64 hexadecimal digits nor a file of one"),
            (["--checkpoints", "nowhere"], "--checkpoints: nowhere: No such file"),
            (["--checkpoints", "bad"], "--checkpoints: bad, line 1: "),
            (["nowhere"], "--key: what comes from elsewhere is verified by the public key"),
            (["nowhere", "--key", KEY.public_key], "nowhere: no such folder"),
            ([".", "--key", KEY.public_key], ".: no bundle"),
            (["bad", "--key", KEY.public_key], "bad: "),
        ],
    )
    def test_misuse_is_told(self, audit: Command, tmp_path: Path, words: list[str], said: str) -> None:
        (tmp_path / "bad").write_text("x\n")
        shown = audit("verify", *words)
        assert (shown.code, shown.out) == (2, "")
        assert shown.err.startswith(said)


class TestProve:
    def made(self, audit: Command, talked_in: str, *words: object) -> Outcome:
        _, message_id = asyncio.run(messages(talked_in))[20]
        return audit("prove", message_id, *words)

    def test_writes_a_proof_that_verifies(self, audit: Command, talked_in: str, tmp_path: Path) -> None:
        assert self.made(audit, talked_in, "--out", tmp_path / "proof.json").code == 0
        verify = ("verify", tmp_path / "proof.json", "--format", "json", "--key")
        assert answer(audit(*verify, KEY.public_key))["fits"] is True
        refused = audit(*verify, OTHER.public_key)
        assert refused.code == 1
        assert "forged" in refused.err

    def test_shows_it_where_no_file_is_named(self, audit: Command, talked_in: str) -> None:
        plain = json.loads(self.made(audit, talked_in).out)
        assert [plain] == json.loads(self.made(audit, talked_in, "--format", "json").out)

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["x"], "MESSAGE_ID: must be a UUID"),
            (["x" * 36], "MESSAGE_ID: must be a UUID"),
            ([str(GROUP)], "not_found: no message"),
            ([str(GROUP), "--out", "."], ".: a folder"),
            ([str(GROUP), "--out", "nowhere/proof"], "nowhere/proof: no such folder"),
        ],
    )
    def test_misuse_is_told(self, audit: Command, words: list[str], said: str) -> None:
        shown = audit("prove", *words)
        assert (shown.code, shown.out) == (2, "")
        assert shown.err.startswith(said)

    def test_what_proves_nothing_is_told(self, audit: Command, talked_in: str, superuser: Superuser) -> None:
        superuser.does("DELETE FROM checkpoints")
        shown = self.made(audit, talked_in)
        assert (shown.code, shown.out) == (1, "")
        assert "is not signed yet" in shown.err


class TestExport:
    @pytest.mark.parametrize(
        "words",
        [[], ["--conversation", str(GROUP)], ["--person", "bob"], ["--from", "5", "--to", "20"]],
        ids=["all", "conversation", "person", "span"],
    )
    def test_writes_what_verifies(self, audit: Command, tmp_path: Path, words: list[str]) -> None:
        found = answer(audit("export", tmp_path / "b", *words, *WHY, "--format", "json"))
        assert found["upto"] == 45
        verified = answer(audit("verify", tmp_path / "b", "--key", KEY.public_key, "--format", "json"))
        assert verified["fits"] is True
        assert verified["events"] == 45
        assert audit("verify", tmp_path / "b", "--key", OTHER.public_key).code == 1
        events = tmp_path / "b" / "events.jsonl"
        events.write_bytes(events.read_bytes()[:-30])
        shown = audit("verify", tmp_path / "b", "--key", KEY.public_key)
        assert shown.code == 1
        assert "truncated bundle" in shown.err
        assert audit("export", tmp_path / "b", *WHY, "--from", "7").code == 2

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["b"], "Missing option '--reason'"),
            (["b", "--reason", " "], "--reason: "),
            ([*WHY], "Missing argument 'DIR'"),
            (["kept", *WHY], "kept: no folder"),
            (["full", *WHY], "full: holds something else"),
            (["b", *WHY, "--conversation", "x"], "CONVERSATION: "),
            (["b", *WHY, "--conversation", str(GROUP), "--person", "bob"], "--person: contradicts --conversation"),
            (["b", *WHY, "--conversation", "7" * 8 + str(GROUP)[8:]], "not_found: no such conversation"),
            (["b", *WHY, "--person", "nobody"], "not_found: nobody has heard of nobody"),
            (["b", *WHY, "--person", "two words"], "--person: "),
            (["b", *WHY, "--from", "99"], "invalid_payload: at: in the future"),
            (["b", *WHY, "--to", "2999-01-01T00:00:00Z"], "invalid_payload: at: in the future"),
            (["b", *WHY, "--to", "yesterday"], "invalid_payload: at: must be a position"),
            (["b", *WHY, "--from", "7", "--to", "5"], "invalid_payload: position 7"),
        ],
    )
    def test_misuse_is_told(self, audit: Command, tmp_path: Path, words: list[str], said: str) -> None:
        (tmp_path / "kept").touch()
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "file").touch()
        shown = audit("export", *words)
        assert (shown.code, shown.out) == (2, "")
        assert shown.err.startswith(said)
        assert not (tmp_path / "b").exists()

    def test_needs_something_signed(
        self, audit: Command, monkeypatch: pytest.MonkeyPatch, superuser: Superuser, tmp_path: Path
    ) -> None:
        monkeypatch.delenv("LITSPARK_LEDGER_KEY")
        superuser.does("DELETE FROM checkpoints")
        shown = audit("export", tmp_path / "b", *WHY)
        assert (shown.code, shown.out) == (1, "")
        assert "is not signed yet" in shown.err


class TestCheckpoint:
    def test_signs_what_there_is(self, audit: Command, talked_in: str, superuser: Superuser) -> None:
        superuser.does(
            "DELETE FROM checkpoints",
            "DELETE FROM ledger_1.entries",
            "UPDATE projections SET position = 0 WHERE name = 'ledger'",
        )
        found = answer(audit("checkpoint", "--format", "json"))
        assert (found["size"], found["public_key"], found["key_id"]) == (44, KEY.public_key, KEY.key_id)
        assert answer(audit("checkpoint", "--format", "json")) == found
        assert audit("verify").code == 0

    def test_tells_a_key_that_is_new(self, audit: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("LITSPARK_LEDGER_KEY", made())
        assert answer(audit("checkpoint", "--format", "json"))["size"] == 45
        assert len(answer(audit("verify", "--format", "json"))["keys"]) == 2

    def test_needs_a_key(self, audit: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("LITSPARK_LEDGER_KEY")
        shown = audit("checkpoint")
        assert (shown.code, shown.out) == (2, "")
        assert "no key to sign with" in shown.err
        monkeypatch.setenv("LITSPARK_LEDGER_KEY", "c2VjcmV0")
        shown = audit("checkpoint")
        assert shown.code == 2
        assert shown.err.startswith("LITSPARK_LEDGER_KEY: no private key")
        assert "c2VjcmV0" not in shown.err

    def test_does_not_sign_what_contradicts_what_was_signed(self, audit: Command, superuser: Superuser) -> None:
        superuser.does("UPDATE checkpoints SET chain = sha256(chain) WHERE size = 44")
        shown = audit("checkpoint")
        assert shown.code == 1
        assert "is forged" in shown.err
        assert "Traceback" not in shown.err

    def test_of_an_empty_log_there_is_none(
        self,
        command: Command,  # noqa: F811
        monkeypatch: pytest.MonkeyPatch,
        database_url: str,
    ) -> None:
        monkeypatch.setenv("LITSPARK_LEDGER_KEY", PEM)
        shown = command("audit", "checkpoint", "--database-url", database_url)
        assert (shown.code, shown.out) == (1, "")
        assert "the log is empty" in shown.err


@pytest.mark.slow
async def test_in_a_data_directory_the_key_is_kept_too_and_an_export_is_stopped_and_gone_on_with(
    litspark: Callable[..., Outcome],  # noqa: F811
    tmp_path: Path,
) -> None:
    def run(*words: object) -> Any:
        shown = litspark(*words, "--data-dir", tmp_path / "data", "--format", "json")
        assert shown.code == 0, shown.err
        return json.loads(shown.out)

    run("import", write(tmp_path / "history.jsonl", *crowd(12_000)))
    (signed,) = run("audit", "checkpoint")
    assert oct(os.stat(tmp_path / "data" / "ledger-key").st_mode)[-3:] == "600"
    words = ("audit", "export", tmp_path / "b", *WHY, "--data-dir", tmp_path / "data")
    process = await started(*words)
    events = tmp_path / "b" / "events.jsonl"
    async with asyncio.timeout(60):
        while not (events.exists() and events.stat().st_size > 0):
            await asyncio.sleep(0.001)
    process.send_signal(signal.SIGTERM)
    _, err = await process.communicate()
    assert (process.returncode, b"Traceback" in err) == (1, False), err
    assert not (tmp_path / "b" / "manifest.json").exists()
    (found,) = run(*words[:-2])
    (verified,) = run("audit", "verify", tmp_path / "b", "--key", signed["public_key"])
    assert verified["fits"] is True
    assert verified["shown"] == found["upto"] == signed["size"] + 1
