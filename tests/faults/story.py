"""One run of many people while everything breaks that can, and what has to be so in the end."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle
from random import Random
from time import monotonic

from interfaces.client import NotConnected
from tests.client import Client
from tests.faults.crowd import check_read_models, check_unread, events_of, fresh
from tests.faults.device import Device
from tests.faults.guest import Guest, came
from tests.faults.history import History, figures
from tests.faults.judge import logged, walked
from tests.faults.nemesis import Nemesis
from tests.faults.people import Person, World
from tests.faults.site import FAKETIME, Site
from tests.replay import Replayed, replay

PEOPLE, DEVICES, POLLING, GUESTS = 16, 24, 3, 2
PAUSE = 0.15
PATIENCE = 60.0
"""Seconds, in the end, for what is still under way."""


class Story:
    """`wrong` is what is wrong; empty in the end if nothing is."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site = site
        self.seed = seed
        self.history = History()
        self.world = World(self.history, seed, PEOPLE, PAUSE)
        self.nemesis = Nemesis(site, self.history, seed, [self.kill_client, self.kill_guest, self.pause_guest])
        self.devices: dict[Device, asyncio.Task[None]] = {}
        self.guests: list[Guest] = []
        self._random = Random(f"devices {seed}")
        self._began = monotonic()

    @property
    def wrong(self) -> list[str]:
        return self.history.wrong

    async def run(self, seconds: float) -> None:
        for n in range(DEVICES):
            self._come(self.world.users[n % PEOPLE], f"device-{n}", polling=n < POLLING)
        try:
            for _ in range(GUESTS):
                await self._invite()
            await self.nemesis.rage(seconds)
            await self._finish()
            await self._judge()
        finally:
            await asyncio.gather(*(guest.kill() for guest in self.guests))
            for device, living in self.devices.items():
                living.cancel()
                await device.disconnect()
            await asyncio.gather(*self.devices.values(), return_exceptions=True)

    def line(self) -> str:
        """What was done, in a line."""
        counts, faults = self.history.counts(), self.nemesis.done
        kinds = ", ".join(f"{name} {count}" for name, count in faults.items())
        return (
            f"seed {self.seed}: {monotonic() - self._began:.0f} s; {faults.total()} faults: {kinds}; "
            f"{'' if self.site.small else 'no full disk, which root alone can make; '}"
            f"{'' if FAKETIME else 'the clock of PostgreSQL alone, for there is no libfaketime; '}"
            f"{counts.total()} commands: {counts['ok']} acknowledged, {counts['refused']} refused, "
            f"{counts['unknown']} unknown; {self.history.pushes} pushes, {len(self.history.claims)} claims checked; "
            f"nobody answered for {self.history.silence:.1f} s at the longest; {len(self.wrong)} violations"
        )

    # Clients

    def _come(self, user: str, name: str, *, polling: bool = False) -> None:
        random = Random(f"{self.seed} {name}")
        transports = ("polling",) if polling else ("websocket",)
        device = Device(self.history, user, name, lambda: random.choice(self.site.networks).url, transports)
        self.devices[device] = asyncio.create_task(self._live(Person(self.world, device)))

    async def _live(self, person: Person) -> None:
        while True:
            with suppress(NotConnected):  # at first it comes once, and not again by itself
                return await person.live()
            await asyncio.sleep(0.1)

    async def kill_client(self) -> None:
        """Nobody says goodbye, and what was under way is never known. Another comes, who knows nothing."""
        device = self._random.choice(list(self.devices))
        self.devices.pop(device).cancel()
        for network in self.site.networks:
            for link in network.of(device.name):
                link.break_off()
        await device.disconnect()
        self._come(device.user, f"{device.name}-again")

    # Clients that are processes

    async def _invite(self) -> None:
        urls = [network.url for network in self.site.networks]
        user, name = self._random.choice(self.world.users), f"guest-{self._random.getrandbits(32)}"
        self.guests.append(await came(self.history, urls, user, name, self.seed, PEOPLE, PAUSE))

    async def kill_guest(self) -> None:
        await self.guests.pop(0).kill()
        await self._invite()

    async def pause_guest(self) -> None:
        guest = self._random.choice(self.guests)
        guest.signal(signal.SIGSTOP)
        await asyncio.sleep(self._random.uniform(1, 6))
        guest.signal(signal.SIGCONT)

    # The end

    async def _finish(self) -> None:
        """Everybody has been answered, and told all that there is."""
        await asyncio.gather(*(node.up() for node in self.site.nodes))
        self.world.over.set()
        while self.guests:
            await self.guests.pop().kill()
        _, late = await asyncio.wait(self.devices.values(), timeout=PATIENCE)
        for device, living in self.devices.items():
            if living in late:
                self.wrong.append(f"{device.name} was not answered within {PATIENCE} s")
            elif failure := living.exception():
                self.wrong.append(f"{device.name} failed: {failure!r}")
        self.devices = {device: living for device, living in self.devices.items() if living not in late}

    async def _judge(self) -> None:
        events = await events_of(self.site.database_url)
        self.wrong.extend(logged(self.history, events))
        self.wrong.extend(walked(self.history, events))
        told, end = replay(events), events[-1].position
        urls = cycle(node.server.url for node in self.site.nodes)
        for device in self.devices:
            await device.barrier(end)
            self.wrong.extend(_unlike(device, told))
            await self._compare(device, next(urls), end)
        try:
            await check_read_models(self.site.database_url, events)
        except AssertionError as difference:
            self.wrong.append(f"the read models are not what the log says: {difference}")

    async def _compare(self, device: Device, url: str, end: int) -> None:
        """With what another device sees that starts afresh."""
        async with fresh(url, device.user) as other:
            await other.barrier(end)
            await other.sync()
            self.wrong.extend(_unlike_afresh(device, other))
            for conversation_id in device.live:
                room = await other.join(conversation_id)
                if list(room.participants.items()) != list(device.rooms[conversation_id].participants.items()):
                    self.wrong.append(f"{device.name} sees other people in {conversation_id} than a fresh start")
            counts = {key: one.unread_count for key, one in device.summaries.items()}
            await check_unread(url, device.user, counts, end)


def _unlike(device: Device, told: dict[str, Replayed]) -> Iterator[str]:
    """What a device has put together, against the log."""
    mine = {key for key, found in told.items() if device.user in found.people}
    if device.summaries.keys() != mine:
        yield f"{device.name} lists {device.summaries.keys() ^ mine} wrongly"
    for conversation_id in mine & device.summaries.keys():
        summary, found = device.summaries[conversation_id], told[conversation_id]
        seen = found.seen_by(device.user)
        if (*figures(summary), summary.position) != (*seen.values(),):
            yield f"{device.name} shows {summary}, but it is {seen}"
    for conversation_id in device.live:
        yield from _unlike_room(device, conversation_id, told[conversation_id])
    yield from (f"{device.name} was pushed what it does not watch: {push}" for push in device.strays)


def _unlike_room(device: Device, conversation_id: str, found: Replayed) -> Iterator[str]:
    room = device.rooms[conversation_id]
    device.missed(conversation_id, len(found.messages))
    numbers = sorted(room.messages)
    said = [(one.message_id, one.sender_id, one.body) for one in (room.messages[n] for n in numbers)]
    if numbers and numbers != list(range(numbers[0], len(found.messages) + 1)):
        yield f"{device.name} holds messages {numbers} of {len(found.messages)} in {conversation_id}"
    elif said != found.messages[len(found.messages) - len(said) :]:
        yield f"{device.name} holds other messages than were sent in {conversation_id}"
    read = {user_id: one.read_number for user_id, one in room.participants.items()}
    owner = [user_id for user_id, one in room.participants.items() if one.role == "owner"]
    if list(read) != found.people or read != {user: found.read[user] for user in found.people}:
        yield f"{device.name} sees {read} in {conversation_id}, but it is {found.people}, {found.read}"
    if owner != [found.owner_id]:
        yield f"{device.name} sees that {owner} owns {conversation_id}, but it is {found.owner_id}"


def _unlike_afresh(device: Device, other: Client) -> Iterator[str]:
    if device.summaries != other.summaries:
        yield f"{device.name} lists {device.summaries}, but a fresh start {other.summaries}"
