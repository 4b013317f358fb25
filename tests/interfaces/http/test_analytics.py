"""The reports over HTTP: who gets them, in what form, and what is refused."""

import csv
from collections.abc import AsyncIterator
from io import StringIO
from typing import Any

import pytest

from interfaces import shapes
from interfaces.analytics.reports import REPORTS
from tests.interfaces.http.asking import Person
from tests.interfaces.http.conftest import MakePerson
from tests.interfaces.http.serving import Node, serving

Ask = dict[str, Any]


@pytest.fixture
async def node(database_url: str) -> AsyncIterator[Node]:
    """A server of its own: its figures are nobody else's."""
    async with serving(database_url, analysed=True, poll=0.01, analytics_rest=0) as running:
        yield running


@pytest.fixture
def analyst(node: Node) -> Person:
    return Person(node, "ann", token=node.token("ann", scope="audit analytics"))


async def caught_up(analyst: Person, position: int) -> Any:
    """The list of reports, once they reflect a position."""
    while True:
        body = await analyst.done("GET", "/api/analytics", shapes.Reports)
        if body["freshness"]["position"] >= position:
            return body


async def test_what_people_do_is_what_reports_tell(node: Node, analyst: Person, alice: Person, bob: Person) -> None:
    group = await alice.start(bob, title="nobody's business")
    await alice.send(group, "Bonjour")
    message = await alice.send(group, "👍")
    read = await bob.done("POST", f"/api/conversations/{group}/read", shapes.Read, json={"number": 1})
    listed = await caught_up(analyst, read["position"])
    today = message["sent_at"][:10]
    assert [one["report"] for one in listed["reports"]] == list(REPORTS)
    assert listed["freshness"]["first_day"] == listed["freshness"]["last_day"] == today

    async def rows(report: str, **query: str) -> list[dict[str, Any]]:
        asked = {"from": today, "to": today, **query}
        body = await analyst.done("GET", f"/api/analytics/{report}", shapes.Report, params=asked)
        assert (body["report"], body["from"], body["to"], body["columns"]) == (
            report,
            today,
            today,
            list(REPORTS[report].columns),
        )
        return list(body["rows"])

    assert await rows("activity") == [
        {
            "period": today,
            "message_count": 2,
            "character_count": 8,
            "conversation_count": 1,
            "sender_count": 1,
            "reader_count": 1,
            "active_count": 2,
        }
    ]
    assert await rows("unread") == [{"period": today, "unread_count": 1, "change": 1}]
    (busiest,) = await rows("conversations", limit="1")
    assert (busiest["conversation_id"], busiest["unread_count"], busiest["last_sent_at"]) == (
        group,
        1,
        message["sent_at"],
    )
    assert sum(row["read_count"] for row in await rows("read_times")) == 1
    assert sum(row["response_count"] for row in await rows("response_times")) == 0
    assert len(await rows("hours")) == 168
    assert (await rows("growth"))[0]["people_count"] == 2


@pytest.mark.parametrize(("query", "accept"), [("?format=csv", "*/*"), ("", "text/csv"), ("?format=csv", "text/json")])
async def test_a_report_is_csv_where_that_is_wanted(analyst: Person, query: str, accept: str) -> None:
    response = await analyst.ask("GET", f"/api/analytics/response_times{query}", headers={"Accept": accept})
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="response_times_20')
    names, *rows = csv.reader(StringIO(response.text, newline=""))
    assert tuple(names) == REPORTS["response_times"].columns
    assert rows[0] == ["0", "1", "0", "0"]
    assert rows[-1] == ["2592000", "", "0", "0"]


async def test_json_by_word_goes_before_csv_by_header(analyst: Person) -> None:
    await analyst.done("GET", "/api/analytics/hours?format=json", shapes.Report, headers={"Accept": "text/csv"})


@pytest.mark.parametrize("path", ["/api/analytics", "/api/analytics/activity"])
@pytest.mark.parametrize("scope", ["", "audit admin", "analytics2"])
async def test_a_token_without_the_scope_is_forbidden(node: Node, path: str, scope: str) -> None:
    other = Person(node, "otto", token=node.token("otto", scope=scope))
    body = await other.refused("forbidden", "GET", path)
    assert body["detail"] == "a token of scope analytics is needed"


async def test_without_a_token_nothing_is_told(node: Node) -> None:
    assert (await node.client.get("/api/analytics/activity")).json()["code"] == "unauthenticated"


@pytest.mark.parametrize("report", ["unknown", "Activity", "activity%20", "..%2Fme"])
async def test_an_unknown_report_is_not_found(analyst: Person, report: str) -> None:
    await analyst.refused("not_found", "GET", f"/api/analytics/{report}")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-11-24&to=2026-11-23", "from"),
        ("from=0001-01-01&to=9999-12-31", "from"),
        ("from=1990-01-01&to=2026-11-23", "by"),
        ("from=2026-11-31", "from"),
        ("from=yesterday", "from"),
        ("to=2026-11-23T00:00:00Z", "to"),
        ("to=20261123", "to"),
        ("to=", "to"),
        ("by=year", "by"),
        ("by=", "by"),
        ("format=xml", "format"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=many", "limit"),
    ],
)
async def test_what_is_no_question_is_refused(analyst: Person, query: str, field: str) -> None:
    await analyst.refused("invalid_payload", "GET", f"/api/analytics/activity?{query}", field)


async def test_what_takes_too_long_is_unavailable(database_url: str) -> None:
    async with serving(database_url, analytics_timeout=0.001) as node:
        analyst = Person(node, "ann", token=node.token("ann", scope="analytics"))
        await analyst.refused("unavailable", "GET", "/api/analytics/activity?from=2000-01-01&to=2026-11-23")


async def test_where_no_analyst_can_sign_in_the_chat_goes_on(database_url: str, person: MakePerson) -> None:
    async with serving(database_url, analytics_database_url="postgresql://nobody@127.0.0.1:1/nowhere") as node:
        analyst = Person(node, "ann", token=node.token("ann", scope="analytics"))
        body = await analyst.refused("unavailable", "GET", "/api/analytics/activity")
        assert "nowhere" not in str(body)
        await analyst.start(Person(node, "bob"))
