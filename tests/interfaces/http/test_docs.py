"""The page at /docs: strict about where anything comes from, and about what it takes for code."""

import re
from base64 import b64encode
from hashlib import sha256

from interfaces.http.docs import SCRIPT
from tests.interfaces.http.serving import Node


def inside(tag: str, html: str) -> str:
    found = re.search(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    assert found
    return found[1]


async def test_the_page_runs_its_own_script_and_style_and_nothing_else(node: Node) -> None:
    response = await node.client.get("/docs")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == policy["form-action"] == "'none'"
    assert policy["connect-src"] == "'self'"
    for tag, source in (("script", "script-src"), ("style", "style-src")):
        digest = b64encode(sha256(inside(tag, response.text).encode()).digest()).decode()
        assert policy[source] == f"'sha256-{digest}'"
    assert "unsafe" not in response.headers["Content-Security-Policy"]


async def test_the_page_needs_no_other_host(node: Node) -> None:
    html = (await node.client.get("/docs")).text
    assert not re.findall(r"https?://", html)
    assert not re.findall(r"\b(?:src|href)=\"(?!/openapi\.json|/asyncapi\.json|#)", html)
    assert not re.findall(r"\son\w+=|\sstyle=", html)


def test_the_script_takes_nothing_for_html_or_code() -> None:
    assert not re.findall(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|localStorage", SCRIPT
    )


async def test_every_label_belongs_to_a_field(node: Node) -> None:
    html = (await node.client.get("/docs")).text
    assert re.findall(r'<label for="(\w+)"', html) == re.findall(r'<input id="(\w+)"', html) == ["token"]
    assert '<html lang="en">' in html and "<main" in html and "<nav aria-label" in html
