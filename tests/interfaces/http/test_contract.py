"""The published contract says what the tables say, and every reference in it leads somewhere."""

from collections.abc import Iterator
from typing import Any

import pytest

from interfaces.http.contract import ENTRIES
from interfaces.requests import REQUESTS
from interfaces.shapes import PUSHES
from tests.interfaces.http.serving import Node


async def fetched(node: Node, name: str) -> dict[str, Any]:
    response = await node.client.get(f"/{name}.json")
    assert response.headers["Content-Type"] == "application/json"
    return dict(response.json())


def everything(document: Any) -> Iterator[tuple[str, Any]]:
    """Every key and value of a document, however deep."""
    for key, value in document.items() if isinstance(document, dict) else enumerate(document):
        yield str(key), value
        if isinstance(value, dict | list):
            yield from everything(value)


@pytest.mark.parametrize("name", ["openapi", "asyncapi"])
async def test_every_reference_leads_somewhere(node: Node, name: str) -> None:
    document = await fetched(node, name)
    references = {value for key, value in everything(document) if key == "$ref"}
    for reference in references:
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    used = {reference.rpartition("/")[2] for reference in references if "/schemas/" in reference}
    assert used == set(document["components"]["schemas"])


@pytest.mark.parametrize("name", ["openapi", "asyncapi"])
async def test_nobody_is_asked_who_acts_and_nothing_is_null_that_is_left_out(node: Node, name: str) -> None:
    document = await fetched(node, name)
    for key, value in everything(document):
        assert key != "$defs"
        assert key != "default" or value is not None
        if key == "properties":
            assert "actor" not in value


async def test_every_route_is_in_the_openapi_document(node: Node) -> None:
    document = await fetched(node, "openapi")
    assert document["openapi"] == "3.1.0"
    published = {(path, method) for path, one in document["paths"].items() for method in one if path.startswith("/api")}
    assert published == {(http.path.replace(":path", ""), http.method.lower()) for _, http in ENTRIES}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            named = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            assert named == {step[1:-1] for step in path.split("/") if step.startswith("{")}
            assert operation["summary"]
    start = document["paths"]["/api/conversations"]["post"]["requestBody"]
    assert start["required"]
    assert start["content"]["application/json"]["schema"]["required"] == [
        "conversation_id",
        "kind",
        "participant_ids",
    ]


async def test_every_event_is_in_the_asyncapi_document(node: Node) -> None:
    document = await fetched(node, "asyncapi")
    assert document["asyncapi"] == "3.0.0"
    received = {name for name, one in document["operations"].items() if one["action"] == "receive"}
    assert received == set(REQUESTS)
    assert set(document["components"]["messages"]) == {
        *REQUESTS,
        *(f"{name}.ack" for name in REQUESTS),
        *PUSHES,
    }
