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

from domain.base import Code
from interfaces import shapes
from interfaces.errors import STATUS
from interfaces.examples import ANSWERS, CSV, PAYLOADS
from interfaces.http.asyncapi import asyncapi
from interfaces.http.audit import REASON
from interfaces.http.problems import example
from interfaces.http.readings import NDJSON, READINGS, ZIP, Reading
from interfaces.http.reads import READS
from interfaces.http.schemas import Schema, answers, payload, ref, sentence
from interfaces.requests import REQUESTS, Http
from interfaces.requests import Request as Entry

ENTRIES: tuple[tuple[Entry | Reading, Http], ...] = (
    *((entry, entry.http) for entry in (*REQUESTS.values(), *READS) if entry.http),
    *((reading, reading.http) for reading in READINGS),
)

CODES: Mapping[int, list[Code]] = {
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
            "schemas": answers(
                {entry.answer for entry, _ in ENTRIES if entry.answer} | {shapes.Problem, shapes.Alive, shapes.Ready}
            ),
            "responses": {str(status): _problem(codes) for status, codes in CODES.items()},
        },
    }


def _operation(entry: Entry | Reading, http: Http) -> Schema:
    named = re.findall(r"{(\w+)", http.path)
    fields = payload(entry, without=named)
    brought = PAYLOADS[entry.name]
    operation: Schema = {
        "operationId": entry.name,
        "summary": sentence(entry.payload) or entry.name.replace("_", " ").capitalize() + ".",
        "parameters": [_in_path(name, payload(entry)["properties"][name], brought[name]) for name in named],
        "responses": _responses(entry, http),
    }
    if http.method == "GET":
        operation["parameters"] += _in_query(fields, brought)
        if isinstance(entry, Reading) and entry.content:
            operation["parameters"].append(_WHY)
    elif fields["properties"]:
        schema = {key: value for key, value in fields.items() if key != "description"}
        shown = {name: value for name, value in brought.items() if name not in named}
        content = {"application/json": {"schema": schema, "example": shown}}
        operation["requestBody"] = {"required": "required" in fields, "content": content}
    return operation


_WHY: Schema = {
    "name": REASON,
    "in": "header",
    "required": True,
    "description": "Why one reads; it is recorded. Percent-encoded UTF-8.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 1_500, "pattern": "^[!-~]+$"},
    "example": "complaint%20411",
}


def _in_path(name: str, schema: Schema, shown: Any) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": shown}


def _in_query(fields: Schema, brought: Schema) -> list[Schema]:
    required = fields.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        | ({"example": brought[name]} if name in brought else {})
        for name, schema in fields["properties"].items()
    ]


def _responses(entry: Entry | Reading, http: Http) -> Schema:
    done = _done(entry)
    if http.table:
        done["content"]["text/csv"] = {"schema": {"type": "string"}, "example": CSV}
    responses: Schema = {"200": done}
    if http.creates:
        responses = {
            "201": {**done, "description": "Made."},
            "200": {**done, "description": "It had been made before."},
        }
    return responses | {str(status): {"$ref": f"#/components/responses/{status}"} for status in _refusals(entry, http)}


def _done(entry: Entry | Reading) -> Schema:
    """The answer to what has been granted. OpenAPI says what a line of NDJSON is from 3.2 on, by `itemSchema`."""
    if entry.answer is None:
        content: Schema = {ZIP: {"schema": {"type": "string", "contentMediaType": ZIP}, "example": "PK"}}
        return {"description": "Done: an archive, sent while it is made.", "content": content}
    if isinstance(entry, Reading) and entry.media_type == NDJSON:
        example = orjson.dumps(ANSWERS[entry.answer]).decode() + "\n"
        content = {NDJSON: {"schema": {"type": "string"}, "x-itemSchema": ref(entry.answer), "example": example}}
        return {"description": "Done: objects, one a line.", "content": content}
    return _answer("Done.", entry.answer)


def _refusals(entry: Entry | Reading, http: Http) -> list[int]:
    """The statuses that a request may be refused with."""
    if isinstance(entry, Reading):
        impossible = {409} | ({413} if http.method == "GET" else set())
        return [status for status in CODES if status not in impossible]
    if http.method != "GET":
        return list(CODES)
    impossible = {413} | (set() if "{" in http.path else {404}) | (set() if http.scope else {403})
    impossible |= set() if "since" in entry.payload.model_fields else {409}
    return [status for status in CODES if status not in impossible]


def _problem(codes: list[Code]) -> Schema:
    response: Schema = {
        "description": "Refused: " + ", ".join(f"`{code}`" for code in codes),
        "content": {
            "application/problem+json": {
                "schema": ref(shapes.Problem),
                "examples": {code: {"value": example(code)} for code in codes},
            }
        },
    }
    if "rate_limited" in codes or "unavailable" in codes:
        seconds = {"type": "integer", "minimum": 1}
        response["headers"] = {"Retry-After": {"description": "seconds", "schema": seconds}}
    return response


def _beside() -> dict[str, Any]:
    """What needs no token."""

    def get(name: str, summary: str, responses: Schema) -> Schema:
        return {"get": {"operationId": name, "summary": summary, "security": [], "responses": responses}}

    def document(what: str) -> Schema:
        return {"description": what, "content": {"application/json": {"schema": {"type": "object"}}}}

    text = {"text/plain": {"schema": {"type": "string"}, "example": "litspark_log_position 12.0\n"}}
    return {
        "/healthz": get("healthz", "Whether the server is alive.", {"200": _answer("Alive.", shapes.Alive)}),
        "/readyz": get(
            "readyz",
            "Whether requests should be sent here: the database is reachable, no projection stuck or far behind.",
            {"200": _answer("Ready.", shapes.Ready), "503": _answer("Not ready.", shapes.Ready)},
        ),
        "/metrics": get("metrics", "Counters.", {"200": {"description": "Prometheus.", "content": text}}),
        "/openapi.json": get("openapi", "This document.", {"200": document("OpenAPI 3.1.")}),
        "/asyncapi.json": get("asyncapi", "The same for Socket.IO.", {"200": document("AsyncAPI 3.0.")}),
    }


def _answer(what: str, shape: type[shapes.Shape]) -> Schema:
    content = {"application/json": {"schema": ref(shape), "example": ANSWERS[shape]}}
    return {"description": what, "content": content}
