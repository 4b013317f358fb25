"""The published contract of Socket.IO, /asyncapi.json, generated from the command table and the shapes."""

from interfaces import examples, shapes
from interfaces.http.schemas import Schema, answers, payload, ref, sentence
from interfaces.requests import ALIASES, REQUESTS, Request
from interfaces.shapes import PUSHES

CHANNEL = "#/channels/chat"


def asyncapi() -> Schema:
    """AsyncAPI 3.0, as the server sees it: it receives requests, replies with acks, and sends pushes."""
    requests = REQUESTS.values()
    messages: Schema = {}
    for request in requests:
        name, done, refused = request.name, examples.ANSWERS[request.answer], examples.error("invalid_payload")
        messages[name] = _message(name, payload(request), sentence(request.payload), examples.PAYLOADS[name])
        acks = [{"ok": True, **done}, {"ok": False, "error": refused}]
        messages[f"{name}.ack"] = _message(f"{name}.ack", _ack(request), "", *acks)
    for name, shape in PUSHES.items():
        messages[name] = _message(name, ref(shape), sentence(shape), examples.PUSHES[name])
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "LitSpark messaging",
            "version": "1",
            "description": "Socket.IO protocol 5, path /socket.io/, default namespace. Each message is an event of "
            "that name with one object; each request is answered by exactly one ack.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "chat": {
                "address": "/",
                "title": "the default namespace",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            }
        },
        "operations": {request.name: _request(request) for request in requests}
        | {f"push.{name}": _push(name) for name in PUSHES},
        "components": {
            "messages": messages,
            "schemas": _schemas({request.answer for request in requests} | set(PUSHES.values()) | {shapes.Error}),
        },
    }


def _schemas(named: set[type[shapes.Shape]]) -> Schema:
    found = answers(named)
    found["Error"]["examples"] = [examples.error(code) for code in examples.ERRORS]
    return found


def _message(name: str, schema: Schema, summary: str, *shown: Schema) -> Schema:
    message: Schema = {"name": name, "payload": schema, "examples": [{"payload": one} for one in shown]}
    return {**message, "summary": summary} if summary else message


def _ack(request: Request) -> Schema:
    """What a request is answered with: `ok`, and the answer or the error."""
    done = {"type": "object", "properties": {"ok": {"const": True}}, "required": ["ok"]}
    refused = {
        "type": "object",
        "properties": {"ok": {"const": False}, "error": ref(shapes.Error)},
        "required": ["ok", "error"],
    }
    return {"oneOf": [{"allOf": [done, ref(request.answer)]}, refused]}


def _request(request: Request) -> Schema:
    aliases = [alias for alias, name in ALIASES.items() if name == request.name]
    operation: Schema = {
        "action": "receive",
        "channel": {"$ref": CHANNEL},
        "messages": [{"$ref": f"{CHANNEL}/messages/{request.name}"}],
        "reply": {
            "channel": {"$ref": CHANNEL},
            "messages": [{"$ref": f"{CHANNEL}/messages/{request.name}.ack"}],
        },
    }
    return {**operation, "description": f"Also accepted as {', '.join(aliases)}."} if aliases else operation


def _push(name: str) -> Schema:
    return {
        "action": "send",
        "channel": {"$ref": CHANNEL},
        "messages": [{"$ref": f"{CHANNEL}/messages/{name}"}],
    }
