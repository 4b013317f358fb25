"""A load on a server: people who connect, watch their conversation, and write; in a process of its own.

`python -m tests.bench.load --help` from a shell. From a bench, any server that `tests.faults.processes.serving` has
started (without limits on rates, with tokens made from `tests.serving.SECRET`), or any other that speaks the protocol:

    async with serving(database_url=url) as server:
        full = await measure(server.url, SECRET, Load())              # closed loop: 160 outstanding in 20 x 5
        half = Load(rate=full.messages_per_second / 2)                # open loop, what half of that is
        without = await measure(server.url, SECRET, half)

and the same with whatever is to be compared, in turns, several times: what counts are the ratios of neighbours.

A message is outstanding until its ack and every copy have come; it is delivered when a socket other than its sender's
gets its `new_message`. With a `rate`, latency counts from when a message was due, not from when it could be sent.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from os import getpid
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar
from uuid import uuid4

import orjson
import uvloop

from interfaces.auth import Tokens
from tests.bench.cpu import spent
from tests.bench.line import REFUSALS, Gone, Line

ROOT = Path(__file__).resolve().parents[2]
BODY = b'"body":"'
DIGITS = 8
"""A body begins with the number of its message, so that a frame need not be parsed."""
AT_ONCE = 32
"""Clients that connect, join or leave at the same time."""
LOAD = "load"
GRACE = 15.0
"""Seconds after the end in which what is still under way may come."""

T = TypeVar("T")


@dataclass(frozen=True)
class Load:
    """So many `conversations` of so many `people`, `devices` sockets each, all of which watch.

    `outstanding` messages in all, or a `rate` a second; written by everybody in turn, or by the first `senders` of each
    conversation. Measured for `seconds`, after a `warm_up`.
    """

    conversations: int = 20
    people: int = 5
    devices: int = 1
    senders: int = 0
    outstanding: int = 160
    rate: float = 0.0
    seconds: float = 5.0
    warm_up: float = 1.0
    size: int = 80


@dataclass(frozen=True)
class Measured:
    """Latencies in milliseconds. `messages_per_second`: acknowledged and delivered to everybody within the time.

    `lost` never came at all, `twice` came again; `busy` is the part of one core that the load itself took. `cost`: the
    milliseconds of processor that a message took of each process that was named, with all those it has started.
    """

    messages: int
    seconds: float
    messages_per_second: float
    deliveries_per_second: float
    delivery_p50: float
    delivery_p99: float
    ack_p50: float
    ack_p99: float
    refused: int
    lost: int
    twice: int
    busy: float
    cost: dict[str, float]


async def measure(url: str, secret: str, load: Load, processes: Mapping[str, int] | None = None) -> Measured:
    """Puts a load on a server, from a process of its own. `processes`: whose cost is asked, each under a name."""
    words = [f"--{name.replace('_', '-')}={value}" for name, value in asdict(load).items()]
    words += [f"--process={name}:{pid}" for name, pid in (processes or {}).items()]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.load", url, f"--secret={secret}", "--json", *words),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, "the load failed"
    return Measured(**orjson.loads(said))


class Room:
    """A conversation and the lines of each of its people; those who write take turns."""

    def __init__(self, conversation_id: str, people: Sequence[Sequence[Line]], senders: int) -> None:
        self.payload = b'{"conversation_id":"%b",' % conversation_id.encode()
        self.copies = sum(map(len, people))
        self._senders = [lines[0] for lines in people][: senders or None]
        self._turn = 0

    def next(self) -> Line:
        self._turn += 1
        return self._senders[self._turn % len(self._senders)]


class Run:
    """One load under way. Lists are by message: when it was due, by whom, and how many copies and acks are to come."""

    def __init__(self, load: Load, processes: Mapping[str, int]) -> None:
        self._load = load
        self._processes = processes
        self._spent: dict[str, float] = {}
        self._rooms: list[Room] = []
        self._due: list[float] = []
        self._sender: list[Line] = []
        self._left: list[int] = []
        self._slots: list[Room | None] = []
        self._delivered: list[tuple[float, float]] = []
        self._acked: list[float] = []
        self._done: list[float] = []
        self._began = self._end = float("inf")
        self._refused = self._twice = 0
        self._failure: Gone | None = None
        self._filler = b"x" * (load.size - DIGITS)

    async def talk(self, rooms: Sequence[Room]) -> Measured:
        """Writes in conversations that all watch, and measures. Raises `Gone` where a server fails."""
        self._rooms = list(rooms)
        self._began = perf_counter() + self._load.warm_up
        self._end = self._began + self._load.seconds
        async with asyncio.TaskGroup() as group:
            group.create_task(self._by_the_clock() if self._load.rate else self._in_turn())
            group.create_task(self._watch())
        give_up = self._end + GRACE
        while any(left > 0 for left in self._left) and perf_counter() < give_up:
            self._check()
            await asyncio.sleep(0.05)
        return self._measured()

    async def _watch(self) -> None:
        """What the processes have spent between the beginning and the end."""
        await self._until(self._began)
        before = self._cost()
        await self._until(self._end)
        self._spent = {name: seconds - before[name] for name, seconds in self._cost().items()}

    async def _until(self, moment: float) -> None:
        while (now := perf_counter()) < moment:
            self._check()
            await asyncio.sleep(min(0.1, moment - now))

    def _check(self) -> None:
        if self._failure:
            raise self._failure

    def _cost(self) -> dict[str, float]:
        return {name: spent(pid) for name, pid in {**self._processes, LOAD: getpid()}.items()}

    async def _in_turn(self) -> None:
        for n in range(self._load.outstanding):
            room = self._rooms[n % len(self._rooms)]
            self._send(room, perf_counter(), room)

    async def _by_the_clock(self) -> None:
        began, sent = perf_counter(), 0
        while (now := perf_counter()) < self._end and not self._failure:
            while (due := began + sent / self._load.rate) <= now:
                self._send(self._rooms[sent % len(self._rooms)], due)
                sent += 1
            await asyncio.sleep(max(0.0, due - perf_counter()))

    def _send(self, room: Room, due: float, slot: Room | None = None) -> None:
        n = len(self._due)
        sender = room.next()
        self._due.append(due)
        self._sender.append(sender)
        self._left.append(room.copies + 1)
        self._slots.append(slot)
        message = b'"message_id":"%b","body":"%08d%b"}' % (str(uuid4()).encode(), n, self._filler)
        sender.send(b"send_message", room.payload + message, lambda data: self._answered(n, data))

    def heard(self, line: Line, payload: bytes) -> None:
        """A copy of a message has come."""
        now = perf_counter()
        at = payload.index(BODY) + len(BODY)
        n = int(payload[at : at + DIGITS])
        if line is not self._sender[n]:
            self._delivered.append((self._due[n], now))
        self._one_less(n, now)

    def _answered(self, n: int, data: bytes) -> None:
        now = perf_counter()
        if data.startswith(b'[{"ok":true'):
            if self._began <= self._due[n]:
                self._acked.append(now - self._due[n])
            self._one_less(n, now)
            return
        error = orjson.loads(data)[0]["error"]
        if error["code"] not in REFUSALS:
            self._failure = self._failure or Gone(str(error))
        self._refused += 1
        self._left[n] = 0
        if room := self._slots[n]:
            asyncio.get_running_loop().call_later(error.get("retry_after", 0.1), self._again, room)

    def _one_less(self, n: int, now: float) -> None:
        self._left[n] -= 1
        if self._left[n] < 0:
            self._twice += 1
        elif self._left[n] == 0:
            self._done.append(now)
            if room := self._slots[n]:
                self._again(room)

    def _again(self, room: Room) -> None:
        if (now := perf_counter()) < self._end:
            self._send(room, now, room)

    def _measured(self) -> Measured:
        within = sum(self._began <= at < self._end for at in self._done)
        copies = sum(self._began <= at < self._end for _, at in self._delivered)
        delivered = sorted(at - due for due, at in self._delivered if self._began <= due < self._end)
        acked = sorted(self._acked)
        seconds = self._load.seconds
        return Measured(
            messages=within,
            seconds=seconds,
            messages_per_second=within / seconds,
            deliveries_per_second=copies / seconds,
            delivery_p50=quantile(delivered, 0.5) * 1000,
            delivery_p99=quantile(delivered, 0.99) * 1000,
            ack_p50=quantile(acked, 0.5) * 1000,
            ack_p99=quantile(acked, 0.99) * 1000,
            refused=self._refused,
            lost=sum(left > 0 for left in self._left),
            twice=self._twice,
            busy=self._spent.pop(LOAD) / seconds,
            cost={name: cost / max(1, within) * 1000 for name, cost in self._spent.items()},
        )


def quantile(ordered: Sequence[float], part: float) -> float:
    """Of figures in ascending order; not a number where there are none."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("nan")


async def run(url: str, secret: str, load: Load, processes: Mapping[str, int]) -> Measured:
    """Puts a load on a server, from this process: `measure` starts one that does so."""
    tokens = Tokens(secret)
    under_way = Run(load, processes)
    gate = asyncio.Semaphore(AT_ONCE)
    mark = uuid4().hex[:8]

    async def line(user_id: str) -> Line:
        return await Line.connect(url, tokens.issue(user_id, user_id.title(), "", 3600), under_way.heard)

    async def room(number: int) -> Room:
        user_ids = [f"p{person}-{number}-{mark}" for person in range(load.people)]
        lines = await gathered(gate, (line(user_id) for user_id in user_ids for _ in range(load.devices)))
        people = [lines[n : n + load.devices] for n in range(0, len(lines), load.devices)]
        started = await lines[0].ask(
            "start_conversation",
            conversation_id=str(uuid4()),
            kind="direct" if load.people == 2 else "group",
            participant_ids=user_ids[1:],
        )
        conversation_id = started["conversation"]["conversation_id"]
        joins = (one.ask("join_conversation", conversation_id=conversation_id) for one in lines)
        await gathered(gate, joins)
        return Room(conversation_id, people, load.senders)

    rooms = [await room(number) for number in range(load.conversations)]
    return await under_way.talk(rooms)


async def gathered(gate: asyncio.Semaphore, work: Iterable[Awaitable[T]]) -> list[T]:
    """Does things together, as many at once as a gate lets through."""

    async def one(awaitable: Awaitable[T]) -> T:
        async with gate:
            return await awaitable

    return await asyncio.gather(*(one(awaitable) for awaitable in work))


def asked() -> argparse.Namespace:
    told: dict[str, Any] = {"formatter_class": argparse.ArgumentDefaultsHelpFormatter}
    parser = argparse.ArgumentParser("tests.bench.load", description="Puts a load on a server and measures it.", **told)
    parser.add_argument("url", help="of the server, like http://127.0.0.1:8000")
    parser.add_argument("--secret", required=True, help="that its tokens are made with")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    told = {"metavar": "NAME:PID", "action": "append", "default": [], "type": named}
    parser.add_argument("--process", help="whose cost a message is asked", **told)
    for field in fields(Load):
        name = f"--{field.name.replace('_', '-')}"
        parser.add_argument(name, type=field.type, default=field.default, help=" ")
    return parser.parse_args()


def named(word: str) -> tuple[str, int]:
    name, _, pid = word.partition(":")
    return name, int(pid)


def main() -> None:
    words = vars(asked())
    url, secret, as_json, processes = (words.pop(name) for name in ("url", "secret", "json", "process"))
    measured = asdict(uvloop.run(run(url, secret, Load(**words), dict(processes))))
    if as_json:
        print(orjson.dumps(measured).decode())
    else:
        cost = measured.pop("cost")
        print("\n".join(f"{name:22} {value:.10g}" for name, value in measured.items()))
        print("".join(f"{name + ' ms a message':22} {value:.10g}\n" for name, value in cost.items()), end="")


if __name__ == "__main__":
    main()
