"""The published contract says what the tables say, and every reference in it leads somewhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import ValidationError

from interfaces import examples
from interfaces.errors import STATUS, parse
from interfaces.http.contract import ENTRIES
from interfaces.requests import REQUESTS
from interfaces.shapes import PUSHES, Error
from tests import contract
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
        if key == "properties" and "recorded_at" not in value:  # what has been recorded tells who did it
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


def media(openapi: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every body of the OpenAPI document, with its schema."""
    for key, value in everything(openapi):
        if key == "content":
            yield from value.values()


async def test_every_example_over_http_is_as_its_schema_says(node: Node) -> None:
    document = await fetched(node, "openapi")
    bodies = [one for one in media(document) if one["schema"] != {"type": "object"}]
    for body in bodies:
        shown = [one["value"] for one in body["examples"].values()] if "examples" in body else [body["example"]]
        for example in shown:
            contract.holds(contract.OPENAPI, body["schema"], example)
    parameters = [one for key, found in everything(document) if key == "parameters" for one in found]
    for parameter in parameters:
        if "example" in parameter:
            contract.holds(contract.OPENAPI, parameter["schema"], parameter["example"])
        assert "example" in parameter or not parameter["required"]
    problems = {body["value"]["code"] for one in bodies for body in one.get("examples", {}).values()}
    assert problems == set(STATUS)


async def test_every_example_over_socketio_is_as_its_schema_says(node: Node) -> None:
    document = await fetched(node, "asyncapi")
    for message in document["components"]["messages"].values():
        assert message["examples"]
        for example in message["examples"]:
            contract.holds(contract.ASYNCAPI, message["payload"], example["payload"])
    errors = document["components"]["schemas"]["Error"]["examples"]
    assert {error["code"] for error in errors} == set(STATUS)
    for error in errors:
        Error.model_validate(error)


def test_every_example_is_what_the_server_takes_and_gives() -> None:
    for request, _ in ENTRIES:
        payload = examples.PAYLOADS[request.name]
        trusted = {"actor": "alice"} if "actor" in request.payload.model_fields else {}
        numbers = ("limit", "before", "after") if request.http and request.http.method == "GET" else ()
        asked = {key: str(value) if key in numbers else value for key, value in payload.items()}
        parse(request.payload, asked, **trusted)
    for shape, example in examples.ANSWERS.items():
        shape.model_validate(example)
    for name, shape in PUSHES.items():
        shape.model_validate(examples.PUSHES[name])


def test_what_is_not_as_the_contract_says_is_found_out() -> None:
    for name in PUSHES:
        with pytest.raises(ValidationError):
            contract.push(name, {})
    with pytest.raises(ValidationError):
        contract.ack("send_message", {"ok": True, "position": 12})
    with pytest.raises(ValidationError):
        contract.packet('42["new_message",{"conversation_id":5}]')
    with pytest.raises(ValidationError):
        contract.packet('430[{"ok":false,"error":{"code":"odd","message":"?"}}]')
