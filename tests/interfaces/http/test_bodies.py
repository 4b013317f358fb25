"""How large a body may be, and what counts as JSON."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from interfaces import shapes
from tests.interfaces.http.asking import Person, new_id, refusal
from tests.interfaces.http.serving import Node

KIB = 1024
PATH = "/api/conversations"


async def chunks(size: int) -> AsyncIterator[bytes]:
    """A body that doesn't say how large it is."""
    for sent in range(0, size, 64 * KIB):
        yield b" " * min(64 * KIB, size - sent)


@pytest.mark.parametrize(
    "body",
    [
        b"x",
        b"{",
        b"{}{}",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf{}",
        '{"title": "é"}'.encode("latin-1"),
        '{"title": "x"}'.encode("utf-16"),
        b'{"title": "\xed\xa0\x80"}',
        b'{"title": NaN}',
        b'{"title": Infinity}',
        b'{"title": -Infinity}',
        b'{"title": ' + b"1" * 5000 + b"}",
        b'{"title": 1e999}',
        b"[" * 10_000 + b"]" * 10_000,
        b'{"title": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"[" * 200_000,
        b'{"title": ' + b"[" * 900 + b"]" * 900 + b"}",
        b"[]",
        b"5",
        b'"x"',
        b"null",
        b"true",
    ],
    ids=lambda body: repr(body[:24]),
)
async def test_what_is_no_json_object_is_an_invalid_payload(alice: Person, body: bytes) -> None:
    await alice.refused("invalid_payload", "POST", PATH, content=body)


@pytest.mark.parametrize("body", [b"", b" ", b"\r\n\t", b"{}", b" {} "])
async def test_an_empty_body_counts_as_an_empty_object(alice: Person, bob: Person, body: bytes) -> None:
    path = f"{PATH}/{await alice.start(bob)}/read"
    await alice.done("POST", path, shapes.Read, content=body)
    problem = await alice.refused("invalid_payload", "POST", PATH, "kind", content=body)
    assert {detail["problem"] for detail in problem["details"]} == {"missing"}


async def test_a_body_of_256_kib_is_read_and_no_more(alice: Person, bob: Person) -> None:
    path = f"{PATH}/{await alice.start(bob)}/messages"
    asked = b'{"message_id": "%s", "body": "x"}' % new_id().encode()
    await alice.done("POST", path, shapes.Sent, 201, content=asked.ljust(256 * KIB))
    await alice.refused("too_large", "POST", path, content=asked.ljust(256 * KIB + 1))


@pytest.mark.parametrize("size", [256 * KIB + 1, 300 * KIB, 1024 * KIB - 1])
async def test_a_body_that_is_too_large_is_refused_and_the_connection_kept(alice: Person, size: int) -> None:
    response = await alice.ask("POST", PATH, content=b" " * size)
    refusal(response, "too_large")
    assert "Connection" not in response.headers
    refusal(await alice.ask("POST", PATH, content=chunks(size)), "too_large")


@pytest.mark.parametrize("size", [1024 * KIB, 2048 * KIB, 6 * 1024 * KIB])
async def test_from_a_mebibyte_on_the_connection_is_closed(alice: Person, size: int) -> None:
    for content in (b" " * size, chunks(size)):
        response = await alice.ask("POST", PATH, content=content)
        refusal(response, "too_large")
        assert response.headers["Connection"] == "close"


async def test_a_chunked_body_is_read_like_any_other(alice: Person) -> None:
    await alice.refused("invalid_payload", "POST", PATH, "kind", content=chunks(256 * KIB))


async def test_a_large_body_is_refused_before_any_of_it_is_sent(node: Node, alice: Person) -> None:
    answer = await raw(node, f"Authorization: {alice.headers['Authorization']}", "Content-Length: 2097152")
    assert b"413" in answer.splitlines()[0]
    assert b"connection: close" in answer.lower()


async def test_an_endless_body_of_nobody_is_not_read(node: Node) -> None:
    answer = await raw(node, "Transfer-Encoding: chunked")
    assert b"401" in answer.splitlines()[0]
    assert b"connection: close" in answer.lower()


async def raw(node: Node, *headers: str) -> bytes:
    """What is answered to a request whose body never comes, until the server hangs up."""
    host = urlsplit(node.url)
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    writer.write("\r\n".join([f"POST {PATH} HTTP/1.1", "Host: x", *headers, "", ""]).encode())
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()
    return answer


async def test_many_bad_fields_are_told_twenty_at_a_time(alice: Person) -> None:
    problem = await alice.refused("invalid_payload", "POST", PATH, json={f"field-{n}": n for n in range(5000)})
    assert len(problem["details"]) == 20
