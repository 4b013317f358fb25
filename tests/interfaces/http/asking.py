"""Asking over HTTP, and holding every answer to its shape."""

from typing import Any, cast
from uuid import uuid4

import httpx
from pydantic import BaseModel

from domain.base import Code
from interfaces import shapes
from interfaces.errors import STATUS
from tests.interfaces.http.serving import Node

Body = dict[str, Any]


def new_id() -> str:
    return str(uuid4())


class Person:
    """A user with a token."""

    def __init__(self, node: Node, user_id: str, name: str | None = None, token: str | None = None) -> None:
        self.user_id = user_id
        self.client = node.client
        self.headers = {"Authorization": f"Bearer {token or node.token(user_id, name)}"}

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await self.client.request(method, path, headers={**self.headers, **more.pop("headers", {})}, **more)

    async def done(self, method: str, path: str, shape: type[BaseModel], status: int = 200, **more: Any) -> Body:
        """What a request that is granted answers."""
        response = await self.ask(method, path, **more)
        assert response.status_code == status, response.text
        assert response.headers["Content-Type"] == "application/json"
        shape.model_validate(response.json())
        return cast(Body, response.json())

    async def refused(self, code: Code, method: str, path: str, field: str | None = None, **more: Any) -> Body:
        return refusal(await self.ask(method, path, **more), code, field)

    async def start(self, *others: "Person", title: str | None = None, kind: str = "group") -> str:
        """Starts a conversation; its id."""
        asked = {"conversation_id": new_id(), "kind": kind, "participant_ids": [other.user_id for other in others]}
        asked |= {"title": title} if title else {}
        body = await self.done("POST", "/api/conversations", shapes.Started, 201, json=asked)
        return str(body["conversation"]["conversation_id"])

    async def send(self, conversation_id: str, body: str = "Bonjour", message_id: str | None = None) -> Body:
        """Sends a message; the message."""
        answer = await self.done(
            "POST",
            f"/api/conversations/{conversation_id}/messages",
            shapes.Sent,
            201,
            json={"message_id": message_id or new_id(), "body": body},
        )
        return cast(Body, answer["message"])


def refusal(response: httpx.Response, code: Code, field: str | None = None, status: int | None = None) -> Body:
    """The problem that a response is, which has to have this code, and name this field if any."""
    assert response.headers["Content-Type"] == "application/problem+json", response.text
    problem = shapes.Problem.model_validate(response.json())
    assert (problem.code, problem.status) == (code, status or STATUS[code]), response.text
    assert problem.status == response.status_code
    if field:
        assert field in [detail.field for detail in problem.details], response.text
    assert ("Retry-After" in response.headers) == (problem.retry_after is not None)
    assert ("WWW-Authenticate" in response.headers) == (response.status_code == 401)
    return cast(Body, response.json())
