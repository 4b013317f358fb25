"""When the ledger is signed, by whom, and when not."""

import asyncio
import json
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from domain.ledger import LedgerKeyTold
from interfaces.chat import Chat, chat
from interfaces.ledger.keys import made
from interfaces.ledger.schema import place
from interfaces.ledger.signer import Contradiction, Signer
from interfaces.settings import Settings
from projections.ledger.checkpoint import Checkpoint
from tests.application.test_recorder import end_sessions
from tests.faults.processes import until
from tests.interfaces.ledger.stage import (
    KEY,
    OTHER,
    Superuser,
    keeping,
    raw,
    send,
    signed,
    start,
    verified,
)


async def keys_told(url: str) -> list[tuple[int, str]]:
    found = [event for event in await raw(url) if event.topic == LedgerKeyTold.TOPIC]
    return [(event.position, json.loads(event.state)["public_key"]) for event in found]


def signer(whole: Chat) -> Signer:
    assert whole.keeper and whole.keeper.signer
    return whole.keeper.signer


async def sizes(url: str) -> list[int]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        rows = await (await connection.execute("SELECT size FROM checkpoints ORDER BY size")).fetchall()
    return [size for (size,) in rows]


async def test_the_key_is_told_in_the_log_at_its_first_use(database_url: str) -> None:
    async with keeping(database_url) as whole:
        await asyncio.wait_for(until_looked(whole), 10)
        assert await whole.store.end() == 0  # nothing to sign, so nothing is told
        await start(whole)
        first = await signed(whole)
        (told,) = await keys_told(database_url)
        assert told[1] == KEY.public_key
        assert first.size >= told[0]
    async with keeping(database_url) as whole:
        await send(whole, 3)
        await signed(whole)
    assert await keys_told(database_url) == [told]
    assert (await verified(database_url)).fits


async def until_looked(whole: Chat) -> None:
    """Until it had the time to do what it must not do."""
    for _ in range(3):
        await signer(whole).sign()


async def test_another_key_is_told_too_and_both_are_trusted(database_url: str) -> None:
    async with keeping(database_url) as whole:
        await start(whole)
        await signed(whole)
    async with keeping(database_url, ledger_key=made()) as whole:
        await send(whole, 1)
        await signed(whole)
    assert len(await keys_told(database_url)) == 2
    report = await verified(database_url)
    assert report.fits and len(report.keys) == 2


async def test_nothing_new_is_not_signed_again(database_url: str) -> None:
    async with keeping(database_url) as whole:
        await start(whole)
        last = await signed(whole)
        before = await sizes(database_url)
        for _ in range(3):
            assert await signer(whole).sign() is None
        assert await sizes(database_url) == before
        assert before[-1] == last.size


async def test_what_is_there_at_the_end_is_signed(database_url: str) -> None:
    async with keeping(database_url, ledger_every=3600) as whole:
        await start(whole)
        await until(lambda: signer(whole).last)
        await send(whole, 20)
    assert (await sizes(database_url))[-1] == len(await raw(database_url)) == 22


async def test_a_node_without_the_private_key_does_not_sign(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, data_dir=tmp_path, poll=0.02, ledger_rest=0)
    with capture_logs() as logs:
        async with chat(settings, database_url, ledger=True) as whole:
            assert whole.keeper and whole.keeper.signer is None
            await start(whole)
            await send(whole, 3)
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == ["ledger not signed here"]
    report = await verified(database_url)
    assert report.fits
    assert (report.recorded, report.signed, await sizes(database_url)) == (4, None, [])
    assert await keys_told(database_url) == []


async def test_two_nodes_with_one_key_are_as_good_as_one(database_url: str) -> None:
    async with keeping(database_url) as one, keeping(database_url) as other:
        await start(one)
        for _ in range(5):
            await asyncio.gather(send(one, 3), send(other, 3))
        await signed(one)
        await signed(other)
    assert len(await keys_told(database_url)) == 1
    assert (await verified(database_url)).fits


class TestWhatContradictsWhatWasSigned:
    async def test_is_not_signed(self, talked_in: str, superuser: Superuser) -> None:
        async with keeping(talked_in, ledger_every=3600) as whole:
            await until(lambda: signer(whole).last)
            superuser.does("UPDATE events SET state = state || ' ' WHERE notification_id = 20")
            await superuser.makes_the_ledger_fit()
            superuser.does("DELETE FROM checkpoints")  # it remembers what it has signed
            await send(whole, 1)
            await until(lambda: reached(whole, 45))
            with pytest.raises(Contradiction, match="no longer what was signed at size 44"):
                await signer(whole).sign()
        assert await sizes(talked_in) == []

    async def test_is_told_once_and_counted(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("UPDATE events SET state = state || ' ' WHERE notification_id = 20")
        await superuser.makes_the_ledger_fit()
        with capture_logs() as logs:
            async with keeping(talked_in, ledger_every=0.01) as whole:
                await send(whole, 1)
                await until(lambda: signer(whole).failure)
                assert whole.keeper
        errors = [entry for entry in logs if entry["log_level"] == "error"]
        assert [entry["event"] for entry in errors] == ["ledger not signed"]
        assert "no longer what was signed" in errors[0]["why"]

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ("UPDATE checkpoints SET root = sha256(root) WHERE size = 44", "size 44 is forged"),
            ("UPDATE checkpoints SET size = 99 WHERE size = 44", "size 99 is forged"),
            (
                "UPDATE ledger_1.entries SET nodes = substr(nodes, 1, 64) || sha256(nodes) WHERE position = 44",
                "no longer what was signed",
            ),
        ],
    )
    async def test_is_any_of_this(self, talked_in: str, superuser: Superuser, change: str, why: str) -> None:
        superuser.does(change)
        async with keeping(talked_in) as whole:
            await send(whole, 1)
            await until(lambda: signer(whole).failure)
            assert why in str(signer(whole).failure)

    async def test_is_a_ledger_that_is_shorter(
        self, talked_in: str, superuser: Superuser, checkpoints: list[Checkpoint]
    ) -> None:
        superuser.does("DELETE FROM events WHERE notification_id > 40")
        await superuser.makes_the_ledger_fit()
        async with keeping(talked_in) as whole:
            await until(lambda: signer(whole).failure)
            assert "size 44 was signed, and the ledger has come to 40 only" in str(signer(whole).failure)

    async def test_is_not_what_another_key_has_signed(self, talked_in: str, superuser: Superuser) -> None:
        made = OTHER.sign(99, b"\1" * 32, b"\2" * 32)
        superuser.does(
            f"INSERT INTO checkpoints VALUES (99, '\\x{made.root.hex()}', '\\x{made.chain.hex()}', now(), "
            f"'{made.key_id}', '\\x{made.signature.hex()}')"
        )
        async with keeping(talked_in) as whole:
            await send(whole, 1)
            assert (await signed(whole)).size == 45


async def reached(whole: Chat, position: int) -> bool:
    """Whether the ledger has."""
    async with whole.pool.connection() as connection:
        return (await place(connection))[0] >= position


async def test_a_database_that_is_away_is_waited_for(database_url: str) -> None:
    async with keeping(database_url, ledger_every=0.02) as whole:
        await start(whole)
        await signed(whole)
        end_sessions(database_url, "litspark ledger")
        await send(whole, 1)
        await signed(whole)
    assert (await verified(database_url)).fits
