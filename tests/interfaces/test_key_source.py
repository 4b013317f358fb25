"""Keys of others, from the day they are published to the day they are withdrawn, and while nobody can ask for them."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import socketio
import websockets
from structlog.testing import capture_logs

from interfaces.key_source import KeySource, NotRead, _fetched, key_source
from interfaces.keys import MAX_KEY_SET, BadKeySet, UnknownKey
from interfaces.settings import Settings
from tests.faults import processes
from tests.faults.processes import Server, until
from tests.interfaces.socketio.stage import left_behind
from tests.provider import KeyServer, make, published, publishing, sign
from tests.serving import Node, serving

OLD, NEW, LATER = make("RS256", "old"), make("ES256", "new"), make("Ed25519", "later")
SOON = 0.05


@asynccontextmanager
async def judging_by(database_url: str, server: KeyServer, **more: Any) -> AsyncIterator[Node]:
    settings = {"jwt_secret": None, "jwks_url": server.url, "jwks_pause": SOON, "jwks_refresh": 3600}
    async with serving(database_url, **(settings | more)) as node:
        yield node


async def answer(node: Node | Server, token: str) -> str:
    """What `GET /api/me` says: a user_id or a code."""
    async with httpx.AsyncClient(base_url=node.url, headers={"Authorization": f"Bearer {token}"}) as client:
        body = (await client.get("/api/me")).json()
    return str(body["user"]["user_id"] if "user" in body else body["code"])


async def says(node: Node | Server, token: str, expected: str) -> bool:
    return await answer(node, token) == expected


async def connects(node: Node, token: str) -> bool:
    async with socketio.AsyncSimpleClient() as client:
        await client.connect(node.url, auth={"token": token}, transports=["websocket"])
        return bool((await client.call("sync", {}))["ok"])


async def test_keys_change_under_a_running_server_and_nobody_is_locked_out(database_url: str) -> None:
    async with publishing(OLD) as server, judging_by(database_url, server) as node:
        old, new = sign(OLD, "RS256", sub="old"), sign(NEW, "ES256", sub="new")
        assert await answer(node, old) == "old"
        assert await connects(node, old)
        assert await answer(node, new) == "invalid_token"

        server.body = published(OLD, NEW)  # the new one is known as soon as it is asked for
        await until(partial(says, node, new, "new"))
        assert await connects(node, new)
        assert await answer(node, old) == "old"
        assert await answer(node, sign(make("ES256", "unknown"), "ES256")) == "invalid_token"
        assert await answer(node, sign(make("ES256", "new"), "ES256")) == "invalid_token"

        await server.go()  # the key server is away: who is known stays so
        await until(partial(says, node, sign(LATER, "Ed25519"), "unavailable"))
        assert [await answer(node, old), await answer(node, new)] == ["old", "new"]
        assert await connects(node, old)

        server.body = published(NEW, LATER)  # back, and the old key is withdrawn
        await server.come()
        await until(partial(says, node, sign(LATER, "Ed25519", sub="later"), "later"))
        assert await answer(node, old) == "invalid_token"
        assert await answer(node, new) == "new"


async def test_a_withdrawn_key_goes_by_itself(database_url: str) -> None:
    async with publishing(OLD, NEW) as server, judging_by(database_url, server, jwks_refresh=0.1) as node:
        assert await answer(node, sign(OLD, "RS256")) == "alice"
        server.body = published(NEW)
        await until(partial(says, node, sign(OLD, "RS256"), "invalid_token"))


async def test_before_the_keys_could_be_read_nobody_is_called_an_impostor(database_url: str) -> None:
    async with publishing() as server:
        await server.go()
        async with judging_by(database_url, server, failed_tokens_per_minute=1) as node:
            for _ in range(3):
                assert await answer(node, sign(OLD, "RS256")) == "unavailable"
            server.body = published(OLD)
            await server.come()
            await until(partial(says, node, sign(OLD, "RS256"), "alice"))


async def test_a_process_starts_while_its_key_server_is_away_and_says_what_is_amiss(database_url: str) -> None:
    settings = {"database_url": database_url, "jwt_secret": "", "jwks_pause": 0.2}
    async with publishing(OLD) as server:
        await server.go()
        async with processes.serving(**settings, jwks_url=server.url) as process:
            assert "the key server can't be reached" in process.output
            assert "LITSPARK_JWT_AUDIENCE is not set" in process.output
            await server.come()
            await until(partial(says, process, sign(OLD, "RS256"), "alice"))
            await until(lambda: "keys read" in process.output)
            assert await process.stopped() == 0
        assert str(OLD.as_dict()["n"]) not in process.output


async def test_unknown_keys_are_asked_for_at_most_once_in_a_pause(database_url: str) -> None:
    async with publishing(OLD) as server, judging_by(database_url, server, jwks_pause=60) as node:
        unknown = [sign(make("ES256", f"unknown {n}"), "ES256") for n in range(20)]
        assert await asyncio.gather(*(answer(node, token) for token in unknown)) == ["invalid_token"] * 20
        assert await answer(node, sign(OLD, "RS256")) == "alice"
        assert server.asked == 1


async def test_what_is_no_key_set_any_more_changes_nothing(database_url: str) -> None:
    async with publishing(OLD) as server, judging_by(database_url, server) as node:
        assert await answer(node, sign(OLD, "RS256")) == "alice"
        private = published(OLD, NEW, private=True)
        with capture_logs() as said:
            for body in (b"", b"<html>", b'{"keys": []}', private):
                server.body = body
                asked = server.asked
                while server.asked == asked:  # not before the pause has passed
                    await answer(node, sign(NEW, "ES256"))
                assert await answer(node, sign(NEW, "ES256")) == "unavailable"
                assert await answer(node, sign(OLD, "RS256")) == "alice"
            await until(lambda: any("private" in str(entry) for entry in said))
        assert not any(str(NEW["d"]) in str(entry) for entry in said)


async def test_a_slow_key_server_holds_up_nobody_whose_key_is_known(database_url: str) -> None:
    async with publishing(OLD) as server, judging_by(database_url, server, jwks_patience=0.5) as node:
        assert await answer(node, sign(OLD, "RS256")) == "alice"
        server.answers.clear()
        waiting = asyncio.create_task(until(partial(says, node, sign(NEW, "ES256"), "unavailable")))
        assert await answer(node, sign(OLD, "RS256")) == "alice"
        await waiting


async def test_who_waits_for_a_key_and_goes_leaves_the_others_waiting() -> None:
    async with publishing(OLD) as server:
        source = KeySource(partial(_fetched, server.url, 5), 3600, 60)
        server.answers.clear()
        waiting = [asyncio.create_task(source.refresh()) for _ in range(50)]
        await until(lambda: server.asked)
        waiting[0].cancel()
        server.answers.set()
        assert await asyncio.gather(*waiting[1:]) == [True] * 49
        assert source.claims(sign(OLD, "RS256"))["sub"] == "alice"
        assert await source.refresh()
        assert server.asked == 1


async def test_a_source_that_fails_is_tried_again_soon_then_ever_more_seldom() -> None:
    async def read() -> bytes:
        raise NotRead("away")

    source = KeySource(read, 3600, 3)
    assert not await source.refresh()
    waits = [source._retry]
    for _ in range(3):
        await source._update()
        waits.append(source._retry)
    assert waits == [2, 3, 3, 3]
    with pytest.raises(UnknownKey):
        source.claims(sign(OLD, "RS256"))


async def test_a_file_is_read_anew_as_well(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(published(OLD))
    source = key_source(Settings(jwks_file=path, jwks_pause=1e-9))
    assert source
    await source.refresh()
    path.write_bytes(published(NEW))
    with pytest.raises(UnknownKey):
        source.claims(sign(NEW, "ES256"))
    await source.refresh()
    assert source.claims(sign(NEW, "ES256"))["sub"] == "alice"
    path.unlink()
    assert not await source.refresh()
    assert source.claims(sign(NEW, "ES256"))["sub"] == "alice"


async def test_who_connects_while_nobody_can_say_is_told_to_come_again(database_url: str) -> None:
    async with publishing(OLD) as server, judging_by(database_url, server) as node:
        assert await connects(node, sign(OLD, "RS256"))
        await server.go()
        await until(partial(says, node, sign(NEW, "ES256"), "unavailable"))
        client = socketio.AsyncClient(reconnection=False)
        errors: list[Any] = []
        client.on("connect_error", errors.append)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(node.url, auth={"token": sign(NEW, "ES256")}, transports=["websocket"], retry=False)
        (error,) = errors
        assert error["data"]["code"] == "unavailable"
        assert error["data"]["retry_after"] > 0


async def test_who_goes_while_the_token_is_judged_leaves_nothing_behind(database_url: str) -> None:
    async with publishing(OLD) as server, judging_by(database_url, server, sockets_per_user=1) as node:
        assert await answer(node, sign(OLD, "RS256")) == "alice"
        server.body, asked = published(OLD, NEW), server.asked
        server.answers.clear()
        token = sign(NEW, "ES256")
        at = f"{node.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket"

        async def come_and_go() -> bool:
            async with websockets.connect(at) as opened:
                await opened.recv()
                await opened.send("40")
                await opened.recv()
                await opened.send(f'420["authenticate", {{"token": "{token}"}}]')
                told = asyncio.create_task(opened.recv())  # refused, where keys have been read only just now
                await until(lambda: told.done() or server.asked > asked)
                told.cancel()
                return server.asked > asked

        await until(come_and_go)
        await until(lambda: not node.sockets.eio.sockets)
        server.answers.set()
        await until(lambda: not left_behind(node))
        assert await connects(node, token)


HEADS = {
    "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd": NotRead,
    "HTTP/1.1 301 Moved\r\nLocation: /keys": NotRead,
    "HTTP/1.1 404 Not Found": NotRead,
    "HTTP/1.1 503 Away": NotRead,
    "nonsense": NotRead,
}


@pytest.mark.parametrize(("head", "failure"), HEADS.items())
async def test_what_is_no_answer_is_no_key_set(head: str, failure: type[Exception]) -> None:
    async with publishing(OLD) as server:
        server.head = head
        with pytest.raises(failure):
            await _fetched(server.url, 5)


async def test_an_answer_that_is_too_large_is_not_read() -> None:
    async with publishing() as server:
        server.body = b" " * (MAX_KEY_SET + 1)
        with pytest.raises(BadKeySet, match="bytes"):
            await _fetched(server.url, 5)
        server.head += "\r\nContent-Encoding: gzip"
        server.body = gzip.compress(b" " * 100_000_000)
        assert await _fetched(server.url, 5) == server.body
