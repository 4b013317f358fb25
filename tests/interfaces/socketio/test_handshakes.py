"""Handshakes, polls and posts as no client makes them."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from tests.interfaces.socketio.devices import PATIENCE, started
from tests.interfaces.socketio.raw import PATH, Gone, Raws, event, synced, websocket
from tests.interfaces.socketio.stage import nobody_is_left, until
from tests.serving import Node

PLAIN_GET = f"{PATH}&transport=polling"


async def test_a_handshake_that_is_none_is_refused(raw: Raws) -> None:
    for path in (
        "/socket.io/",
        "/socket.io/?EIO=3&transport=polling",
        "/socket.io/?EIO=&transport=polling",
        "/socket.io/?EIO=5&transport=polling",
        f"{PATH}&transport=x",
        f"{PATH}&transport=websocket",
        f"{PATH}&transport=polling&sid=unknown",
        f"{PATH}&transport=websocket&sid=unknown",
        f"{PATH}&transport=polling&j=x",
        f"{PATH}&transport=polling&sid=%00%ff%ed%a0%80",
        f"{PATH}&transport=" + "x" * 10_000,
        "/socket.io/?" + "&".join(["a=1"] * 5_000),
    ):
        response = await raw.http.get(path)
        assert response.status_code == 400, path
        assert len(response.content) < 300
        assert (await raw.http.post(path, content="40")).status_code == 400


async def test_methods_that_there_are_none_are_refused(raw: Raws) -> None:
    session = await raw.polling()
    for path in (PLAIN_GET, session.path):
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "X"):
            assert (await raw.http.request(method, path)).status_code in (400, 405)
        assert (await raw.http.options(path)).status_code == 200
    assert (await raw.http.post(PLAIN_GET, content="40")).status_code == 400


async def test_paths_beside_are_not_found(raw: Raws) -> None:
    for path in ("/socket.iox/?EIO=4&transport=polling", "/engine.io/?EIO=4&transport=polling", "/x?EIO=4"):
        assert (await raw.http.get(path)).status_code == 404


async def test_a_websocket_handshake_that_is_none_is_refused(raw: Raws) -> None:
    for query in (
        "EIO=4&transport=websocket&sid=unknown",
        "EIO=3&transport=websocket",
        "EIO=4&transport=x",
        "EIO=4&transport=polling",
        "EIO=4",
        "transport=websocket",
        "",
    ):
        with pytest.raises(InvalidStatus) as caught:
            await websocket(raw.url, query=query)
        assert caught.value.response.status_code in (400, 403), query


async def over_tcp(node: Node, *parts: bytes, close: bool = False) -> bytes:
    """What bytes are answered, up to the end of the connection; with `close`, nobody waits for it."""
    address = urlsplit(node.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if close:
            return b""
        return await asyncio.wait_for(reader.read(), PATIENCE)
    finally:
        writer.close()


def request(method: str, path: str, *headers: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", "Connection: close", *headers, "", ""]).encode(
        "latin-1"
    )


async def test_an_upgrade_header_without_an_upgrade_is_refused(node: Node, raw: Raws) -> None:
    session = await raw.polling()
    for path in (f"{PATH}&transport=websocket", f"{PATH}&transport=websocket&sid={session.sid}"):
        answer = await over_tcp(node, request("GET", path, "Upgrade: websocket"))
        assert answer.startswith(b"HTTP/1.1 400"), answer[:200]
    await (await session.enter(node.token("garbage"))).send(event("sync", {}, number=1))
    synced(await session.receive(), 1)


async def test_headers_that_are_none_are_refused(node: Node, raw: Raws) -> None:
    for headers in (
        ["Content-Length: x"],
        ["Content-Length: -1"],
        ["Content-Length: 5, 5"],
        ["Content-Length: 5", "Content-Length: 5"],
        ["Content-Length: 99999999999999999999"],
        ["Transfer-Encoding: chunked", "Content-Length: 5"],
        ["Origin: \xff\xfe"],
    ):
        answer = await over_tcp(node, request("POST", PLAIN_GET, *headers), b"40")
        assert answer[9:12] in (b"400", b"403", b"413"), (headers, answer[:200])
    for headers in (["X-Name: \xff\xfe"], ["Cookie: \x80"], ["X-Forwarded-For: \xff", "X-Forwarded-Proto: \xff"]):
        answer = await over_tcp(node, request("GET", f"{PATH}&transport=x", *headers))
        assert answer[9:12] == b"400"


async def test_a_body_that_breaks_off_is_not_taken(node: Node, raw: Raws) -> None:
    session = await (await raw.polling()).enter(node.token("garbage"))
    start = event("start_conversation", started("someone"))
    before = await node.chat.store.end()
    for path in (session.path, PLAIN_GET, f"{PATH}&transport=polling&sid=unknown"):
        for body in (b"", start.encode(), start.encode() + b"\x1e"):
            await over_tcp(node, request("POST", path, f"Content-Length: {len(body) + 10}"), body, close=True)
            chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n" if body else b""
            await over_tcp(node, request("POST", path, "Transfer-Encoding: chunked"), chunk, close=True)
    await session.send(event("sync", {}, number=1))
    synced(await session.receive(), 1)
    assert await node.chat.store.end() == before


async def test_a_poll_that_breaks_off_ends_the_session(node: Node, raw: Raws) -> None:
    """What would be sent meanwhile, nobody gets."""
    session = await (await raw.polling()).enter(node.token("garbage"))
    (socket,) = node.sockets.eio.sockets.values()
    poll = asyncio.create_task(session.poll())
    await until(lambda: socket.polled)
    poll.cancel()
    await nobody_is_left(node)
    with pytest.raises(Gone):
        await session.poll()


async def test_a_post_of_2_mib_ends_the_session(raw: Raws, node: Node) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(32):
            yield b"4" * 64 * 1024

    for content in (b"4" * 2 * 1024 * 1024, endless()):
        session = await (await raw.polling()).enter(node.token("garbage"))
        response = await session.post(content)
        assert response.status_code in (400, 413)
        with pytest.raises(Gone):
            await session.receive()
        await nobody_is_left(node)


async def test_several_posts_of_2_mib_at_once_end_the_session(node: Node, raw: Raws) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(32):
            yield b"x" * (1 << 16)

    session = await (await raw.polling()).enter(node.token("garbage"))
    answers = await asyncio.gather(*(session.post(chunks()) for _ in range(4)))
    assert all(answer.status_code < 500 for answer in answers)
    raw.forget(session)
    await nobody_is_left(node)


async def test_a_post_that_is_no_text_is_passed_over(raw: Raws, node: Node) -> None:
    session = await (await raw.polling()).enter(node.token("garbage"))
    for content in (
        b"",
        b"\xff\xfe\x00",
        b"4\xed\xa0\x80",
        bytes(range(256)),
        b"d=42[]",
        b"\x1e" * 5_000,
        b"42[]\x1e" * 5_000,
    ):
        assert (await session.post(content)).status_code == 200
    await session.send(event("sync", {}, number=1))
    synced(await session.receive(), 1)


async def test_two_polls_at_once_end_the_session(raw: Raws, node: Node) -> None:
    session = await (await raw.polling()).enter(node.token("garbage"))
    answers = await asyncio.gather(session.http.get(session.path), session.http.get(session.path))
    assert sorted(answer.status_code for answer in answers) == [200, 400]
    with pytest.raises(Gone):
        await session.poll()
        await session.poll()


async def test_many_packets_in_one_post_are_all_answered(raw: Raws, node: Node) -> None:
    session = await (await raw.polling()).enter(node.token("garbage"))
    await session.send(*[event("sync", {}, number=number) for number in range(200)])
    answers = []
    while len(answers) < 200:
        packets = await session.poll()
        assert len(packets) <= 16  # the Python client takes no more
        answers += packets
    for number, answer in enumerate(answers):
        synced(answer, number)


async def test_the_older_ways_of_polling_work_or_are_refused(raw: Raws) -> None:
    response = await raw.http.get(f"{PLAIN_GET}&j=0")
    assert (response.status_code, response.text[:6]) == (200, "___eio")
    sid = response.text.split('sid\\":\\"')[1].split("\\")[0]
    assert (await raw.http.post(f"{PLAIN_GET}&sid={sid}", content="1")).status_code == 200
