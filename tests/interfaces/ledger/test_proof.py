"""The proof of one message, by our own check and by the script of the documentation, which knows nothing of us."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.base import Rejected
from interfaces.ledger.problem import DoesNotFit
from interfaces.ledger.proof import NoProof, NotSigned, check, prove
from projections.ledger.checkpoint import Checkpoint
from tests.database import open_pools
from tests.interfaces.cli.histories import running
from tests.interfaces.ledger.stage import KEY, OTHER, Superuser, keeping, raw, send, signed

SCRIPT = Path(__file__).resolve().parents[3] / "docs" / "examples" / "verify_proof.py"


async def proof(url: str, message_id: UUID) -> dict[str, Any]:
    async with open_pools(url) as pools:
        return await prove(pools.store(), pools.reading, "ledger_1", message_id)


async def messages(url: str) -> list[tuple[int, UUID]]:
    events = [event for event in await raw(url) if event.topic == "timeline.message-sent"]
    return [(event.position, UUID(json.loads(event.state)["message_id"])) for event in events]


def script(folder: Path, held: dict[str, Any], key: str = KEY.public_key) -> subprocess.CompletedProcess[str]:
    (folder / "proof.json").write_text(json.dumps(held), "utf-8")
    words = [sys.executable, "-I", SCRIPT, folder / "proof.json", key]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)


async def test_every_message_can_be_proven(talked_in: str, checkpoints: list[Checkpoint]) -> None:
    sizes = [one.size for one in checkpoints]
    for position, message_id in await messages(talked_in):
        made = json.loads(json.dumps(await proof(talked_in, message_id)))
        assert made["event"]["position"] == position
        signed = check(made, [OTHER.public_key, KEY.public_key])
        assert signed.size == min(size for size in sizes if size >= position)
        assert len(made["path"]) <= 6  # and nothing of any other message


class TestTheScriptOfTheDocumentation:
    def test_has_less_than_60_lines_and_needs_nothing_of_ours(self) -> None:
        lines = SCRIPT.read_text("utf-8").splitlines()
        assert len(lines) < 60
        modules = {line.split()[1].partition(".")[0] for line in lines if line.startswith(("import ", "from "))}
        assert modules - set(sys.stdlib_module_names) == {"cryptography"}

    async def test_verifies_a_proof(self, talked_in: str, tmp_path: Path) -> None:
        for _, message_id in (await messages(talked_in))[::10]:
            ran = script(tmp_path, await proof(talked_in, message_id))
            assert (ran.returncode, ran.stderr) == (0, "")
            assert ran.stdout.startswith("verified: position ")
            assert str(message_id) in ran.stdout

    async def test_refuses_anything_else(self, talked_in: str, tmp_path: Path) -> None:
        made = await proof(talked_in, (await messages(talked_in))[20][1])
        for change in CHANGES.values():
            ran = script(tmp_path, changed(made, change))
            assert ran.returncode == 1
            assert "DOES NOT VERIFY" in ran.stderr
        assert script(tmp_path, made, OTHER.public_key).returncode == 1

    async def test_verifies_what_people_write(self, talked_in: str, tmp_path: Path) -> None:
        async with keeping(talked_in) as whole:
            (message_id,) = await send(whole, 1, body='é "\\" \u2028 👍 \x7f')
            await signed(whole)
        ran = script(tmp_path, await proof(talked_in, message_id))
        assert (ran.returncode, ran.stderr) == (0, "")


def changed(made: dict[str, Any], change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(made))
    change(copy)
    return copy


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "body": lambda made: made["event"].update(state=made["event"]["state"].replace("Bonjour", "Bonsoir")),
    "time": lambda made: made["event"].update(recorded_at="2020-01-01T00:00:00.000000Z"),
    "version": lambda made: made["event"].update(version=99),
    "stream": lambda made: made["event"].update(stream=str(uuid4())),
    "topic": lambda made: made["event"].update(topic="x"),
    "position": lambda made: made["event"].update(position=made["event"]["position"] - 1),
    "path": lambda made: made["path"].reverse(),
    "shorter path": lambda made: made["path"].pop(),
    "root": lambda made: made["checkpoint"].update(root="00" * 32),
    "size": lambda made: made["checkpoint"].update(size=made["checkpoint"]["size"] + 1),
    "signature": lambda made: made["checkpoint"].update(signature="00" * 64),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_nothing_else_is_proven(talked_in: str, change: Callable[[dict[str, Any]], Any]) -> None:
    made = await proof(talked_in, (await messages(talked_in))[20][1])
    with pytest.raises(DoesNotFit):
        check(changed(made, change), [KEY.public_key])


async def test_another_key_proves_nothing(talked_in: str) -> None:
    made = await proof(talked_in, (await messages(talked_in))[20][1])
    with pytest.raises(DoesNotFit, match="forged checkpoint"):
        check(made, [OTHER.public_key])


NO_PROOFS: list[Any] = [
    [],
    {},
    None,
    7,
    {"event": {}},
]


@pytest.mark.parametrize("held", NO_PROOFS, ids=repr)
def test_what_is_no_proof_is_told(held: Any) -> None:
    with pytest.raises(NoProof, match="no proof"):
        check(held, [KEY.public_key])


async def test_a_proof_of_another_format_is_none(talked_in: str) -> None:
    made = await proof(talked_in, (await messages(talked_in))[0][1])
    with pytest.raises(NoProof, match="format"):
        check(made | {"format": "litspark proof 2"}, [KEY.public_key])


async def test_what_there_is_not_is_not_found(talked_in: str) -> None:
    with pytest.raises(Rejected) as caught:
        await proof(talked_in, uuid4())
    assert caught.value.code == "not_found"


async def test_what_is_not_signed_yet_is_told(talked_in: str) -> None:
    async with running(talked_in) as whole:
        (message_id,) = await send(whole, 1)
    with pytest.raises(NotSigned, match="position 45"):
        await proof(talked_in, message_id)


class TestOfATamperedMessage:
    async def test_nothing_is_proven(self, talked_in: str, superuser: Superuser) -> None:
        position, message_id = (await messages(talked_in))[20]
        superuser.does(f"UPDATE events SET state = state || ' ' WHERE notification_id = {position}")
        with pytest.raises(DoesNotFit, match="does not lead to what was signed"):
            await proof(talked_in, message_id)
        superuser.does(f"DELETE FROM events WHERE notification_id = {position}")
        with pytest.raises(DoesNotFit, match="missing event"):
            await proof(talked_in, message_id)

    async def test_no_key_is_taken_that_the_log_does_not_tell(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does(f"UPDATE checkpoints SET key_id = '{OTHER.key_id}'")
        with pytest.raises(DoesNotFit, match="which the log does not tell"):
            await proof(talked_in, (await messages(talked_in))[20][1])
