"""What is true of every answer: headers, who may read it from elsewhere, and what is said when something breaks."""

from typing import Any

import httpx
import pytest

from interfaces import shapes
from interfaces.http.contract import ENTRIES
from tests.absence import hide_people
from tests.interfaces.http.asking import Person, refusal
from tests.interfaces.http.serving import Node, serving

FRONT_END = "http://localhost:5173"


@pytest.mark.parametrize("path", ["/nowhere", "/api", "/api/me/", "/api//me", "/dev/sign-in", "/api/me%2Fx", "/%00"])
async def test_a_path_that_leads_nowhere(node: Node, path: str) -> None:
    refusal(await node.client.get(path), "not_found")
    refusal(await node.client.post(path, content=b"x"), "not_found")


@pytest.mark.parametrize("path", sorted({http.path for _, http in ENTRIES}))
async def test_a_wrong_method_is_told_the_right_ones(node: Node, path: str) -> None:
    response = await node.client.request("PUT", path.replace("{user_id:path}", "x"))
    refusal(response, "not_found", status=405)
    methods = {http.method for _, http in ENTRIES if http.path == path}
    assert set(response.headers["Allow"].split(", ")) == methods | ({"HEAD"} if "GET" in methods else set())


async def test_the_head_of_a_read_is_its_answer_without_the_body(alice: Person) -> None:
    head, get = await alice.ask("HEAD", "/api/me"), await alice.ask("GET", "/api/me")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.parametrize("path", ["/api/me", "/nowhere", "/healthz", "/readyz", "/metrics", "/openapi.json"])
async def test_every_answer_has_the_security_headers(node: Node, path: str) -> None:
    headers = (await node.client.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["Cache-Control"] == "no-store"


def cors(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


async def test_other_origins_are_let_in_where_the_settings_name_them(database_url: str) -> None:
    async with serving(database_url, cors_origins=f"https://a.example,{FRONT_END}") as node:
        alice = Person(node, "alice")
        for origin in ("https://a.example", FRONT_END):
            response = await alice.ask("GET", "/api/me", headers={"Origin": origin})
            assert cors(response) == {
                "access-control-allow-origin": origin,
                "access-control-allow-credentials": "true",
                "access-control-expose-headers": "Retry-After, X-Request-Id",
            }
            assert "Origin" in response.headers["Vary"]
            refused = await node.client.get("/api/me", headers={"Origin": origin})
            assert cors(refused)["access-control-allow-origin"] == origin
        for origin in ("https://b.example", "null", "https://a.example.evil.example", ""):
            response = await alice.ask("GET", "/api/me", headers={"Origin": origin})
            assert (response.status_code, cors(response)) == (200, {})


def preflight(origin: str, method: str, headers: str = "authorization,content-type") -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }


async def test_a_preflight_is_answered(database_url: str) -> None:
    async with serving(database_url, cors_origins=FRONT_END) as node:
        path = "/api/conversations"
        for method in ("GET", "POST", "PATCH", "DELETE"):
            response = await node.client.options(path, headers=preflight(FRONT_END, method))
            assert response.status_code == 200
            assert method in cors(response)["access-control-allow-methods"]
            assert cors(response)["access-control-allow-origin"] == FRONT_END
        foreign = await node.client.options(path, headers=preflight("https://b.example", "GET"))
        refusal(foreign, "not_found", status=405)
        assert cors(foreign) == {}


async def test_what_breaks_is_an_internal_error_that_tells_nothing(database_url: str) -> None:
    async with serving(database_url, cors_origins=FRONT_END) as node:
        alice = Person(node, "alice")
        await alice.done("GET", "/api/users?q=a", shapes.Users)
        await hide_people(database_url)
        response = await alice.ask("GET", "/api/users?q=a", headers={"Origin": FRONT_END})
        problem = refusal(response, "internal")
        assert problem["detail"] == "this request could not be carried out"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert cors(response)["access-control-allow-origin"] == FRONT_END


async def test_answers_and_refusals_are_counted(database_url: str) -> None:
    async with serving(database_url) as node:
        alice = Person(node, "alice", "Alice")
        await alice.done("GET", "/api/me", shapes.Authenticated)
        await alice.refused("not_found", "GET", "/api/conversations/x")
        refusal(await node.client.get("/api/me"), "unauthenticated")
        await node.client.request("PROPFIND", "/made/up")
        counted = await metrics(node)
        route = 'route="/api/conversations/{conversation_id}"'
        assert counted[f'litspark_http_requests_total{{method="GET",{route},status="404"}}'] == 1
        assert counted['litspark_http_requests_total{method="GET",route="/api/me",status="200"}'] == 1
        assert counted['litspark_http_requests_total{method="GET",route="/api/me",status="401"}'] == 1
        assert counted['litspark_http_requests_total{method="other",route="none",status="404"}'] == 1
        assert counted['litspark_http_request_seconds_count{route="/api/me"}'] == 2
        assert counted['litspark_rejected_total{code="unauthenticated",door="http"}'] == 1
        assert counted['litspark_rejected_total{code="not_found",door="http"}'] == 2
        assert counted["litspark_database_up"] == 1
        assert counted["litspark_log_position"] == 1
        assert counted['litspark_projection_stuck{projection="chat"}'] == 0


async def metrics(node: Node) -> dict[str, float]:
    response = await node.client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    lines = [line.rpartition(" ") for line in response.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


async def test_two_servers_count_apart(node: Node, database_url: str) -> None:
    async with serving(database_url) as other:
        await node.client.get("/healthz")
        counted: Any = await metrics(other)
    assert 'litspark_http_requests_total{method="GET",route="/healthz",status="200"}' not in counted
