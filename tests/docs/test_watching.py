"""The metrics that the dashboard and the alerts of the handbook go by exist, and count what they say."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.client import Client, Refused, connected
from tests.docs.settings_table import DOCS, OPERATIONS
from tests.serving import Node, serving

Labels = dict[str, str]
Samples = list[tuple[str, Labels, float]]
GIVEN = {"job", "instance"}
"""Labels that Prometheus adds."""


async def samples(node: Node) -> Samples:
    async with httpx.AsyncClient(base_url=node.url) as client:
        text = (await client.get("/metrics")).text
    families = text_string_to_metric_families(text)
    return [(one.name, one.labels, one.value) for family in families for one in family.samples]


def value(found: Samples, name: str, **labels: str) -> float:
    return sum(value for one, has, value in found if one == name and labels.items() <= has.items())


@pytest.fixture
async def found(database_url: str, tmp_path: Path) -> Samples:
    """Of a server where somebody has written, read, and been refused by both doors."""
    async with serving(database_url, ledger_file=tmp_path / "checkpoints.jsonl") as node:
        alice, bob = Client(node.url, node.token("alice")), Client(node.url, node.token("bob"), ("polling",))
        async with connected(alice, bob):
            conversation_id = await alice.start("bob")
            await bob.barrier()
            await bob.join(conversation_id)
            for _ in range(3):
                await alice.send(conversation_id, "Bonjour")
            await bob.barrier(int((await alice.barrier()).cursor))
            with pytest.raises(Refused):
                await alice.send(conversation_id, "")
            with pytest.raises(ConnectionError):
                await Client(node.url, "no token").connect()
            async with httpx.AsyncClient(base_url=node.url) as client:
                await client.get("/api/me")
            return await samples(node)


def test_every_metric_and_label_of_the_dashboard_and_the_alerts_exists(found: Samples) -> None:
    labels: dict[str, set[str]] = {}
    for name, has, _ in found:
        labels.setdefault(name, set()).update(has)
    expressions = [*dashboard(), *alerts()]
    assert len(expressions) > 25
    for expression in expressions:
        names = re.findall(r"\b(?:litspark|process)_\w+", expression)
        assert names and set(names) <= labels.keys(), expression
        wanted = {word for group in re.findall(r"by \(([\w, ]+)\)", expression) for word in group.split(", ")}
        wanted |= set(re.findall(r"(\w+)=~?\"", expression))
        assert wanted <= set.union(GIVEN, *(labels[name] for name in names)), expression


def dashboard() -> list[str]:
    made: dict[str, Any] = json.loads((DOCS / "grafana.json").read_text("utf-8"))
    assert len({panel["id"] for panel in made["panels"]}) == len(made["panels"])
    return [target["expr"] for panel in made["panels"] for target in panel["targets"]]


def alerts() -> list[str]:
    return re.findall(r"^ +expr: (.*)$", OPERATIONS.read_text("utf-8"), re.MULTILINE)


def test_they_count_what_happened(found: Samples) -> None:
    end = value(found, "litspark_log_position")
    assert value(found, "litspark_append_events_sum") == end == 4
    assert value(found, "litspark_append_seconds_count") == value(found, "litspark_append_events_count") >= 4
    assert value(found, "litspark_projection_batch_events_sum", projection="chat") == 4
    assert value(found, "litspark_projection_batch_seconds_count", projection="chat") >= 1
    assert value(found, "litspark_push_events_sum") == 4
    assert 0 < value(found, "litspark_push_seconds_sum") < value(found, "litspark_push_age_seconds_sum") < 60
    assert value(found, "litspark_sockets", transport="websocket") == 1
    assert value(found, "litspark_sockets", transport="polling") == 1
    assert value(found, "litspark_rejected_total", door="socketio", code="invalid_payload") == 1
    assert value(found, "litspark_rejected_total", door="socketio", code="invalid_token") == 1
    assert value(found, "litspark_rejected_total", door="http", code="unauthenticated") == 1
