"""What goes wrong is logged, without tokens, and without what people wrote."""

import json
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from domain.timeline import MessageSent
from tests.absence import hide_people
from tests.faults.processes import serving, token, until

WROTE = "rien que pour tes yeux"


@pytest.mark.slow
async def test_what_fails_is_logged_without_tokens_and_without_what_people_wrote(database_url: str) -> None:
    """A view is missing to whoever asks, and the log holds a message that is none: two failures with tracebacks."""
    group = {"conversation_id": str(uuid4()), "kind": "group", "participant_ids": ["bob"]}
    messages = f"/api/conversations/{group['conversation_id']}/messages"
    headers = {"Authorization": f"Bearer {token('alice', 'Alice')}"}
    async with (
        serving(database_url=database_url) as server,
        httpx.AsyncClient(base_url=server.url, headers=headers, timeout=20) as alice,
    ):

        async def answers(status: int, path: str, **asked: Any) -> None:
            assert (await alice.post(path, json=asked)).status_code == status

        await answers(201, "/api/conversations", **group)
        await hide_people(database_url)
        assert (await alice.get("/api/users", params={"q": WROTE})).status_code == 500
        await answers(500, messages, message_id=str(uuid4()), body=WROTE)
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO events SELECT max(notification_id) + 1, gen_random_uuid(), 1, %s, %s, now() FROM events",
                (MessageSent.TOPIC, json.dumps({"body": WROTE}).encode()),
            )
        await until(lambda: "projection stands still" in server.output)
        said = server.output
        server.said.clear()  # there are tracebacks, which there must not be otherwise
    assert said.count("request failed") == 2
    assert WROTE not in said
    assert headers["Authorization"].removeprefix("Bearer ") not in said
