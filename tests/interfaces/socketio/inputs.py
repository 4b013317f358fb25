"""Whatever a client might send: payloads of every request, and packets that are none, made up by hypothesis."""

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import strategies as st

from interfaces.requests import ALIASES, REQUESTS

DEEP = 10_000

VARIANTS = 9
"""Of each that hypothesis has made up: what costs it a hundred draws is altered here in no time."""

WORDS = ["", " ", "\0", "é", "\ud800", "🙂", "..", "1.0", "0" * 200, "x" * 9_000, "alice", "mallory"]
ODD = st.sampled_from(WORDS)
FIGURES = [0, -1, 1, 2**31, 2**63, 10**40, 1.0, -0.0, 1e308, float("nan"), float("inf")]
NUMBERS = st.sampled_from(FIGURES)
IDS = st.one_of(st.uuids(version=4).map(str), st.uuids().map(str), st.sampled_from(["x", "A" * 36, "{}"]))

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.integers() | ODD | IDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ODD | IDS, inner, max_size=4),
    max_leaves=8,
)

FIELDS = sorted({field for request in REQUESTS.values() for field in request.payload.model_fields} - {"token"})
NAMES = sorted({*REQUESTS, *ALIASES} - {"authenticate"})


def payloads(conversation_id: str) -> st.SearchStrategy[Any]:
    """About a conversation that is there, with fields of all requests, right, wrong and missing; or any value."""
    good: dict[str, st.SearchStrategy[Any]] = {
        "conversation_id": st.just(conversation_id),
        "message_id": st.uuids(version=4).map(str),
        "body": st.sampled_from(["Bonjour", "naïve 🙂", "x" * 8_000]),
        "kind": st.sampled_from(["group", "direct"]),
        "user_ids": st.lists(st.sampled_from(["bob", "carol"]), max_size=3),
        "participant_ids": st.lists(st.sampled_from(["bob", "carol"]), max_size=3),
        "user_id": st.sampled_from(["bob", "carol", "nobody"]),
        "title": st.sampled_from(["Lectures", "x" * 120]),
        "number": st.integers(0, 3),
        "since": st.integers(0, 3).map(str),
    }
    fields = {field: good.get(field, VALUES) | VALUES for field in FIELDS}
    right = st.fixed_dictionaries({}, optional={field: good.get(field, VALUES) for field in FIELDS})
    return right | st.fixed_dictionaries({}, optional=fields) | VALUES


def events(conversation_id: str) -> st.SearchStrategy[list[Any]]:
    """An event as it stands in a packet: its name, and mostly one payload."""
    names = st.sampled_from(NAMES) | st.sampled_from(["connect", "disconnect", "message", "*"]) | VALUES
    return st.tuples(names, st.lists(payloads(conversation_id), max_size=2)).map(lambda event: [event[0], *event[1]])


def requests(conversation_id: str) -> st.SearchStrategy[list[str]]:
    """Packets that are well made, and each ask for an ack under their place in the list."""
    many = st.tuples(st.lists(events(conversation_id), min_size=1, max_size=10), SEEDS)
    return many.map(
        lambda found: [f"42{number}{json.dumps(event)}" for number, event in enumerate(with_variants(varied, *found))]
    )


SEEDS = st.integers(0, 2**32 - 1)
LOOSE: list[Any] = [*WORDS, *FIGURES, None, True, [], {}, [[]], [{}], {"": {}}, ["bob", "bob"], {"bob": "carol"}]


def with_variants(vary: Any, found: Sequence[Any], seed: int) -> list[Any]:
    """Each that was found, and what becomes of it when it is altered in one place."""
    random = Random(seed)
    return [each for one in found for each in (one, *(vary(one, random) for _ in range(VARIANTS)))]


def varied(event: list[Any], random: Random) -> list[Any]:
    """An event whose name, or one field of whose payload, is another, moved, or not there."""
    name, payload = event[0], dict(event[1]) if event[1:] and isinstance(event[1], dict) else {}
    key = random.choice([*payload, *FIELDS])
    match random.randrange(6):
        case 0:
            name = random.choice(NAMES)
        case 1:
            payload.pop(key, None)
        case 2:
            payload[random.choice(FIELDS)] = payload.get(key)
        case 3:
            payload[key] = [payload.get(key)] * random.randrange(3)
        case 4:
            return [name, random.choice(LOOSE), *event[2:]]
        case _:
            payload[key] = random.choice(LOOSE)
    return [name, payload, *event[2:]]


def altered(packet: str | bytes, random: Random) -> str | bytes:
    """A packet of which a piece is missing, comes twice, or is something else."""
    begin, end = sorted(random.randrange(len(packet) + 1) for _ in range(2))
    if isinstance(packet, bytes):
        return random.choice([bytes, Torn])(packet[:begin] + random.randbytes(random.randrange(9)) + packet[end:])
    middle = ["", packet[begin:end] * 2, random.choice('[]{},":0-\x1e\\é'), random.choice(WORDS).replace("\ud800", "")]
    return packet[:begin] + random.choice(middle) + packet[end:]


class Torn(bytes):
    """Bytes that are to be sent as if they were a text."""


ENGINE = st.sampled_from([*"0123456789b", "4", "4", "4", "2probe", "3probe", "\x1e", ""])
KINDS = st.sampled_from([*"0123456789", "2", "2", "51-", "61-", "5-", "5999999999-"])
SPACES = st.sampled_from(["", "", "", "/,", "/other,", "/?x=1,", "/"])
ACKS = st.sampled_from(["", "7", "0", "123456789", "9" * 30])
NESTED = st.builds(
    lambda opening, depth, closed: opening * depth + ({"[": "]", '{"a":': "1}"}[opening] * depth if closed else ""),
    st.sampled_from(["[", '{"a":']),
    st.sampled_from([1, 500, DEEP]),
    st.booleans(),
)
JSON = st.one_of(
    VALUES.map(json.dumps),
    events("00000000-0000-4000-8000-000000000000").map(json.dumps),
    NESTED,
    NESTED.map('["sync",{}]'.replace("{}", "%s").__mod__),
    st.sampled_from(["[", '["sync"', '["sync",]', "'", '{"token":"x"}', "1" * 5_000]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
PACKETS: st.SearchStrategy[str | bytes] = st.one_of(
    st.tuples(ENGINE, KINDS, SPACES, ACKS, JSON).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.sampled_from(["40", "41", "1", "2", "3", "5", "6", "2probe", "3probe", "0"]),
    st.binary(max_size=100),
    st.binary(max_size=100).map(Torn),
)
"""Engine.IO packets in any order, most of which nobody should send."""


def texts(packets: Sequence[str | bytes]) -> list[str]:
    """Those that can be posted: in a poll there are no bytes."""
    return [packet for packet in packets if isinstance(packet, str)]
