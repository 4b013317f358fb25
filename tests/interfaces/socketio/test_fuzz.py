"""Whatever is sent is answered once or passed over: no failure in the log, no hang, no memory kept."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.client import Client, Refused, connected, position
from tests.faults.processes import Server, serving, token
from tests.interfaces.socketio.inputs import PACKETS, SEEDS, VARIANTS, altered, requests, texts, with_variants
from tests.interfaces.socketio.raw import Gone, Raw, Raws, ack, connecting, event, raws

INPUTS = int(os.environ.get("LITSPARK_TEST_INPUTS", "600"))
"""How many packets are sent, all in all, at least: of each that is made up, also some variants."""
EACH = 3 * (1 + VARIANTS)
"""Of them in an example, on average, and a little more."""
STEPS = 20
"""How often it is said how far it has come."""
GROWTH = 48 * 1024
"""KiB that a process may grow by after a quarter of the inputs: what it keeps has a bound, but is not full at once."""
BARRIER = 10**15
BOTH = ("websocket", "polling")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300 + INPUTS // 20)]


class Fuzzed:
    """A server in a process of its own, what was sent to it, and what became of its memory."""

    def __init__(self, server: Server, opened: Raws, conversation_id: str) -> None:
        self.server = server
        self.opened = opened
        self.conversation_id = conversation_id
        self.inputs = 0
        self._before = 0
        self._said = 0
        self._began = monotonic()
        self._cursor = "0"

    async def send(self, raw: Raw, *packets: Any) -> None:
        self.inputs += len(packets)
        await raw.send(*packets)

    async def barrier(self, raw: Raw) -> list[str]:
        """What comes up to the answer to a `sync`, which comes after the answers to all that was asked before."""
        await raw.send(event("sync", {"since": self._cursor}, number=BARRIER))
        *before, last = await raw.until(f"43{BARRIER}[")
        self._cursor = ack(last, BARRIER).get("cursor", self._cursor)
        return before

    def memory(self) -> int:
        """What it has, in KiB."""
        status = Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]

    def watch(self) -> None:
        if not self._before and self.inputs > INPUTS / 8:
            self._before = self.memory()
        if self.inputs > self._said + INPUTS / 2 / STEPS:
            self._said = self.inputs
            seconds = monotonic() - self._began
            print(f"{self.inputs:,} inputs in {seconds:.0f} s, {self.memory() // 1024} MiB", flush=True)

    def check(self) -> None:
        after, before = self.memory(), self._before or self.memory()
        print(f"{self.inputs} inputs, {before // 1024} MiB after a quarter of them, {after // 1024} in the end")
        assert after - before < GROWTH
        assert '"level":"error"' not in self.server.output


@pytest.fixture
async def fuzzed(database_url: str) -> AsyncIterator[Fuzzed]:
    async with serving(database_url=database_url, patience=1) as server, raws(server.url) as opened:
        alice = Client(server.url, token("alice"))
        async with connected(alice):
            group = await alice.start("bob", "carol")
        fuzz = Fuzzed(server, opened, group)
        yield fuzz
        fuzz.check()


async def run(strategy: Any, example: Callable[[Any], Awaitable[None]]) -> None:
    """Examples made up by hypothesis, which knows no event loop, for one that does."""
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=max(INPUTS // 2 // EACH, 1),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    @given(strategy)
    def examples(found: Any) -> None:
        asyncio.run_coroutine_threadsafe(example(found), loop).result(60)

    await asyncio.to_thread(examples)


async def test_every_request_whatever_it_holds_is_answered_once(fuzzed: Fuzzed) -> None:
    users = {transport: await (await fuzzed.opened.by(transport)).enter(token("alice")) for transport in BOTH}
    turns = 0

    async def example(packets: list[str]) -> None:
        nonlocal turns
        turns += 1
        raw = users[BOTH[turns % 2]]
        await fuzzed.send(raw, *packets)
        answers = [packet for packet in await fuzzed.barrier(raw) if packet.startswith("43")]
        numbers = [int(re.match(r"43(\d+)", answer)[1]) for answer in answers]  # type: ignore[index]
        assert sorted(numbers) == list(range(len(packets)))
        codes = {
            ack(answer, number).get("error", {}).get("code") for number, answer in zip(numbers, answers, strict=True)
        }
        assert "internal" not in codes
        fuzzed.watch()

    await run(requests(fuzzed.conversation_id), example)


async def test_packets_in_any_order_harm_nobody(fuzzed: Fuzzed) -> None:
    kept: dict[str, Raw] = {}

    async def opened(transport: str, *, anew: bool) -> Raw:
        if anew or transport not in kept:
            if old := kept.pop(transport, None):
                with suppress(Gone):
                    await old.close()
                fuzzed.opened.forget(old)
            kept[transport] = await fuzzed.opened.by(transport)
        return kept[transport]

    async def example(found: tuple[str, bool, list[str | bytes], int]) -> None:
        transport, anew, made_up, seed = found
        packets = with_variants(altered, made_up, seed)
        for first in range(0, len(packets), 1 + VARIANTS):
            raw = await opened(transport, anew=anew and first == 0)
            part = packets[first : first + 1 + VARIANTS]
            part = part if transport == "websocket" else list(texts(part))
            try:
                await raw.send(*part)
                await raw.send(connecting(token("alice")))
                await fuzzed.barrier(raw)
                fuzzed.inputs += len(part)
            except Gone:
                fuzzed.inputs += 1  # what closed it; the rest may not have been looked at
                fuzzed.opened.forget(kept.pop(transport))
        fuzzed.watch()

    anew = st.integers(0, 9).map(lambda number: number == 0)
    await run(st.tuples(st.sampled_from(BOTH), anew, st.lists(PACKETS, min_size=1, max_size=10), SEEDS), example)


async def test_a_removed_participant_racing_a_send_is_in_before_it_or_not_at_all(fuzzed: Fuzzed) -> None:
    alice, bob = (Client(fuzzed.server.url, token(user)) for user in ("alice", "bob"))
    async with connected(alice, bob):
        for _ in range(30):
            group = await alice.start("bob")
            await bob.join(group)
            sends = [asyncio.create_task(bob.send(group, f"{number}")) for number in range(10)]
            removed = await alice.remove(group, "bob")
            sent = await asyncio.gather(*sends, return_exceptions=True)
            refused = [one for one in sent if isinstance(one, Refused)]
            assert all(one.code == "not_found" for one in refused)
            said = [one for one in sent if not isinstance(one, BaseException)]
            assert len(said) + len(refused) == 10
            assert all(one.position < removed.position for one in said)
            await bob.barrier(removed.position)
            assert all(position(push) <= removed.position for push in bob.pushes)
