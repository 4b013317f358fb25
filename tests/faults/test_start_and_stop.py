"""A server ends well whatever its clients do, and says plainly why it can't start."""

import asyncio
import socket
from contextlib import suppress
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import pytest

from interfaces.client import NotConnected
from interfaces.embedded_postgres import running
from tests.faults.crowd import Crowd, events_of
from tests.faults.processes import SCALE, UNLIMITED, serving, started, token, until
from tests.faults.stubborn import stubborn_clients, wire


@pytest.mark.slow
async def test_told_to_end_under_load_a_server_answers_what_it_took_and_is_gone_within_ten_seconds(
    data_dir: Path,
) -> None:
    crowd = Crowd(seed=5, conversations=8, people=12, polling=4)
    settings = {"data_dir": data_dir, "max_unsent": 2**30}  # so that who doesn't read is still there in the end
    async with serving(**settings) as server:
        await crowd.come(server.url)
        watched = next(iter(crowd.members))
        async with stubborn_clients(server.url, crowd.members[watched][0], watched):
            sends = crowd.plan(100 * SCALE, length=4_000)
            sending = asyncio.create_task(crowd.send(sends))
            await crowd.acknowledged(len(sends) // 4)
            began = monotonic()
            assert await server.stopped() == 0
            print(f"gone after {monotonic() - began:.1f} s, {len(crowd.acked)} of {len(sends)} acknowledged")
            assert not processes_of(data_dir)
            await until(lambda: not any(client.connected for client in crowd.clients.values()))
            assert len(crowd.acked) < len(sends)
            sending.cancel()
            with suppress(asyncio.CancelledError, NotConnected):  # what was still to be sent
                await sending
        await crowd.leave()
    with running(data_dir) as database_url:
        told = crowd.check_log(await events_of(database_url))
    assert {message_id for found in told.values() for message_id, _, _ in found.messages} == crowd.acked.keys()


def processes_of(data_dir: Path) -> list[str]:
    """The processes that have a data directory in their command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found += [words] if str(data_dir) in words else []
    return found


async def test_requests_that_are_still_there_at_the_end_are_no_failures(database_url: str) -> None:
    async with serving(database_url=database_url, drain=2) as server, wire(server.url) as half:
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            deaf.connect(("127.0.0.1", urlsplit(server.url).port))
            deaf.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 400)
            headers = f"Authorization: Bearer {token('alice')}\r\nContent-Type: application/json\r\n"
            await half.ask("POST", "/api/conversations", "{", length=100, headers=headers)
            await asyncio.to_thread(deaf.recv, 1, socket.MSG_PEEK)
            assert await server.stopped() == 0
        assert "running task(s)" in server.output
        assert "CancelledError" not in server.output


@pytest.mark.slow
async def test_a_second_server_on_a_data_directory_says_so_and_leaves_the_first_alone(data_dir: Path) -> None:
    async with serving(data_dir=data_dir) as first, started(**UNLIMITED, data_dir=data_dir) as second:
        assert await second.ended(10) == 1
        assert second.said == [f"Another litspark server runs on the data directory {data_dir}."]
        assert await first.stopped() == 0
    assert not processes_of(data_dir)


async def test_a_port_that_is_taken_is_named(database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with started(**UNLIMITED | {"port": port}, database_url=database_url) as server:
            assert await server.ended(20) == 1
            assert len(server.said) == 1
            assert f"127.0.0.1:{port}" in server.output


async def test_without_a_key_a_server_does_not_start(data_dir: Path) -> None:
    async with started(port=0, data_dir=data_dir) as server:
        assert await server.ended(10) == 2
        assert len(server.said) == 1
        assert "LITSPARK_JWT_SECRET" in server.output and "--dev" in server.output
    assert not processes_of(data_dir) and not list(data_dir.iterdir())


async def test_a_database_that_does_not_answer_is_no_riddle(data_dir: Path) -> None:
    url = f"postgresql://litspark@/litspark?host={data_dir}"
    async with started(**UNLIMITED, data_dir=data_dir, database_url=url, start_patience=0) as server:
        assert await server.ended(20) == 1
        assert len(server.said) == 1
        assert server.output.startswith("The database can't be used: ")
