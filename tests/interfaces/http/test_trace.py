"""What a request is called, in its answer and in the log."""

import pytest
import structlog
from structlog.testing import LogCapture

from tests.absence import hide_people
from tests.interfaces.http.asking import Person
from tests.interfaces.http.serving import Node, serving


@pytest.fixture
def log() -> LogCapture:
    return LogCapture()


async def test_every_answer_names_its_request(node: Node, alice: Person) -> None:
    answers = [await node.client.get("/healthz"), await node.client.get("/api/me"), await alice.ask("GET", "/api/me")]
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 3


async def test_a_name_is_taken_over_from_a_trusted_proxy_alone(node: Node, database_url: str) -> None:
    given = {"X-Request-Id": "proxy-7.3"}
    assert (await node.client.get("/healthz", headers=given)).headers["X-Request-Id"] != "proxy-7.3"
    async with serving(database_url, trusted_proxies="127.0.0.1") as behind:
        assert (await behind.client.get("/healthz", headers=given)).headers["X-Request-Id"] == "proxy-7.3"
        for bad in ("", "x" * 65, "a b", '"', "é".encode()):
            answer = await behind.client.get("/healthz", headers={"X-Request-Id": bad})
            assert len(answer.headers["X-Request-Id"]) == 32


async def test_what_fails_is_logged_under_the_requests_name_and_its_users(database_url: str, log: LogCapture) -> None:
    async with serving(database_url) as node:
        alice = Person(node, "alice")
        await hide_people(database_url)
        before = structlog.get_config()["processors"]
        structlog.configure(processors=[structlog.contextvars.merge_contextvars, log])
        try:
            response = await alice.ask("GET", "/api/users?q=a")
        finally:
            structlog.configure(processors=before)
    (entry,) = [entry for entry in log.entries if entry["event"] == "request failed"]
    assert entry["request_id"] == response.headers["X-Request-Id"]
    assert entry["user_id"] == "alice"
