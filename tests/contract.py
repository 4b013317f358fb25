"""The published contract, held against everything that is answered and pushed anywhere in the tests."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx
import jsonschema_rs

from interfaces.http.asyncapi import asyncapi
from interfaces.http.contract import openapi
from interfaces.requests import ALIASES
from interfaces.shapes import PUSHES

OPENAPI, ASYNCAPI = openapi(), asyncapi()
PROBLEM = {"$ref": "#/components/schemas/Problem"}
ERROR = {"$ref": "#/components/schemas/Error"}


def holds(document: Mapping[str, Any], schema: Mapping[str, Any], instance: Any) -> None:
    """Raises `jsonschema_rs.ValidationError` where something is not as the document says."""
    _validator(id(document), json.dumps(schema)).validate(instance)


@cache
def _validator(document: int, schema: str) -> jsonschema_rs.Draft202012Validator:
    components = next(one for one in (OPENAPI, ASYNCAPI) if id(one) == document)["components"]
    return jsonschema_rs.Draft202012Validator({**json.loads(schema), "components": components}, validate_formats=True)


def push(name: str, payload: Any) -> None:
    assert name in PUSHES, f"{name} is in no contract"
    holds(ASYNCAPI, ASYNCAPI["components"]["messages"][name]["payload"], payload)


def ack(name: str, answer: Any) -> None:
    """What a request is answered with; one that is unknown can only be refused."""
    known = ASYNCAPI["components"]["messages"].get(f"{ALIASES.get(name, name)}.ack")
    if known:
        holds(ASYNCAPI, known["payload"], answer)
    else:
        error(answer["error"])


def error(told: Any) -> None:
    holds(ASYNCAPI, ERROR, told)


def packet(text: str) -> None:
    """A Socket.IO packet, as Engine.IO carries it: what is pushed, and what is refused."""
    if text.startswith('42["'):
        push(*json.loads(text[2:]))
    elif found := re.fullmatch(r"43\d+(\[.*\])", text, re.DOTALL):
        (answer,) = json.loads(found[1])
        if not answer["ok"]:
            error(answer["error"])


async def response(answer: httpx.Response) -> None:
    """A hook of httpx: an answer over HTTP. What no operation answers, a path or a method has not been found."""
    await answer.aread()
    kind = answer.headers.get("Content-Type", "")
    if kind == "application/problem+json" and answer.content:
        holds(OPENAPI, PROBLEM, answer.json())
    operation = _operation(answer.request)
    if operation is None or answer.request.method == "HEAD" or answer.status_code == 405:
        return
    assert str(answer.status_code) in operation["responses"], f"{answer.request.url}: {answer.status_code}"
    told = operation["responses"][str(answer.status_code)]
    if "$ref" in told:
        told = OPENAPI["components"]["responses"][told["$ref"].rpartition("/")[2]]
    media = told["content"][kind.split(";")[0]]
    schema = media["schema"]
    if "x-itemSchema" in media:
        for line in answer.text.split("\n")[:-1]:
            holds(OPENAPI, media["x-itemSchema"], json.loads(line))
        return
    holds(OPENAPI, schema, answer.json() if "json" in kind else answer.text)


def _operation(request: httpx.Request) -> dict[str, Any] | None:
    path = request.url.raw_path.decode().partition("?")[0]
    for template, operations in OPENAPI["paths"].items():
        pattern = re.sub(r"\\{user_id\\}", ".+", re.escape(template))
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", pattern), path):
            found: dict[str, Any] | None = operations.get(request.method.lower())
            return found
    return None
