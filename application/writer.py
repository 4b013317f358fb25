"""Group commit: all waiting commands, one append, each its own answer."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic, perf_counter
from typing import TypeVar
from uuid import UUID

import psycopg
import structlog

from application.chat import Command, Folded, fold
from application.plan import Decided, Done, Plan, streams
from application.store import Appended, Store
from domain.base import Rejected
from domain.conversation import AddParticipants, StartConversation
from domain.reading import Place
from domain.timeline import ImportMessage, SendMessage

log = structlog.get_logger()

MAX_BATCH = 500
MAX_BATCH_BYTES = 4 * 1024 * 1024
MAX_WAITING = 20_000
"""Beyond it the database can't keep up: refusing at once is kinder than an ever longer wait."""
MAX_CACHED = 20_000
ATTEMPTS = 5
RETRY = 0.05

T = TypeVar("T")


@dataclass(slots=True)
class Waiting:
    """A command in line."""

    command: Command
    place: Place
    answer: "asyncio.Future[Done]"
    since: float = field(default_factory=monotonic)


class Writer:
    """Decides on commands in the order handed in, each seeing the ones before it, and appends them by batches.

    `appended` is called after each append that wrote, with the last position and when the first of its commands came
    (by `monotonic`). A database that is away is waited for `patience` seconds.
    """

    def __init__(
        self,
        store: Store,
        *,
        appended: Callable[[int, float], None] = lambda position, since: None,
        patience: float = 2.0,
        batch: int = MAX_BATCH,
    ) -> None:
        self.batch = batch
        """How many commands an append takes, at the most."""
        self.position = 0
        """The last position that this process has answered with."""
        self.observe: Callable[[int, float], None] = lambda events, seconds: None
        """Hears of each append that was answered: how many events it offered, and how long it took."""
        self._at_work_since: float | None = None
        self._store = store
        self._appended = appended
        self._patience = patience
        self._waiting: deque[Waiting] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._cache: OrderedDict[UUID, Folded] = OrderedDict()

    def handle(self, command: Command, place: Place | None = None) -> "asyncio.Future[Done]":
        """Puts a command in line. The answer is a `Done`, or raises `Rejected`.

        `place` is a reader's, as the read models have it.
        """
        answer: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        if self._closing or len(self._waiting) >= MAX_WAITING:
            answer.set_exception(unavailable("too much is waiting already"))
            return answer
        self._waiting.append(Waiting(command, place or Place(), answer))
        self._wake.set()
        return answer

    async def run(self) -> None:
        """Writes until `close` is called, and then what had been taken on."""
        while not (self._closing and not self._waiting):
            self._wake.clear()
            if not self._waiting:
                await self._wake.wait()
            if batch := self._take():
                self._at_work_since = batch[0].since
                await self._answer(batch)
                self._at_work_since = None

    @property
    def waiting_since(self) -> float | None:
        """When the first command came that is not answered yet, by `monotonic`."""
        if self._at_work_since is None and self._waiting:
            return self._waiting[0].since
        return self._at_work_since

    @property
    def waiting(self) -> int:
        """How many commands no append has taken up yet."""
        return len(self._waiting)

    def close(self) -> None:
        """Takes on no more commands."""
        self._closing = True
        self._wake.set()

    def _take(self) -> list[Waiting]:
        batch: list[Waiting] = []
        size = 0
        while self._waiting and len(batch) < self.batch and size < MAX_BATCH_BYTES:
            batch.append(self._waiting.popleft())
            size += _size(batch[-1].command)
        return batch

    async def _answer(self, batch: Sequence[Waiting]) -> None:
        try:
            await self._commit(batch)
        except Rejected as refusal:
            for waiting in batch:
                _refuse(waiting, refusal)
        except Exception:
            if len(batch) > 1:  # one of them is to blame, and the others must not suffer for it
                for waiting in batch:
                    await self._answer([waiting])
                return
            log.exception("command failed", command=type(batch[0].command).__name__)
            _refuse(batch[0], Rejected("internal", "this command could not be carried out"))

    async def _commit(self, batch: Sequence[Waiting]) -> None:
        for _ in range(ATTEMPTS):
            plan = Plan(*await self._patiently(lambda: self._load(batch)))
            decided = [plan.decide(waiting.command, waiting.place) for waiting in batch]
            await self._read_as_well(plan.hidden([waiting.command for waiting in batch], decided))
            appended = await self._append(plan)
            if not appended.failed:
                self._keep(plan.states)
                self._settle(batch, decided, plan, appended)
                return
            for stream in appended.failed:
                self._cache.pop(stream, None)
        raise unavailable("others were faster, again and again")

    async def _append(self, plan: Plan) -> Appended:
        """One append id for all attempts: what a lost reply had confirmed is not written twice."""
        began = perf_counter()
        appended = await self._patiently(
            lambda: self._store.append(plan.append_id, plan.offered, plan.expectations, plan.asked_ids)
        )
        self.observe(len(plan.offered), perf_counter() - began)
        return appended

    async def _patiently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        give_up = monotonic() + self._patience
        while True:
            try:
                return await attempt()
            except psycopg.OperationalError as error:
                if monotonic() > give_up:
                    log.warning("database away", error=str(error))
                    raise unavailable("the database is away") from error
                await asyncio.sleep(RETRY)

    async def _load(self, batch: Sequence[Waiting]) -> tuple[dict[UUID, Folded], set[UUID]]:
        """The states that a batch is decided on, and which of them are out of memory."""
        wanted = list(dict.fromkeys(stream for waiting in batch for stream in streams(waiting.command)))
        states = {stream: self._cache[stream] for stream in wanted if stream in self._cache}
        remembered = set(states)
        if missing := [stream for stream in wanted if stream not in states]:
            histories = await self._store.read(missing, to_write=True)
            states |= {stream: fold(history) for stream, history in histories.items()}
        return states, remembered

    async def _read_as_well(self, streams: Sequence[UUID]) -> None:
        """Reads for nothing what somebody may not know of: what does not exist had to be read, and takes no longer."""
        if streams:
            await self._patiently(lambda: self._store.read(streams, to_write=True))

    def _keep(self, states: Mapping[UUID, Folded]) -> None:
        for stream, folded in states.items():
            self._cache[stream] = folded
            self._cache.move_to_end(stream)
        while len(self._cache) > MAX_CACHED:
            self._cache.popitem(last=False)

    def _settle(self, batch: Sequence[Waiting], decided: Sequence[Decided], plan: Plan, appended: Appended) -> None:
        """Every answer goes out here, refusals too: only now is it certain that what they rest on is so."""
        written = [recorded for recorded in appended.recorded if recorded]
        reached = written[-1].position if written else appended.preceding
        self.position = max(self.position, reached)
        for waiting, decision in zip(batch, decided, strict=True):
            try:
                _tell(waiting, plan.done(decision, appended, reached))
            except Rejected as refusal:
                _refuse(waiting, refusal)
        if written:
            self._appended(reached, batch[0].since)


def _size(command: Command) -> int:
    """About how many bytes the events of a command have."""
    match command:
        case SendMessage():
            return len(command.body.encode())
        case ImportMessage():
            return len(command.message.body.encode())
        case StartConversation(participant_ids=user_ids) | AddParticipants(user_ids=user_ids):
            return sum(map(len, user_ids))
        case _:
            return 100


def _tell(waiting: Waiting, done: Done) -> None:
    if not waiting.answer.done():
        waiting.answer.set_result(done)


def _refuse(waiting: Waiting, refusal: Rejected) -> None:
    """An answer, and no fault: a traceback would keep all that it came through, in a cycle with the batch itself."""
    if not waiting.answer.done():
        waiting.answer.set_exception(refusal.with_traceback(None))


def unavailable(message: str) -> Rejected:
    """The refusal of what is safe to repeat."""
    return Rejected("unavailable", message, retry_after=1.0)
