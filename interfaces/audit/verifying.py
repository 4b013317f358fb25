"""Verifies the log now and then, and when asked: in a process of its own, for it would hold the chat up."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from projections.position import rung
from projections.rows import rfc3339

log = structlog.get_logger()

COMMAND = (sys.executable, "-m", "interfaces.cli", "audit", "verify", "--format", "json")
VERDICTS = (0, 1)
"""How it exits when it has come to one."""

NEVER = 10.0**9
"""A wait in seconds that no process sees the end of."""

Verdict = dict[str, Any]


class Verifying:
    """Keeps what the last verification of this process has come to; at its start there is none.

    It verifies every so many seconds, 0: only when asked. The keys to trust and the checkpoints from outside are those
    of LITSPARK_PUBLIC_KEY and LITSPARK_CHECKPOINTS, as at the command line.
    """

    def __init__(self, database_url: str, every: float) -> None:
        self._database_url = database_url
        self._every = every or NEVER
        self._asked = asyncio.Event()
        self._running = False
        self._last: Verdict = dict.fromkeys(
            ("size", "root", "checkpoint", "verified_at", "fits", "first_problem", "failure")
        )

    def told(self) -> Verdict:
        """`fits` is null as long as nobody knows."""
        return {**self._last, "running": self._running or self._asked.is_set()}

    def begin(self) -> None:
        """Verifies once more, unless that is under way."""
        if not self._running:
            self._asked.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await rung(self._asked, self._every)
            self._running = True
            self._asked.clear()
            try:
                self._last = await self._verify()
            finally:
                self._running = False

    async def _verify(self) -> Verdict:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            env=os.environ | {"LITSPARK_DATABASE_URL": self._database_url},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await process.communicate()
        except asyncio.CancelledError:
            if process.returncode is None:
                process.kill()
            raise
        now = rfc3339(datetime.now(UTC))
        if process.returncode not in VERDICTS or not out:
            log.error("not verified", error=err.decode(errors="replace"))
            return {**self._last, "failure": f"tried in vain at {now}: see the server's log"}
        (report,) = orjson.loads(out)
        if not report["fits"]:
            log.error("log does not fit its ledger", **report["problem"])
        return _verdict(report, now)


def _verdict(report: dict[str, Any], verified_at: str) -> Verdict:
    signed = None
    if report["signed"]:  # a checkpoint's own time is exact, and a time of the protocol ends with milliseconds
        signed_at = rfc3339(datetime.fromisoformat(report["signed_at"]))
        signed = {"size": report["signed"], "signed_at": signed_at}
    return {
        "size": report["events"],
        "root": report["root"],
        "checkpoint": signed,
        "verified_at": verified_at,
        "fits": report["fits"],
        "first_problem": report["problem"],
        "failure": None,
    }
