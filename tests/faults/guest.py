"""A person in a process of their own, which can be killed and stopped as processes are. It tells what happens, line by
line, before it goes on; whoever started it listens."""

import asyncio
import json
import signal
import sys
from dataclasses import asdict
from random import Random
from typing import Any

import structlog

from tests.faults.device import Device
from tests.faults.history import Asked, History
from tests.faults.people import Person, World
from tests.faults.processes import ROOT


class Telling(History):
    """The guest's own side: all of it goes to standard output at once."""

    def _tell(self, kind: str, *what: Any) -> None:
        print(json.dumps([kind, *what]), flush=True)

    def ask(self, *asked: str) -> Asked:
        made = super().ask(*asked)
        self._tell("asked", len(self.asked) - 1, asdict(made))
        return made

    def refuse(self, asked: Asked, code: str) -> None:
        super().refuse(asked, code)
        self._tell("answered", self.asked.index(asked), asdict(asked))

    def acknowledge(self, asked: Asked, position: int) -> None:
        super().acknowledge(asked, position)
        self._tell("answered", self.asked.index(asked), asdict(asked))

    def claim(self, *claim: Any) -> None:
        self._tell("claim", claim)

    def accuse(self, what: str) -> None:
        self._tell("wrong", what)

    def push(self) -> None:
        self._tell("push")


class Guest:
    """The side that listens, and takes what it hears into a history."""

    def __init__(self, process: asyncio.subprocess.Process, history: History) -> None:
        self._process = process
        self._history = history
        self._asked: dict[int, Asked] = {}
        self._listening = asyncio.create_task(self._listen())

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def kill(self) -> None:
        """And hears what it had still said."""
        self._process.kill()
        await self._process.wait()
        await self._listening

    async def _listen(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            if line.endswith(b"\n"):  # not what it was killed in the middle of
                self._take(*json.loads(line))

    def _take(self, kind: str, *what: Any) -> None:
        history = self._history
        match kind, what:
            case "asked", (number, asked):
                self._asked[number] = Asked(**asked)
                history.asked.append(self._asked[number])
            case "answered", (number, asked):
                found = self._asked[number]
                found.code, found.position, found.tries = asked["code"], asked["position"], asked["tries"]
                history.highest = max(history.highest, found.position)
            case "claim", (claim,):
                history.claim(*claim)
            case "wrong", (words,):
                history.accuse(words)
            case "push", ():
                history.push()


async def came(history: History, urls: list[str], user: str, name: str, seed: int, users: int, pause: float) -> Guest:
    words = json.dumps([urls, user, name, seed, users, pause])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.guest", words, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    return Guest(process, history)


async def main(urls: list[str], user: str, name: str, seed: int, users: int, pause: float) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    random = Random(f"{seed} {name}")
    history = Telling()
    device = Device(history, user, name, lambda: random.choice(urls), ("websocket",))
    while True:
        try:
            await Person(World(history, seed, users, pause), device).live()
        except ConnectionError:
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(main(*json.loads(sys.argv[1])))
