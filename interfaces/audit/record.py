"""The record of what auditors read: written before anything is shown, so that nothing is shown that is not recorded."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import structlog

from application.writer import Writer
from domain.audit import RecordReading, RecordRefusal, What
from domain.base import Rejected
from interfaces.rates import Rate

log = structlog.get_logger()

MAX_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Auditor:
    """Who reads, and why. `user_id` is the token's; at the command line, where nobody has one, `None`."""

    name: str
    reason: str
    user_id: str | None = None


async def record(writer: Writer, auditor: Auditor, what: What, position: int, **narrowed: Any) -> None:
    """Records that an auditor is about to read, up to a position; `narrowed` are the fields that say what of it.

    Raises `Rejected` where it can't be recorded: then nothing must be shown.
    """
    await writer.handle(
        RecordReading(
            actor=auditor.user_id,
            auditor=auditor.name,
            reason=auditor.reason,
            what=what,
            position=position,
            **narrowed,
        )
    )


class Refusals:
    """Records who asked for what is an auditor's, and is none: as often as `each` of them and `all` together may.

    What is beyond that leaves a line on standard error, and is counted in the next event of the same person: nobody can
    fill the log by knocking.
    """

    def __init__(self, writer: Writer, each: Rate, all_together: Rate) -> None:
        self._writer = writer
        self._each = each
        self._all = all_together
        self._unrecorded: OrderedDict[str, int] = OrderedDict()

    async def record(self, user_id: str, asked: str) -> None:
        log.warning("no auditor", user_id=user_id, asked=asked)
        try:
            self._each.spend(user_id)
            self._all.spend("")
        except Rejected:
            self._unrecorded[user_id] = self._unrecorded.pop(user_id, 0) + 1
            if len(self._unrecorded) > MAX_COUNTED:
                self._unrecorded.popitem(last=False)
            return
        unrecorded = self._unrecorded.pop(user_id, 0)
        await self._writer.handle(RecordRefusal(actor=user_id, asked=asked, unrecorded=unrecorded))
