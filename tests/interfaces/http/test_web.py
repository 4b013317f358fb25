"""The web client's page and assets, as the server hands them out."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from interfaces.http import web
from interfaces.http.middleware import Manners
from interfaces.http.problems import exception_handlers
from interfaces.settings import Settings
from tests.interfaces.http.asking import refusal

PAGE = '<!doctype html><script type="application/json" id="facts">{{facts}}</script>'


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A built client, in small."""
    assets = tmp_path / "dist" / "assets"
    assets.mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text(PAGE)
    (tmp_path / "secret").write_text("not to be seen")
    (assets / "index-1a2b.js").write_text("console.log(1)")
    (assets / "index-1a2b.js.gz").write_bytes(gzip.compress(b"console.log(1)"))
    (assets / "serif-3c4d.woff2").write_bytes(b"wOF2")
    return tmp_path / "dist"


def browser(dist: Path, host: str = "localhost:4711", peer: str = "127.0.0.1", **settings: object) -> httpx.AsyncClient:
    app = Starlette(routes=web.routes(Settings.model_validate(settings), dist), exception_handlers=exception_handlers)
    transport = httpx.ASGITransport(Manners(app, max_frame=1024), client=(peer, 1234))
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


@pytest_asyncio.fixture
async def client(dist: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(dist, dev=True, web_waits={"toast": 0.2, "</script>": 1}) as made:
        yield made


def facts(response: httpx.Response) -> dict[str, object]:
    assert response.status_code == 200
    return dict(orjson.loads(response.text.partition('id="facts">')[2].partition("</script>")[0]))


PAGES = ["/", "/c/0190d5a2-7c1f-7000-8000-000000000001", "/c/whatever", "/analytics", "/audit", "/audit/whatever"]


@pytest.mark.parametrize("path", PAGES)
async def test_the_page_is_the_same_whatever_is_open_in_it(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert facts(response) == {"sign_in": True, "waits": {"toast": 0.2, "</script>": 1}}


async def test_the_page_lets_in_nothing_but_what_is_ours(client: httpx.AsyncClient) -> None:
    policy = dict(
        directive.split(" ", 1) for directive in (await client.get("/")).headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    for needed in ("script-src", "style-src", "connect-src", "font-src"):
        assert policy[needed] == "'self'"
    for refused in ("form-action", "base-uri", "frame-ancestors"):
        assert policy[refused] == "'none'"
    assert "unsafe" not in str(policy)


@pytest.mark.parametrize(
    ("host", "peer", "dev"),
    [
        ("chat.example", "127.0.0.1", True),
        ("localhost:4711", "192.0.2.7", True),
        ("localhost:4711", "127.0.0.1", False),
    ],
)
async def test_the_page_offers_a_sign_in_only_where_there_is_one(dist: Path, host: str, peer: str, dev: bool) -> None:
    async with browser(dist, host, peer, dev=dev) as client:
        assert facts(await client.get("/")) == {"sign_in": False, "waits": {}}


async def test_assets_are_kept_for_ever_and_sent_packed(client: httpx.AsyncClient) -> None:
    packed = await client.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "gzip"})
    plain = await client.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    for response in (packed, plain):
        assert response.text == "console.log(1)"
        assert response.headers["Content-Type"].startswith("text/javascript")
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["Vary"] == "Accept-Encoding"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    font = await client.get("/assets/serif-3c4d.woff2")
    assert (font.content, font.headers["Content-Type"]) == (b"wOF2", "font/woff2")


@pytest.mark.parametrize("name", ["nothing.js", "", "%2e", "%2e%2e", "..%2Findex.html", "%2e%2e/secret", "a%00b"])
async def test_there_are_no_assets_but_those_that_were_built(client: httpx.AsyncClient, name: str) -> None:
    refusal(await client.get(f"/assets/{name}"), "not_found")


async def test_without_a_built_client_the_page_says_how_to_build_it(tmp_path: Path) -> None:
    async with browser(tmp_path / "dist") as client:
        response = await client.get("/")
        refusal(response, "not_found")
        assert "make setup" in response.json()["detail"]
