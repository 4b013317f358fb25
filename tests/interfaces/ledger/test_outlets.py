"""Checkpoints outside: in a file, at an address, and what happens while they are not taken."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import ValidationError
from structlog.testing import capture_logs

from interfaces.settings import Settings
from projections.ledger.checkpoint import Checkpoint
from tests.faults.processes import until
from tests.interfaces.ledger.stage import Superuser, keeping, send, signed, start, verified


def kept(path: Path) -> list[Checkpoint]:
    return [Checkpoint.read(json.loads(line)) for line in path.read_bytes().splitlines()]


def grows(path: Path, to: int) -> bool:
    return path.exists() and any(one.size >= to for one in kept(path))


class Elsewhere:
    """An address that takes checkpoints, or answers with another `status`, or not at all."""

    def __init__(self) -> None:
        self.status = 204
        self.asked = 0
        self.hangs = False
        self.taken: list[Checkpoint] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        body = await request.read()
        if self.hangs:
            await asyncio.Event().wait()
        if self.status == 204:
            assert request.content_type == "application/x-ndjson"
            self.taken += [Checkpoint.read(json.loads(line)) for line in body.splitlines()]
        return web.Response(status=self.status)


@asynccontextmanager
async def serving() -> AsyncIterator[Elsewhere]:
    elsewhere = Elsewhere()
    app = web.Application()
    app.router.add_post("/checkpoints", elsewhere.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.01, handler_cancellation=True)  # whom nobody waits for any more
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    elsewhere.url = f"http://{host}:{port}/checkpoints"
    try:
        yield elsewhere
    finally:
        await runner.cleanup()


class TestAFile:
    async def test_gets_every_checkpoint_as_a_line(self, database_url: str, tmp_path: Path) -> None:
        path = tmp_path / "checkpoints.jsonl"
        async with keeping(database_url, ledger_file=path) as whole:
            await start(whole)
            for _ in range(3):
                await send(whole, 2)
                await signed(whole)
        last = kept(path)[-1]
        assert last.size == 8  # a start, a key, six messages: what was signed at the end is there, too
        assert [one.size for one in kept(path)] == sorted({one.size for one in kept(path)})
        assert (await verified(database_url, outside=kept(path))).fits

    async def test_goes_on_where_it_was(self, talked_in: str, tmp_path: Path, checkpoints: list[Checkpoint]) -> None:
        path = tmp_path / "checkpoints.jsonl"
        line = json.dumps(checkpoints[0].written())
        path.write_text(f"{line}\n" + line[:50])  # and a crash has cut the next one
        async with keeping(talked_in, ledger_file=path):
            await until(lambda: path.read_bytes().count(b"\n") == len(checkpoints) + 1)
        written = path.read_text().splitlines()
        assert [json.loads(each)["size"] for each in written if each != line[:50]] == [one.size for one in checkpoints]

    async def test_that_is_new_begins_with_the_newest(
        self, talked_in: str, tmp_path: Path, checkpoints: list[Checkpoint]
    ) -> None:
        path = tmp_path / "checkpoints.jsonl"
        async with keeping(talked_in, ledger_file=path) as whole:
            await until(lambda: grows(path, 44))
            await send(whole, 1)
            await until(lambda: grows(path, 45))
        assert kept(path)[0] == checkpoints[-1]

    async def test_of_what_is_no_checkpoint_is_added_to(self, talked_in: str, tmp_path: Path) -> None:
        path = tmp_path / "checkpoints.jsonl"
        path.write_text("a note\n")
        async with keeping(talked_in, ledger_file=path):
            await until(lambda: path.read_bytes().count(b"\n") == 2)
        assert path.read_text().startswith('a note\n{"size"')

    async def test_that_can_not_be_written_is_told_and_tried_again(self, talked_in: str, tmp_path: Path) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        path = folder / "checkpoints.jsonl"
        path.mkdir()
        settings = Settings(ledger_file=folder / "x")
        assert settings.ledger_file
        with capture_logs() as logs:
            async with keeping(talked_in, ledger_file=folder / "x") as whole:
                assert whole.keeper
                (delivery,) = whole.keeper.deliveries
                await until(lambda: delivery.taken == 44)
                (folder / "x").unlink()
                (folder / "x").mkdir()
                await send(whole, 1)
                await until(lambda: delivery.failures > 1)
                (folder / "x").rmdir()
                await until(lambda: grows(folder / "x", 45))
                await until(lambda: delivery.failure is None)
        said = [(entry["event"], entry.get("to")) for entry in logs if "checkpoints" in entry["event"]]
        assert said == [("checkpoints not taken", "file"), ("checkpoints are taken again", "file")]

    @pytest.mark.parametrize(("name", "why"), [("", "a folder"), ("nowhere/file", "no such folder")])
    def test_has_to_be_in_a_folder(self, tmp_path: Path, name: str, why: str) -> None:
        with pytest.raises(ValidationError, match=why):
            Settings(ledger_file=tmp_path / name)


class TestAnAddress:
    async def test_is_given_the_newest_and_then_each_new_one(self, talked_in: str) -> None:
        async with serving() as elsewhere, keeping(talked_in, ledger_url=elsewhere.url) as whole:
            await until(lambda: elsewhere.taken)
            await send(whole, 1)
            await until(lambda: elsewhere.taken[-1].size == 45)
            assert [one.size for one in elsewhere.taken] == [44, 45]

    async def test_is_given_the_last_one_before_the_end(self, talked_in: str) -> None:
        async with serving() as elsewhere:
            async with keeping(talked_in, ledger_url=elsewhere.url, ledger_every=3600) as whole:
                await until(lambda: elsewhere.taken)
                await send(whole, 4)
            assert elsewhere.taken[-1].size == 48

    @pytest.mark.parametrize("failure", ["status", "hangs"])
    async def test_that_fails_is_told_tried_again_and_keeps_nobody_waiting(self, talked_in: str, failure: str) -> None:
        patience = 5 if failure == "status" else 0.1
        with capture_logs() as logs:
            async with serving() as elsewhere:
                setattr(elsewhere, failure, 503 if failure == "status" else True)
                async with keeping(talked_in, ledger_url=elsewhere.url, ledger_patience=patience) as whole:
                    assert whole.keeper
                    (delivery,) = whole.keeper.deliveries
                    await until(lambda: delivery.failures > 1)
                    await send(whole, 3)
                    assert (await signed(whole)).size == 47
                    setattr(elsewhere, failure, 204 if failure == "status" else False)
                    await until(lambda: elsewhere.taken and elsewhere.taken[-1].size == 47)
                    await until(lambda: delivery.failure is None)
                    assert elsewhere.asked > 1
        said = [entry["event"] for entry in logs if "checkpoints" in entry["event"]]
        assert said == ["checkpoints not taken", "checkpoints are taken again"]

    async def test_that_nobody_answers_at_ends_no_server(self, talked_in: str) -> None:
        async with keeping(talked_in, ledger_url="http://127.0.0.1:1/") as whole:
            assert whole.keeper
            (delivery,) = whole.keeper.deliveries
            await until(lambda: delivery.failure)
            assert "can't be reached" in str(delivery.failure)
            assert "127.0.0.1" not in str(delivery.failure)

    @pytest.mark.parametrize("url", ["elsewhere", "file:///x", "https://me:secret@elsewhere/"])
    def test_has_to_be_one_of_the_web(self, url: str) -> None:
        with pytest.raises(ValidationError, match="no address like"):
            Settings(ledger_url=url)


async def test_a_lost_checkpoint_is_found_by_the_file(talked_in: str, superuser: Superuser, tmp_path: Path) -> None:
    """The whole of it: rewritten, and signed by nobody; what stands in the file tells."""
    path = tmp_path / "checkpoints.jsonl"
    async with keeping(talked_in, ledger_file=path) as whole:
        await send(whole, 5)
        await signed(whole)
        await until(lambda: grows(path, 49))
    superuser.does("UPDATE events SET state = state || ' ' WHERE notification_id = 47", "DELETE FROM checkpoints")
    await superuser.makes_the_ledger_fit()
    assert (await verified(talked_in)).fits
    problem = (await verified(talked_in, outside=kept(path))).problem
    assert problem
    assert problem.kind == "rewritten"
