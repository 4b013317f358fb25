"""A database that keeps bytes as they are holds what people write as well as one of UTF-8."""

import httpx
import psycopg
import pytest

from application.recorder import LogRecorder
from migrations import migrate
from tests.client import Client, connected
from tests.serving import serving

BODY = "é \U0001f600"


@pytest.mark.parametrize("encoded_database_url", ["SQL_ASCII"], indirect=True)
async def test_what_is_written_to_it_is_pushed_and_read_again(encoded_database_url: str) -> None:
    migrate(encoded_database_url)
    async with serving(encoded_database_url) as node:
        alice, bob = Client(node.url, node.token("alice", "Zoé")), Client(node.url, node.token("bob"))
        async with connected(alice, bob):
            conversation_id = await alice.start("bob", title="Déjeuner")
            await bob.sync()
            await bob.join(conversation_id)
            await alice.send(conversation_id, BODY)
            await bob.barrier()
            assert bob.rooms[conversation_id].messages[1].body == BODY
            assert bob.summaries[conversation_id].title == "Déjeuner"
            headers = {"Authorization": f"Bearer {node.token('bob')}"}
            async with httpx.AsyncClient(base_url=node.url, headers=headers, trust_env=False) as http:
                found = (await http.get("/api/users", params={"q": "zo"})).json()
            assert [each["name"] for each in found["users"]] == ["Zoé"]


@pytest.mark.parametrize("encoded_database_url", ["SQL_ASCII"], indirect=True)
def test_the_librarys_tools_read_it(encoded_database_url: str) -> None:
    migrate(encoded_database_url)
    with psycopg.connect(encoded_database_url) as connection:
        assert connection.info.encoding == "ascii", "whoever does not ask for it gets bytes"
    recorder = LogRecorder(encoded_database_url)
    try:
        assert recorder.max_notification_id() is None
        with recorder.subscribe():
            assert recorder.select_notifications(1, 10) == []
    finally:
        recorder.close()
