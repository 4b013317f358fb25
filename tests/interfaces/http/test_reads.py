"""What changes nothing: lists by pages, counts, people, and how new what is read has to be."""

from typing import Any
from uuid import uuid4

from interfaces import shapes
from tests.interfaces.http.asking import Person
from tests.interfaces.http.conftest import MakePerson
from tests.interfaces.http.serving import serving


async def test_me_is_who_the_token_tells(person: MakePerson) -> None:
    zoe = person("zoe", "Zoé")
    assert await zoe.done("GET", "/api/me", shapes.Authenticated) == {"user": {"user_id": zoe.user_id, "name": "Zoé"}}
    nameless = await person("x").done("GET", "/api/me", shapes.Authenticated)
    assert nameless["user"]["name"] == nameless["user"]["user_id"]


async def test_unread_counts_are_of_what_is_unread(alice: Person, bob: Person) -> None:
    one, other = await alice.start(bob), await alice.start(bob)
    for _ in range(3):
        await alice.send(one)
    await bob.send(other)
    unread = await bob.done("GET", "/api/unread", shapes.Unread)
    assert unread == {"total": 3, "conversations": {one: 3}}


async def pages(asker: Person, path: str, shape: Any, key: str, **query: Any) -> list[list[Any]]:
    """Every page of a list, by following `next`."""
    found = []
    while True:
        page = await asker.done("GET", path, shape, params=query)
        found.append(page[key])
        if page["next"] is None:
            return found
        query["next"] = page["next"]


async def test_conversations_come_by_pages_the_last_changed_first(alice: Person, bob: Person) -> None:
    started = [await alice.start(bob, title=f"n {n}") for n in range(5)]
    await bob.send(started[1])
    expected = [started[1], *[started[n] for n in (4, 3, 2, 0)]]
    found = await pages(alice, "/api/conversations", shapes.Conversations, "conversations", limit=2)
    assert [len(page) for page in found] == [2, 2, 1]
    assert [one["conversation_id"] for page in found for one in page] == expected
    assert await pages(alice, "/api/conversations", shapes.Conversations, "conversations", limit=5) == [
        [one for page in found for one in page]
    ]


async def test_messages_come_by_pages_in_either_direction(alice: Person, bob: Person) -> None:
    conversation_id = await alice.start(bob)
    for n in range(1, 8):
        await alice.send(conversation_id, f"n {n}")
    path = f"/api/conversations/{conversation_id}/messages"

    async def numbers(**query: Any) -> list[list[int]]:
        found = await pages(bob, path, shapes.Messages, "messages", **query)
        return [[one["number"] for one in page] for page in found]

    assert await numbers() == [[1, 2, 3, 4, 5, 6, 7]]
    assert await numbers(limit=3) == [[5, 6, 7], [2, 3, 4], [1]]
    assert await numbers(limit=3, before=6) == [[3, 4, 5], [1, 2]]
    assert await numbers(limit=3, after=0) == [[1, 2, 3], [4, 5, 6], [7]]
    assert await numbers(limit=7, after=0) == [[1, 2, 3, 4, 5, 6, 7]]
    assert await numbers(after=7) == [[]]
    assert await numbers(before=1) == [[]]
    assert await numbers(before=2**63 - 1, limit=1, after_all="ignored") == [[n] for n in range(7, 0, -1)]


async def test_people_are_found_by_the_beginning_of_name_or_id(person: MakePerson) -> None:
    mark = uuid4().hex[:8]
    asker = person()
    await asker.start(*[person(f"{mark}-id") for _ in range(3)])
    for n in range(3):
        await person("other", f"{mark.upper()} Zoé {n}").done("GET", "/api/me", shapes.Authenticated)
    found = await pages(asker, "/api/users", shapes.Users, "users", q=mark)
    assert [len(page) for page in found] == [6]
    names = [one["name"] for one in found[0]]
    assert names == sorted(names)
    by_two = await pages(asker, "/api/users", shapes.Users, "users", q=mark, limit=2)
    assert [one for page in by_two for one in page] == found[0]
    assert await pages(asker, "/api/users", shapes.Users, "users", q="%_\\") == [[]]


async def test_at_most_20_people_are_found(alice: Person) -> None:
    mark = uuid4().hex[:8]
    asked = {"conversation_id": str(uuid4()), "kind": "group", "participant_ids": [f"{mark}-{n}" for n in range(25)]}
    await alice.done("POST", "/api/conversations", shapes.Started, 201, json=asked)
    found = await alice.done("GET", "/api/users", shapes.Users, params={"q": mark, "limit": 200})
    assert (len(found["users"]), found["next"]) == (20, None)


async def test_sync_tells_what_changed_since(alice: Person, bob: Person) -> None:
    conversation_id = await alice.start(bob)
    fresh = await bob.done("GET", "/api/sync", shapes.Synced)
    assert [one["conversation_id"] for one in fresh["conversations"]] == [conversation_id]
    path = f"/api/conversations/{conversation_id}/participants/{bob.user_id}"
    removed = await alice.done("DELETE", path, shapes.Removed)
    since = await bob.done("GET", "/api/sync", shapes.Synced, params={"since": fresh["cursor"]})
    assert (since["conversations"], since["removed"]) == ([], [conversation_id])
    assert int(since["cursor"]) >= removed["position"]
    for since in (10**15, 2**63, 10**30):
        await bob.refused("conflict", "GET", "/api/sync", params={"since": since})


async def test_of_a_repeated_query_field_the_last_counts(alice: Person, bob: Person) -> None:
    for _ in range(2):
        await alice.start(bob)
    found = await alice.done("GET", "/api/conversations?limit=2&limit=1", shapes.Conversations)
    assert len(found["conversations"]) == 1


READS = (
    "/api/me?",
    "/api/unread?",
    "/api/conversations?",
    "/api/users?q=a&",
    "/api/sync?",
    "/api/conversations/{}?",
    "/api/conversations/{}/messages?",
)


async def test_a_read_waits_for_a_position_and_no_longer_than_its_patience(database_url: str) -> None:
    async with serving(database_url, patience=1) as node:
        alice, bob = Person(node, "alice"), Person(node, "bob")
        conversation_id = await alice.start(bob)
        position = (await alice.send(conversation_id))["position"]
        for path in READS:
            path = path.format(conversation_id)
            assert (await alice.ask("GET", f"{path}min_position={position}")).status_code == 200
            problem = await alice.refused("unavailable", "GET", f"{path}min_position={position + 1}")
            assert problem["retry_after"] > 0
