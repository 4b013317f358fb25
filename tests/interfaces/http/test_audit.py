"""What auditors are answered over HTTP, that each reading is recorded, and who is refused."""

import json
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from interfaces import shapes
from interfaces.audit import shapes as audit
from tests.interfaces.http.asking import Body, Person, refusal
from tests.interfaces.http.conftest import MakePerson
from tests.interfaces.http.serving import Node, serving

WHY = {"Audit-Reason": quote("plainte n° 411")}
NOWHERE = "0190f3a2-6c1e-7d3a-9b52-3f1c8a7e5d10"
READS = ["conversations", f"conversations/{NOWHERE}/history", f"conversations/{NOWHERE}/replay", "replay?user_id=bob"]
READS += [f"conversations/{NOWHERE}/explain?user_id=bob", "readings"]
CONTENT = [path for path in READS if path != "readings"]


@pytest.fixture
def carla(node: Node, person: MakePerson) -> Person:
    """An auditor."""
    user_id = person("carla").user_id
    return Person(node, user_id, token=node.token(user_id, scope="analytics audit"))


async def reads(auditor: Person, path: str, shape: Any, **query: Any) -> Body:
    return await auditor.done("GET", f"/api/audit/{path}", shape, headers=WHY, params=query)


async def lines(auditor: Person, path: str, **query: Any) -> list[Body]:
    answer = await auditor.ask("GET", f"/api/audit/{path}", headers=WHY, params=query)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/x-ndjson"), answer.text
    return [json.loads(line) for line in answer.text.rstrip("\n").split("\n") if line]


async def recorded(auditor: Person) -> list[Body]:
    """What this auditor has read, the first first."""
    answer = await auditor.done("GET", "/api/audit/readings", audit.AuditReadings, params={"limit": 200})
    return [one["data"] for one in reversed(answer["readings"]) if one["actor"] == auditor.user_id]


class Talk:
    """Alice has started a conversation with Bob and said two things, of which he has read one."""

    def __init__(self, alice: Person, bob: Person) -> None:
        self.alice, self.bob = alice, bob
        self.id = ""

    async def begin(self) -> "Talk":
        self.id = await self.alice.start(self.bob, title="Lectures")
        for body in ("Bonjour", "\u2028\n👍"):
            await self.alice.send(self.id, body)
        read = {"number": 1}
        await self.bob.done("POST", f"/api/conversations/{self.id}/read", shapes.Read, json=read)
        return self


@pytest.fixture
async def talk(alice: Person, bob: Person) -> Talk:
    return await Talk(alice, bob).begin()


async def test_a_history_is_every_event_in_order(talk: Talk, carla: Person) -> None:
    events = await lines(carla, f"conversations/{talk.id}/history")
    assert [(one["type"], one["version"], one["actor"]) for one in events] == [
        ("conversation.started", 1, talk.alice.user_id),
        ("timeline.message-sent", 1, talk.alice.user_id),
        ("timeline.message-sent", 2, talk.alice.user_id),
        ("reading.messages-read", 1, talk.bob.user_id),
    ]
    assert events[2]["data"]["body"] == "\u2028\n👍"
    positions = [one["position"] for one in events]
    assert positions == sorted(positions)
    path = f"conversations/{talk.id}/history"
    for query, expected in (
        ({"limit": 2}, positions[2:]),
        ({"limit": 2, "at": positions[2]}, positions[1:3]),
        ({"after": positions[0], "limit": 2}, positions[1:3]),
        ({"after": 0, "limit": 1}, positions[:1]),
        ({"after": positions[3]}, []),
    ):
        assert [one["position"] for one in await lines(carla, path, **query)] == expected


async def test_replay_to_now_is_what_the_chat_shows(talk: Talk, carla: Person) -> None:
    for someone in talk.alice, talk.bob:
        live = await someone.done("GET", f"/api/conversations/{talk.id}", shapes.Started)
        page = await someone.done("GET", f"/api/conversations/{talk.id}/messages", shapes.Messages)
        then = await reads(carla, f"conversations/{talk.id}/replay", audit.Replay, user_id=someone.user_id)
        assert then["conversation"] == live["conversation"]
        assert [{**one, "read": None} for one in then["messages"]] == [
            {**one, "read": None} for one in page["messages"]
        ]
        listed = await someone.done("GET", "/api/conversations", shapes.Conversations)
        was = await reads(carla, "replay", audit.PastList, user_id=someone.user_id)
        assert was["conversations"] == listed["conversations"]
        assert was["total"] == live["conversation"]["unread_count"]
    plain = await reads(carla, f"conversations/{talk.id}/replay", audit.Replay)
    assert plain["conversation"]["participants"] == live["conversation"]["participants"]
    assert plain["conversation"]["owner_id"] == talk.alice.user_id


async def test_a_moment_is_a_position_or_the_instant_that_was_told_of_it(talk: Talk, carla: Person) -> None:
    events = await lines(carla, f"conversations/{talk.id}/history")
    path = f"conversations/{talk.id}/replay"
    for event, count in zip(events, (0, 1, 2, 2), strict=True):
        by_position = await reads(carla, path, audit.Replay, at=event["position"])
        assert by_position["position"] == event["position"]
        assert by_position["recorded_at"] == event["recorded_at"]
        assert by_position["conversation"]["last_number"] == count
        by_instant = await reads(carla, path, audit.Replay, at=event["recorded_at"])
        assert by_instant["position"] >= event["position"]
        assert by_instant["recorded_at"] == event["recorded_at"]
        ends = {name: {key: one[key] for key in ("position", "recorded_at")} for name, one in ends_of(events)}
        assert {"first": by_position["first"], "last": by_position["last"]} == ends


def ends_of(events: list[Body]) -> list[tuple[str, Body]]:
    return [("first", events[0]), ("last", events[-1])]


async def test_through_somebodys_eyes_each_message_is_read_or_not(talk: Talk, carla: Person) -> None:
    path = f"conversations/{talk.id}/replay"
    bob = await reads(carla, path, audit.Replay, user_id=talk.bob.user_id)
    assert [(one["number"], one["read"]) for one in bob["messages"]] == [(1, True), (2, False)]
    assert bob["conversation"]["unread_count"] == 1
    page = await reads(carla, path, audit.Replay, user_id=talk.bob.user_id, limit=1)
    assert ([one["number"] for one in page["messages"]], page["next"]) == ([2], 2)
    page = await reads(carla, path, audit.Replay, user_id=talk.bob.user_id, limit=1, before=page["next"])
    assert ([one["number"] for one in page["messages"]], page["next"]) == ([1], None)


async def test_an_unread_count_is_explained_by_its_events(talk: Talk, carla: Person) -> None:
    path = f"conversations/{talk.id}/explain"
    told = await reads(carla, path, audit.Explanation, user_id=talk.bob.user_id)
    assert told["arithmetic"] == "2 - 1 = 1"
    events = await lines(carla, f"conversations/{talk.id}/history")
    assert told["unread"] == [events[2]]
    assert [one["event"] for one in told["place"] if one["decides"]] == [events[3]]


async def test_conversations_are_found_by_a_word(talk: Talk, carla: Person) -> None:
    found = await reads(carla, "conversations", audit.FoundConversations, q=talk.bob.user_id)
    assert [one["conversation_id"] for one in found["conversations"]] == [talk.id]
    assert found["conversations"][0]["people"][0]["user_id"] == talk.bob.user_id
    newest = await reads(carla, "conversations", audit.FoundConversations, limit=1)
    assert [one["conversation_id"] for one in newest["conversations"]] == [talk.id]


async def test_every_reading_is_recorded_with_who_what_and_why(talk: Talk, carla: Person) -> None:
    end = (await lines(carla, f"conversations/{talk.id}/history"))[-1]["position"]
    bob = talk.bob.user_id
    await reads(carla, f"conversations/{talk.id}/replay", audit.Replay, at=end, user_id=bob)
    await reads(carla, "replay", audit.PastList, at=end, user_id=bob)
    await reads(carla, f"conversations/{talk.id}/explain", audit.Explanation, at=end, user_id=bob)
    await reads(carla, "conversations", audit.FoundConversations, q="Lect")
    told = await recorded(carla)
    assert [one["what"] for one in told] == ["history", "replay", "list", "explain", "find"]
    assert {(one["reason"], one["auditor"]) for one in told} == {("plainte n° 411", carla.user_id)}
    assert [(one.get("conversation_id"), one.get("user_id")) for one in told] == [
        (talk.id, None),
        (talk.id, bob),
        (None, bob),
        (talk.id, bob),
        (None, None),
    ]
    assert [one["position"] for one in told[1:4]] == [end] * 3
    assert told[4]["query"] == "Lect"


async def test_the_record_is_no_news_to_anybody_in_the_chat(talk: Talk, carla: Person) -> None:
    before = await talk.bob.done("GET", f"/api/conversations/{talk.id}", shapes.Started)
    await lines(carla, f"conversations/{talk.id}/history")
    after = await talk.bob.done("GET", f"/api/conversations/{talk.id}", shapes.Started)
    assert after["conversation"] == before["conversation"]
    assert after["position"] > before["position"]


async def test_the_record_is_read_by_pages_and_leaves_none(carla: Person) -> None:
    for word in ("one", "two", "three"):
        await reads(carla, "conversations", audit.FoundConversations, q=word)
    first = await carla.done("GET", "/api/audit/readings", audit.AuditReadings, params={"limit": 2})
    assert [one["data"]["query"] for one in first["readings"]] == ["three", "two"]
    query = {"limit": 1, "before": first["next"]}
    second = await carla.done("GET", "/api/audit/readings", audit.AuditReadings, params=query)
    assert second["readings"][0]["data"]["query"] == "one"
    last = {"before": 1}
    assert (await carla.done("GET", "/api/audit/readings", audit.AuditReadings, params=last))["next"] is None


class TestRefused:
    @pytest.mark.parametrize("path", READS)
    async def test_is_who_is_no_auditor_and_that_is_recorded(
        self, node: Node, person: MakePerson, carla: Person, path: str
    ) -> None:
        mallory = person("mallory")
        scoped = Person(node, mallory.user_id, token=node.token(mallory.user_id, scope="analytics admin"))
        await scoped.refused("forbidden", "GET", f"/api/audit/{path}")
        answer = await carla.done("GET", "/api/audit/readings", audit.AuditReadings, params={"limit": 1})
        (one,) = answer["readings"]
        assert (one["type"], one["actor"]) == ("audit.refused", mallory.user_id)
        assert one["data"] == {"asked": f"/api/audit/{path.partition('?')[0]}"}

    async def test_is_recorded_only_so_often(self, person: MakePerson, carla: Person) -> None:
        mallory = person("mallory")
        for _ in range(9):
            await mallory.refused("forbidden", "GET", "/api/audit/readings")
        answer = await carla.done("GET", "/api/audit/readings", audit.AuditReadings)
        assert len([one for one in answer["readings"] if one["actor"] == mallory.user_id]) == 5

    @pytest.mark.parametrize("path", CONTENT)
    @pytest.mark.parametrize("reason", [None, "", "%20", "%0A%09", "%FF", "a" * 501, "%00"])
    async def test_is_who_gives_no_reason(self, carla: Person, path: str, reason: str | None) -> None:
        headers = {} if reason is None else {"Audit-Reason": reason}
        answer = await carla.ask("GET", f"/api/audit/{path}", headers=headers)
        refusal(answer, "invalid_payload", "Audit-Reason")
        assert await recorded(carla) == []

    @pytest.mark.parametrize(
        "at",
        [
            *("", "0", "-1", "1.0", "９", "99999999999", "9" * 400, "yesterday", "2026-11-23", "2026-11-23T14:03:00"),
            *("2026-02-30T00:00:00Z", "2026-11-23T24:01:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z"),
            *("2026-11-23T14:03:00 01:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
        ],
    )
    async def test_is_a_moment_that_is_none(self, talk: Talk, carla: Person, at: str) -> None:
        for path in (f"conversations/{talk.id}/history", f"conversations/{talk.id}/replay", "replay"):
            query = {"at": at} | ({"user_id": talk.bob.user_id} if path == "replay" else {})
            answer = await carla.ask("GET", f"/api/audit/{path}", headers=WHY, params=query)
            refusal(answer, "invalid_payload", "at")
        assert await recorded(carla) == []

    async def test_is_what_does_not_exist_or_did_not_yet(self, talk: Talk, carla: Person, person: MakePerson) -> None:
        started = (await lines(carla, f"conversations/{talk.id}/history"))[0]["position"]
        early, bob = {"at": started - 1}, talk.bob.user_id
        stranger = person("stranger").user_id
        for path, query in (
            (f"conversations/{uuid4()}/history", {}),
            (f"conversations/{uuid4()}/replay", {}),
            ("conversations/no-uuid/replay", {}),
            (f"conversations/{talk.id}/history", early),
            (f"conversations/{talk.id}/replay", early),
            (f"conversations/{talk.id}/replay", {"user_id": stranger}),
            (f"conversations/{talk.id}/explain", {"user_id": stranger}),
            (f"conversations/{talk.id}/explain", {"user_id": bob} | early),
            ("replay", {"user_id": stranger}),
            ("replay", {"user_id": bob} | early),
        ):
            answer = await carla.ask("GET", f"/api/audit/{path}", headers=WHY, params=query)
            refusal(answer, "not_found")
        assert [one["what"] for one in await recorded(carla)] == ["history"]

    async def test_is_what_has_the_wrong_shape(self, talk: Talk, carla: Person) -> None:
        path = f"/api/audit/conversations/{talk.id}"
        for of, field, value in (
            ("history", "after", "x"),
            ("history", "limit", "0"),
            ("replay", "limit", "201"),
            ("replay", "before", "0"),
            ("replay", "user_id", "two words"),
            ("explain", "user_id", ""),
        ):
            answer = await carla.ask("GET", f"{path}/{of}", headers=WHY, params={field: value})
            refusal(answer, "invalid_payload", field)
        refusal(await carla.ask("GET", f"{path}/explain", headers=WHY), "invalid_payload", "user_id")
        refusal(await carla.ask("GET", "/api/audit/replay", headers=WHY), "invalid_payload", "user_id")

    async def test_is_a_session_that_is_none(self, node: Node) -> None:
        answer = await node.client.get("/api/audit/readings")
        refusal(answer, "unauthenticated")


async def test_an_empty_log_has_no_past(database_url: str) -> None:
    async with serving(database_url) as node:
        carla = Person(node, "carla", token=node.token("carla", scope="audit"))
        for path in (f"conversations/{NOWHERE}/history", "replay?user_id=bob"):
            refusal(await carla.ask("GET", f"/api/audit/{path}", headers=WHY), "not_found")
        assert await reads(carla, "conversations", audit.FoundConversations) == {"conversations": []}


async def test_what_can_not_be_recorded_is_not_shown(database_url: str) -> None:
    async with serving(database_url) as node:
        talk = await Talk(Person(node, "alice"), Person(node, "bob")).begin()
        carla = Person(node, "carla", token=node.token("carla", scope="audit"))
        node.chat.writer.close()
        for path in ("history", "replay", "explain?user_id=bob"):
            answer = await carla.ask("GET", f"/api/audit/conversations/{talk.id}/{path}", headers=WHY)
            refusal(answer, "unavailable")
        assert (await carla.done("GET", "/api/audit/readings", audit.AuditReadings))["readings"] == []
