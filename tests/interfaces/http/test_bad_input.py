"""Whatever is sent, the answer is a problem that says which field is wrong: never a 500, nothing done."""

import json
from typing import Any
from uuid import uuid5

import pytest

from domain.base import LITSPARK
from interfaces import shapes
from interfaces.http.contract import ENTRIES
from interfaces.http.readings import Reading
from tests.interfaces.http.asking import Person, new_id
from tests.interfaces.http.conftest import MakePerson

START = "/api/conversations"
ANY_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"

NO_UUIDS: tuple[Any, ...] = (
    "",
    "x",
    5,
    True,
    [],
    {},
    f"{{{ANY_ID}}}",
    ANY_ID.replace("-", ""),
    f"urn:uuid:{ANY_ID}",
    f" {ANY_ID}",
)
NO_USER_IDS: tuple[Any, ...] = ("", ".", "..", "a b", "é", "x" * 256, "a\n", "\0", "\ud800", 5, True, [], {})
NO_TEXTS: tuple[Any, ...] = ("", " ", "\n\t ", "a\0b", "\ud800", "a\udfff", 5, 1.5, True, [], {})
NO_NUMBERS: tuple[Any, ...] = (0, -1, 2, 1.0, 1.5, "1", True, [], {}, 10**30, 2**63, 2**64, -(10**30))


def start(**more: Any) -> dict[str, Any]:
    return {"conversation_id": new_id(), "kind": "group", "participant_ids": ["someone"], **more}


BAD_STARTS = [
    *(("conversation_id", value) for value in (*NO_UUIDS, str(uuid5(LITSPARK, "x")), "0" * 8 + ANY_ID[8:14] + "1")),
    *(("kind", value) for value in ("", "pair", "Direct", 5, True, [], {})),
    *(("participant_ids", value) for value in ("someone", 5, {}, [])),
    *(("title", value) for value in (*NO_TEXTS, "x" * 121)),
]


@pytest.mark.parametrize(("field", "value"), BAD_STARTS)
async def test_starting_with_a_bad_field(alice: Person, field: str, value: Any) -> None:
    await alice.refused("invalid_payload", "POST", START, field, **as_json(start(**{field: value})))


@pytest.mark.parametrize("field", ["conversation_id", "kind", "participant_ids"])
async def test_starting_without_a_field(alice: Person, field: str) -> None:
    asked = start()
    del asked[field]
    await alice.refused("invalid_payload", "POST", START, field, json=asked)


@pytest.mark.parametrize("field", ["conversation_id", "kind", "participant_ids", "title", "actor", "unknown", ""])
async def test_null_is_not_leaving_out(alice: Person, field: str) -> None:
    await alice.refused("invalid_payload", "POST", START, field or None, json=start(**{field: None}))


@pytest.mark.parametrize("field", ["actor", "unknown", "", "\0", "\ud800", "Title", "x" * 1000])
async def test_a_field_that_nobody_knows(alice: Person, field: str) -> None:
    problem = await alice.refused("invalid_payload", "POST", START, **as_json(start(**{field: "x"})))
    assert problem["details"][0]["problem"] == "unknown field"


@pytest.mark.parametrize("value", NO_USER_IDS)
async def test_people_who_can_not_be(alice: Person, bob: Person, value: Any) -> None:
    asked = as_json(start(participant_ids=["someone", value]))
    await alice.refused("invalid_payload", "POST", START, "participant_ids.1", **asked)
    path = f"{START}/{await alice.start(bob)}/participants"
    await alice.refused("invalid_payload", "POST", path, "user_ids.0", **as_json({"user_ids": [value]}))


async def test_a_conversation_needs_the_right_people(alice: Person) -> None:
    me = alice.user_id
    for asked in (
        start(participant_ids=[me]),
        start(participant_ids=[me, me]),
        start(participant_ids=[f"p{n}" for n in range(1000)]),
        start(kind="direct", participant_ids=[me]),
        start(kind="direct", participant_ids=["a", "b"]),
        start(kind="direct", participant_ids=[me, "a", "b"]),
    ):
        await alice.refused("invalid_payload", "POST", START, "participant_ids", json=asked)
    await alice.refused("invalid_payload", "POST", START, "title", json=start(kind="direct", title="none"))


async def test_a_thousand_take_part_and_no_more(alice: Person) -> None:
    asked = start(participant_ids=[f"p{n}" for n in range(999)])
    await alice.done("POST", START, shapes.Started, 201, json=asked)
    path = f"{START}/{asked['conversation_id']}/participants"
    await alice.refused("invalid_payload", "POST", path, "user_ids", json={"user_ids": ["one-too-many"]})


@pytest.mark.parametrize("body", [*NO_TEXTS, "x" * 8001, "\u00a0\u2003"])
async def test_a_message_with_a_bad_body(alice: Person, bob: Person, body: Any) -> None:
    path = f"{START}/{await alice.start(bob)}/messages"
    await alice.refused("invalid_payload", "POST", path, "body", **as_json({"message_id": new_id(), "body": body}))


async def test_a_message_of_8000_characters_outside_the_basic_plane(alice: Person, bob: Person) -> None:
    message = await alice.send(await alice.start(bob), "🙂" * 8000)
    assert message["body"] == "🙂" * 8000


@pytest.mark.parametrize("message_id", [*NO_UUIDS, str(uuid5(LITSPARK, "x")), None])
async def test_a_message_with_a_bad_id(alice: Person, bob: Person, message_id: Any) -> None:
    path = f"{START}/{await alice.start(bob)}/messages"
    await alice.refused("invalid_payload", "POST", path, "message_id", json={"message_id": message_id, "body": "x"})


@pytest.mark.parametrize("number", [*NO_NUMBERS, None])
async def test_reading_up_to_a_bad_number(alice: Person, bob: Person, number: Any) -> None:
    conversation_id = await alice.start(bob)
    await alice.send(conversation_id)
    await bob.refused("invalid_payload", "POST", f"{START}/{conversation_id}/read", "number", json={"number": number})


@pytest.mark.parametrize("title", [*NO_TEXTS, "x" * 121, None])
async def test_renaming_to_a_bad_title(alice: Person, bob: Person, title: Any) -> None:
    path = f"{START}/{await alice.start(bob)}"
    await alice.refused("invalid_payload", "PATCH", path, "title", **as_json({"title": title}))


WITH_BODY = [(entry, http) for entry, http in ENTRIES if http.method != "GET" and "{" in http.path]


@pytest.mark.parametrize(("entry", "http"), WITH_BODY, ids=lambda one: getattr(one, "name", None))
async def test_a_body_does_not_say_what_the_path_says(alice: Person, bob: Person, entry: Any, http: Any) -> None:
    conversation_id = await alice.start(bob)
    path = filled(http.path, conversation_id, bob.user_id)
    for field in ("conversation_id", "actor"):
        await alice.refused("invalid_payload", http.method, path, field, json={field: conversation_id})


IN_CONVERSATION = [
    (entry, http)
    for entry, http in ENTRIES
    if "{conversation_id}" in http.path and not isinstance(entry, Reading)  # which asks for a scope first
]
PAYLOADS: dict[str, dict[str, Any]] = {
    "send_message": {"message_id": new_id(), "body": "x"},
    "add_participants": {"user_ids": ["x"]},
    "rename_conversation": {"title": "x"},
}


@pytest.mark.parametrize(("entry", "http"), IN_CONVERSATION, ids=lambda one: getattr(one, "name", None))
async def test_a_strangers_conversation_does_not_exist(
    alice: Person, bob: Person, person: MakePerson, entry: Any, http: Any
) -> None:
    path = filled(http.path, await alice.start(bob), bob.user_id)
    sent = {} if http.method == "GET" else {"json": PAYLOADS.get(entry.name, {})}
    await person("stranger").refused("not_found", http.method, path, **sent)


@pytest.mark.parametrize(("entry", "http"), IN_CONVERSATION, ids=lambda one: getattr(one, "name", None))
@pytest.mark.parametrize(
    "value", ["x", ANY_ID.replace("-", ""), "%00", "%7Bx%7D", "00000000-0000-0000-0000-000000000000", "%F0%9F"]
)
async def test_an_id_in_a_path_that_is_none_leads_nowhere(alice: Person, entry: Any, http: Any, value: str) -> None:
    path = filled(http.path, value, "x")
    await alice.refused("not_found", http.method, path)


@pytest.mark.parametrize("user_id", ["a%20b", "%00", "%0A", "%C3%A9", "x" * 256, "%2E", "%2E%2E", ""])
async def test_a_user_id_in_a_path_that_is_none_is_nobody(alice: Person, bob: Person, user_id: str) -> None:
    path = f"{START}/{await alice.start(bob)}/participants/{user_id}"
    await alice.refused("not_found", "DELETE", path)


BAD_QUERIES = [
    *((START, "limit", value) for value in ("0", "-1", "201", "1.5", "x", "", "٣", "+1", " 1", "1" * 30)),
    *(
        (START, "next", value)
        for value in ("", "x", "!", "AAAA", "eA", "é", "MQow", "LTk5OTk5OTk5OTk5OTk5OTk5OTk5CnhhCg")
    ),
    *((START, "min_position", value) for value in ("-1", "x", "", "1.5", "9" * 101)),
    *(("/api/sync", "since", value) for value in ("-1", "x", "", "1.5", "9" * 101, "٣")),
    *(("/api/users", "q", value) for value in ("", " ", "\t\n", "\0", "a\0")),
    *(("/api/users?q=a", "next", value) for value in ("x", "AAAA", "dXNlcnMKLTE", "dXNlcnMKeA")),
    *(("/api/users?q=a", "limit", value) for value in ("0", "201")),
    *(("{}/messages", "limit", value) for value in ("0", "201", "x")),
    *(("{}/messages", "before", value) for value in ("0", "-1", "x", "", "1.0", "9" * 19, "1" + "0" * 30)),
    *(("{}/messages", "after", value) for value in ("-1", "x", "", "1.0", "9" * 19, "1" + "0" * 30)),
    *(("{}/messages", "next", value) for value in ("x", "AAAA", "YmVmb3JlCjA", "YmVmb3JlCng", "YWZ0ZXIKLTE")),
]


@pytest.mark.parametrize(("path", "field", "value"), BAD_QUERIES)
async def test_a_query_with_a_bad_field(alice: Person, bob: Person, path: str, field: str, value: str) -> None:
    if path == "{}/messages":
        path = f"{START}/{await alice.start(bob)}/messages"
    query = dict(pair.split("=") for pair in path.partition("?")[2].split("&") if pair)
    await alice.refused("invalid_payload", "GET", path.partition("?")[0], field, params={**query, field: value})


async def test_people_are_not_looked_for_by_nothing(alice: Person) -> None:
    await alice.refused("invalid_payload", "GET", "/api/users", "q")


async def test_before_and_after_do_not_go_together(alice: Person, bob: Person) -> None:
    path = f"{START}/{await alice.start(bob)}/messages"
    await alice.refused("invalid_payload", "GET", path, "before", params={"before": 3, "after": 1})


@pytest.mark.parametrize("query", ["%ED%A0%80", "%FF%FE", "é", "a&q", "q=%F0%9F%99%82"])
async def test_a_query_in_no_encoding_is_harmless(alice: Person, query: str) -> None:
    assert (await alice.ask("GET", f"/api/users?q={query}")).status_code in (200, 422)


def filled(path: str, conversation_id: str, user_id: str) -> str:
    return path.replace("{conversation_id}", conversation_id).replace("{user_id:path}", user_id)


def as_json(payload: dict[str, Any]) -> dict[str, Any]:
    """JSON with lone surrogates escaped, which httpx would not write."""
    return {"content": json.dumps(payload).encode(), "headers": {"Content-Type": "application/json"}}
