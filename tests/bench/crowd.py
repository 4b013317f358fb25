"""Two thousand people: how they come, what they cost while nothing happens, and how all of them come back at once.

And a hundred who read the same message at the same moment. Each in a process of its own: `crowd`, `readers`.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from uuid import uuid4

import orjson
import uvloop

from interfaces.auth import Tokens
from tests.bench.cpu import resident
from tests.bench.line import Gone, Line
from tests.bench.load import ROOT, gathered
from tests.bench.sides import Side
from tests.serving import SECRET

PEOPLE = 2_000
GROUP = 10
AT_ONCE = 64
REST = 2.0
"""Seconds until what was only needed to connect has gone."""
READERS = 100
TIMES = 20


async def crowd(side: Side) -> dict[str, float]:
    """Connections a second, memory of one (bytes), seconds until all are back, how many were refused or told wrong."""
    return await _process("crowd", side)


async def readers(side: Side) -> dict[str, float]:
    """How many marks a second are answered when everybody reads at once."""
    return await _process("readers", side)


async def _process(what: str, side: Side) -> dict[str, float]:
    words = [sys.executable, "-m", "tests.bench.crowd", what, side.url, str(side.pid)]
    process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0, f"{what} failed"
    found: dict[str, float] = orjson.loads(said)
    return found


@dataclass(frozen=True)
class Person:
    """Somebody with a token; in a group whose `n`th they are."""

    user_id: str
    token: str
    n: int


def people(count: int) -> list[Person]:
    tokens, mark = Tokens(SECRET), uuid4().hex[:8]
    ids = [f"c{n}-{mark}" for n in range(count)]
    return [Person(one, tokens.issue(one, one.title(), "", 3600), n % GROUP) for n, one in enumerate(ids)]


async def _crowd(url: str, pid: int) -> dict[str, float]:
    there, (messenger,) = people(PEOPLE), people(1)
    before, began = resident(pid), perf_counter()
    lines = await gathered(asyncio.Semaphore(AT_ONCE), (Line.connect(url, one.token) for one in there))
    seconds = perf_counter() - began
    await asyncio.sleep(REST)
    memory = (resident(pid) - before) / PEOPLE
    groups = await _talked(there, lines, messenger)
    for line in lines:
        line.close()
    carrier = await Line.connect(url, messenger.token)
    for conversation_id in groups:
        await _say(carrier, conversation_id)
    began = perf_counter()
    back = await asyncio.gather(*(_return(url, one) for one in there))
    return {
        "connects_per_second": PEOPLE / seconds,
        "memory": memory,
        "storm_seconds": perf_counter() - began,
        "failed": sum(one is None for one in back),
        "wrong": sum(one is False for one in back),
    }


async def _talked(there: Sequence[Person], lines: Sequence[Line], messenger: Person) -> list[str]:
    """The groups of the crowd, in each of which its first has said something."""
    groups: list[str] = []
    for first in range(0, len(there), GROUP):
        ids = [one.user_id for one in there[first + 1 : first + GROUP]] + [messenger.user_id]
        groups.append(str(uuid4()))
        await lines[first].ask(
            "start_conversation", conversation_id=groups[-1], kind="group", title="Lectures", participant_ids=ids
        )
        await _say(lines[first], groups[-1])
    return groups


async def _say(line: Line, conversation_id: str) -> None:
    await line.ask("send_message", conversation_id=conversation_id, message_id=str(uuid4()), body="Bonjour")


async def _return(url: str, person: Person) -> bool | None:
    """Whether somebody is told what is so; `None` where somebody is refused."""
    try:
        line = await Line.connect(url, person.token)
        (summary,) = (await line.ask("sync"))["conversations"]
    except (Gone, OSError):
        return None
    return (summary["last_number"], summary["unread_count"]) == (2, 1 if person.n == 0 else 2)


async def _readers(url: str, pid: int) -> dict[str, float]:
    there, heard = people(READERS), asyncio.Queue[Line]()
    gate = asyncio.Semaphore(AT_ONCE)
    connecting = (Line.connect(url, one.token, lambda line, _: heard.put_nowait(line)) for one in there)
    lines = await gathered(gate, connecting)
    conversation_id, ids = str(uuid4()), [one.user_id for one in there[1:]]
    await lines[0].ask("start_conversation", conversation_id=conversation_id, kind="group", participant_ids=ids)
    await gathered(gate, (line.ask("join_conversation", conversation_id=conversation_id) for line in lines))
    took = 0.0
    for _ in range(TIMES):
        await _say(lines[0], conversation_id)
        for _ in lines:
            await heard.get()
        began = perf_counter()
        await asyncio.gather(*(line.ask("mark_as_read", conversation_id=conversation_id) for line in lines[1:]))
        took += perf_counter() - began
    return {"reads_per_second": TIMES * (READERS - 1) / took}


def main() -> None:
    parser = argparse.ArgumentParser("tests.bench.crowd")
    parser.add_argument("what", choices=["crowd", "readers"])
    parser.add_argument("url")
    parser.add_argument("pid", type=int)
    told = parser.parse_args()
    work: dict[str, Any] = {"crowd": _crowd, "readers": _readers}
    print(orjson.dumps(uvloop.run(work[told.what](told.url, told.pid))).decode())


if __name__ == "__main__":
    main()
