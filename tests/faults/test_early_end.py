"""Whoever is told to end in the middle of starting leaves nothing behind, and says how it ended."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.faults.processes import UNLIMITED, serving, started, until
from tests.faults.test_start_and_stop import processes_of
from tests.interfaces.cli.conftest import started as begun


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("command", ["migrate", "export"])
async def test_a_command_that_is_stopped_while_its_postgres_starts_takes_it_along(
    data_dir: Path, command: str, how: signal.Signals
) -> None:
    arguments = [data_dir / "history.jsonl"] if command == "export" else []
    process = await begun(command, *arguments, "--data-dir", data_dir)
    await until((data_dir / "postgres.log").exists, 30)
    process.send_signal(how)
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, out, err.decode()) == (1, b"", "Stopped.\n")
    assert not processes_of(data_dir)
    assert not (data_dir / "history.jsonl").exists()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("early", [True, False])
async def test_a_server_that_is_told_to_end_before_it_is_ready_ends_well(
    data_dir: Path, how: signal.Signals, early: bool
) -> None:
    async with started(**UNLIMITED, data_dir=data_dir) as server:
        if early:
            await until((data_dir / "postgres.log").exists, 30)
        else:
            await until(lambda: (data_dir / "postgres" / ".s.PGSQL.5432").exists(), 30)
        server.signal(how)
        assert await server.ended(30) == 0
        assert server.said in (["Stopped."], [])
    assert not processes_of(data_dir)


async def test_the_end_of_its_terminal_is_a_servers_end_too(database_url: str) -> None:
    async with serving(database_url=database_url) as server:
        server.signal(signal.SIGHUP)
        server.signal(signal.SIGTERM)
        assert await server.ended(10) == 0
