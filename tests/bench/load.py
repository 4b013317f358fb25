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
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, fields
from itertools import cycle
from os import getpid
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar
from uuid import uuid4

import orjson
import uvloop

from interfaces.auth import Tokens
from tests.bench.cpu import resident, spent
from tests.bench.line import REFUSALS, Gone, Line

ROOT = Path(__file__).resolve().parents[2]
BODY = b'"body":"'
DIGITS = 8
"""A body begins with the number of its message, so that a frame need not be parsed."""
AT_ONCE = 32
"""Clients that connect, join or leave at the same time."""
LOAD = "load"
TTL = 24 * 3600
GRACE = 15.0
"""Seconds after the end in which what is still under way may come."""

T = TypeVar("T")


@dataclass(frozen=True)
class Load:
    """So many `conversations` of so many `people`, `devices` sockets each, all of which watch.

    `outstanding` messages in all, or a `rate` a second; written by everybody in turn, or by the first `senders` of each
    conversation. Measured for `seconds`, after a `warm_up`; as often as there are
    `windows`, one right after the other.
    `addresses`: the sockets come from so many addresses of the loopback, in turn; 0 leaves it to the system.
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
    windows: int = 1
    addresses: int = 0


@dataclass(frozen=True)
class Measured:
    """Latencies in milliseconds. `messages_per_second`: acknowledged and delivered to everybody within the time.

    `lost` never came at all, `twice` came again; `busy` is the part of one core that the load itself took, `memory`
    the bytes that it has. `cost`: the milliseconds of processor that a message took of each process that was named,
    with all those it has started.
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
    memory: int
    cost: dict[str, float]


async def measure(
    url: str,
    secret: str,
    load: Load,
    processes: Mapping[str, int] | None = None,
    until: asyncio.Event | None = None,
) -> Measured:
    """Puts a load on a server, from a process of its own. `processes`: whose cost is asked, each under a name.

    It ends before its time once `until` is set.
    """
    (measured,) = [each async for each in measures(url, secret, load, processes, until)]
    return measured


async def measures(
    url: str,
    secret: str,
    load: Load,
    processes: Mapping[str, int] | None = None,
    until: asyncio.Event | None = None,
) -> AsyncIterator[Measured]:
    """The same, window by window, each as soon as it is over."""
    words = [f"--{name.replace('_', '-')}={value}" for name, value in asdict(load).items()]
    words += [f"--process={name}:{pid}" for name, pid in (processes or {}).items()]
    async with beside("tests.bench.load", url, f"--secret={secret}", "--json", *words) as process:
        assert process.stdout
        ending = asyncio.create_task(_end(process, until or asyncio.Event()))
        try:
            async for said in process.stdout:
                yield Measured(**orjson.loads(said))
        finally:
            ending.cancel()
        assert await process.wait() == 0, "the load failed"


@asynccontextmanager
async def beside(module: str, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of the bench's own, for whoever comes from elsewhere: of what Linux gives the server's session it takes
    nothing. It ends with the block.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *words),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _end(process: asyncio.subprocess.Process, until: asyncio.Event) -> None:
    await until.wait()
    process.send_signal(signal.SIGINT)


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


@dataclass(slots=True)
class Window:
    """A time that is measured: how long what was due in it took, whenever it came, and how much came in it."""

    began: float
    end: float
    open: int = 0
    """Messages that were due in it and are still outstanding."""
    messages: int = 0
    copies: int = 0
    delivered: list[float] = field(default_factory=list)
    acked: list[float] = field(default_factory=list)

    def measured(self, spent: dict[str, float], amiss: Counter[str]) -> Measured:
        """`spent`: the seconds of processor that processes took in it."""
        seconds, delivered, acked = self.end - self.began, sorted(self.delivered), sorted(self.acked)
        return Measured(
            messages=self.messages,
            seconds=seconds,
            messages_per_second=self.messages / seconds,
            deliveries_per_second=self.copies / seconds,
            delivery_p50=quantile(delivered, 0.5) * 1000,
            delivery_p99=quantile(delivered, 0.99) * 1000,
            ack_p50=quantile(acked, 0.5) * 1000,
            ack_p99=quantile(acked, 0.99) * 1000,
            refused=amiss["refused"],
            lost=amiss["lost"],
            twice=amiss["twice"],
            busy=spent[LOAD] / seconds,
            memory=resident(getpid()),
            cost={name: cost / max(1, self.messages) * 1000 for name, cost in spent.items() if name != LOAD},
        )


@dataclass(slots=True)
class Outstanding:
    """A message under way: when it was due, by whom, how many copies and acks are to come, and what follows it."""

    due: float
    sender: Line
    left: int
    slot: Room | None
    window: Window


class Run:
    """One load under way. A message is forgotten once all of it has come, a window once it has been told."""

    def __init__(self, load: Load, processes: Mapping[str, int]) -> None:
        self._load = load
        self._processes = processes
        self._rooms: list[Room] = []
        self._sent = 0
        self._outstanding: dict[int, Outstanding] = {}
        self._now = Window(0.0, 0.0)
        """Where what happens belongs to: the warm-up first, and what comes after the last of all in the end."""
        self._amiss = Counter[str]()
        """What was refused, lost, or came twice, since a window was told."""
        self._end = float("inf")
        self._failure: Gone | None = None
        self._filler = b"x" * (load.size - DIGITS)

    async def talk(self, rooms: Sequence[Room]) -> AsyncIterator[Measured]:
        """Writes in conversations that all watch, and measures. Raises `Gone` where a server fails."""
        self._rooms = list(rooms)
        moment = perf_counter() + self._load.warm_up
        self._end = moment + self._load.windows * self._load.seconds
        writing = asyncio.create_task(self._by_the_clock() if self._load.rate else self._in_turn())
        await self._until(moment)
        self._next_window()
        before = self._cost()
        while self._now.began < self._end:
            moment += self._load.seconds
            await self._until(moment)
            window, after = self._next_window(), self._cost()
            await self._complete(window)
            spent = {name: cost - before[name] for name, cost in after.items()}
            yield window.measured(spent, self._amiss)
            before = after
            self._amiss.clear()
        await writing

    def end(self) -> None:
        """Writes no more; what has been measured until now counts."""
        self._end = min(self._end, perf_counter())

    def _next_window(self) -> Window:
        """Begins another, and returns the one that has ended."""
        ended, now = self._now, perf_counter()
        ended.end = now
        self._now = Window(now, now)
        return ended

    async def _complete(self, window: Window) -> None:
        """Waits for what is still under way of a window that has ended."""
        while window.open and perf_counter() < window.end + GRACE:
            self._check()
            await asyncio.sleep(0.02)
        for n in [n for n, one in self._outstanding.items() if one.due < window.end - GRACE or one.window is window]:
            del self._outstanding[n]
            self._amiss["lost"] += 1

    async def _until(self, moment: float) -> None:
        """Until then, or until all is to end."""
        while (left := min(moment, self._end) - perf_counter()) > 0:
            self._check()
            await asyncio.sleep(min(0.1, left))

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
        n, sender = self._sent, room.next()
        self._sent += 1
        self._now.open += 1
        self._outstanding[n] = Outstanding(due, sender, room.copies + 1, slot, self._now)
        message = b'"message_id":"%b","body":"%08d%b"}' % (str(uuid4()).encode(), n, self._filler)
        sender.send(b"send_message", room.payload + message, lambda data: self._answered(n, data))

    def heard(self, line: Line, payload: bytes) -> None:
        """A copy of a message has come."""
        now = perf_counter()
        at = payload.index(BODY) + len(BODY)
        n = int(payload[at : at + DIGITS])
        if (one := self._outstanding.get(n)) is None:
            self._amiss["twice"] += 1
            return
        if line is not one.sender:
            one.window.delivered.append(now - one.due)
            self._now.copies += 1
        self._one_less(n, one)

    def _answered(self, n: int, data: bytes) -> None:
        now = perf_counter()
        one = self._outstanding.get(n)
        if data.startswith(b'[{"ok":true'):
            if one:
                one.window.acked.append(now - one.due)
                self._one_less(n, one)
            return
        error = orjson.loads(data)[0]["error"]
        if error["code"] not in REFUSALS:
            self._failure = self._failure or Gone(str(error))
        self._amiss["refused"] += 1
        if one:
            self._over(n, one)
            if one.slot:
                asyncio.get_running_loop().call_later(error.get("retry_after", 0.1), self._again, one.slot)

    def _one_less(self, n: int, one: Outstanding) -> None:
        one.left -= 1
        if one.left == 0:
            self._over(n, one)
            self._now.messages += 1
            if one.slot:
                self._again(one.slot)

    def _over(self, n: int, one: Outstanding) -> None:
        del self._outstanding[n]
        one.window.open -= 1

    def _again(self, room: Room) -> None:
        if (now := perf_counter()) < self._end:
            self._send(room, now, room)


def quantile(ordered: Sequence[float], part: float) -> float:
    """Of figures in ascending order; not a number where there are none."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("nan")


async def run(
    url: str, secret: str, load: Load, processes: Mapping[str, int], told: Callable[[Measured], None]
) -> None:
    """Puts a load on a server, from this process, and tells of each window: `measure` starts one that does so.

    Ctrl-C ends it before its time.
    """
    tokens = Tokens(secret)
    under_way = Run(load, processes)
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, under_way.end)
    gate = asyncio.Semaphore(AT_ONCE)
    mark = uuid4().hex[:8]
    here = addresses(load.addresses)

    async def line(user_id: str) -> Line:
        token = tokens.issue(user_id, user_id.title(), "", TTL)
        return await Line.connect(url, token, under_way.heard, next(here))

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
    async for measured in under_way.talk(rooms):
        told(measured)


def addresses(most: int) -> Iterator[str | None]:
    """So many addresses of the loopback, in turn, for ever; `None`, which leaves it to the system, where it is 0."""
    return cycle([f"127.77.{n >> 8}.{n & 255}" for n in range(1, most + 1)] or [None])


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
    for setting in fields(Load):
        name = f"--{setting.name.replace('_', '-')}"
        parser.add_argument(name, type=setting.type, default=setting.default, help=" ")
    return parser.parse_args()


def named(word: str) -> tuple[str, int]:
    name, _, pid = word.partition(":")
    return name, int(pid)


def main() -> None:
    words = vars(asked())
    url, secret, as_json, processes = (words.pop(name) for name in ("url", "secret", "json", "process"))
    told = as_json_line if as_json else as_table
    uvloop.run(run(url, secret, Load(**words), dict(processes), told))


def as_json_line(measured: Measured) -> None:
    print(orjson.dumps(asdict(measured)).decode(), flush=True)


def as_table(measured: Measured) -> None:
    figures = asdict(measured)
    cost = figures.pop("cost")
    print("\n".join(f"{name:22} {value:.10g}" for name, value in figures.items()))
    print("".join(f"{name + ' ms a message':22} {value:.10g}\n" for name, value in cost.items()), flush=True)


if __name__ == "__main__":
    main()
