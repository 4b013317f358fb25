"""The published contract of HTTP, /openapi.json, generated from the tables that the routes are made of."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interfaces import shapes
from interfaces.errors import STATUS
from interfaces.http.asyncapi import asyncapi
from interfaces.http.reads import READS
from interfaces.http.schemas import Schema, answers, payload, ref, sentence
from interfaces.requests import REQUESTS, Http
from interfaces.requests import Request as Entry

ENTRIES = tuple((entry, entry.http) for entry in (*REQUESTS.values(), *READS) if entry.http)

CODES: Mapping[int, list[str]] = {
    status: [code for code, of_code in STATUS.items() if of_code == status] for status in sorted(set(STATUS.values()))
}


def routes() -> list[Route]:
    async def openapi_json(request: Request) -> Response:
        return Response(_document("openapi"), media_type="application/json")

    async def asyncapi_json(request: Request) -> Response:
        return Response(_document("asyncapi"), media_type="application/json")

    return [Route("/openapi.json", openapi_json), Route("/asyncapi.json", asyncapi_json)]


@cache
def _document(name: str) -> bytes:
    return orjson.dumps(openapi() if name == "openapi" else asyncapi())


def openapi() -> Schema:
    """OpenAPI 3.1."""
    paths: dict[str, Schema] = defaultdict(dict)
    for entry, http in ENTRIES:
        path = re.sub(r":path}", "}", http.path)
        paths[path][http.method.lower()] = _operation(entry, http)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "LitSpark messaging",
            "version": "1",
            "summary": "Conversations, messages and read places over HTTP; what is pushed goes over Socket.IO.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {**paths, **_beside()},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": answers({entry.answer for entry, _ in ENTRIES} | {shapes.Problem, shapes.Alive, shapes.Ready}),
            "responses": {str(status): _problem(codes) for status, codes in CODES.items()},
        },
    }


def _operation(entry: Entry, http: Http) -> Schema:
    named = re.findall(r"{(\w+)", http.path)
    fields = payload(entry, without=named)
    operation: Schema = {
        "operationId": entry.name,
        "summary": sentence(entry.payload) or entry.name.replace("_", " ").capitalize() + ".",
        "parameters": [_in_path(name, payload(entry)["properties"][name]) for name in named],
        "responses": _responses(entry, http),
    }
    if http.method == "GET":
        operation["parameters"] += _in_query(fields)
    elif fields["properties"]:
        content = {"application/json": {"schema": {k: v for k, v in fields.items() if k != "description"}}}
        operation["requestBody"] = {"required": "required" in fields, "content": content}
    return operation


def _in_path(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(fields: Schema) -> list[Schema]:
    required = fields.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in fields["properties"].items()
    ]


def _responses(entry: Entry, http: Http) -> Schema:
    done = {"description": "Done.", "content": {"application/json": {"schema": ref(entry.answer)}}}
    responses: Schema = {"200": done}
    if http.creates:
        responses = {
            "201": {**done, "description": "Made."},
            "200": {**done, "description": "It had been made before."},
        }
    return responses | {str(status): {"$ref": f"#/components/responses/{status}"} for status in _refusals(entry, http)}


def _refusals(entry: Entry, http: Http) -> list[int]:
    """The statuses that a request may be refused with."""
    if http.method != "GET":
        return list(CODES)
    impossible = {403, 413} | (set() if "{" in http.path else {404})
    impossible |= set() if "since" in entry.payload.model_fields else {409}
    return [status for status in CODES if status not in impossible]


def _problem(codes: list[str]) -> Schema:
    response: Schema = {
        "description": "Refused: " + ", ".join(f"`{code}`" for code in codes),
        "content": {"application/problem+json": {"schema": ref(shapes.Problem)}},
    }
    if "rate_limited" in codes or "unavailable" in codes:
        seconds = {"type": "integer", "minimum": 1}
        response["headers"] = {"Retry-After": {"description": "seconds", "schema": seconds}}
    return response


def _beside() -> dict[str, Any]:
    """What needs no token."""

    def get(name: str, summary: str, responses: Schema) -> Schema:
        return {"get": {"operationId": name, "summary": summary, "security": [], "responses": responses}}

    def answer(what: str, schema: Schema, kind: str = "application/json") -> Schema:
        return {"description": what, "content": {kind: {"schema": schema}}}

    ready, anything = ref(shapes.Ready), {"type": "object"}
    return {
        "/healthz": get("healthz", "Whether the server is alive.", {"200": answer("Alive.", ref(shapes.Alive))}),
        "/readyz": get(
            "readyz",
            "Whether requests should be sent here: the database is reachable, no projection stuck or far behind.",
            {"200": answer("Ready.", ready), "503": answer("Not ready.", ready)},
        ),
        "/metrics": get("metrics", "Counters.", {"200": answer("Prometheus text.", {"type": "string"}, "text/plain")}),
        "/openapi.json": get("openapi", "This document.", {"200": answer("OpenAPI 3.1.", anything)}),
        "/asyncapi.json": get("asyncapi", "The same for Socket.IO.", {"200": answer("AsyncAPI 3.0.", anything)}),
    }
