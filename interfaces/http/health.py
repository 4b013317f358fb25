"""Whether the server is alive, whether it is ready, and what it has counted."""

import asyncio
from typing import Any

import orjson
import psycopg
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interfaces.http.door import Door
from interfaces.http.lag import Lag, lags
from interfaces.http.metrics import CONTENT_TYPE

MAX_BEHIND = 10.0
"""Seconds; whoever is further behind is not asked any more, until it has caught up."""


def routes(door: Door) -> list[Route]:
    async def healthz(request: Request) -> Response:
        return _json({"status": "alive"}, 200)

    async def readyz(request: Request) -> Response:
        found = await _lags(door)
        ready = found is not None and all(_well(lag) for lag in found) and door.pushes() is None
        return _json(_told(door, found, ready=ready), 200 if ready else 503)

    async def metrics(request: Request) -> Response:
        door.metrics.measured(await _lags(door))
        door.metrics.kept(door.keeper)
        door.metrics.stands_still(door.pushes())
        return Response(door.metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


async def _lags(door: Door) -> list[Lag] | None:
    """`None` when the database does not answer in time."""
    asking = asyncio.create_task(lags(door.pool, door.projectors))
    asking.add_done_callback(_heard)
    # Not broken off: that would ask a database that hangs to stop, and wait for it.
    await asyncio.wait([asking], timeout=door.settings.patience)
    try:
        return asking.result() if asking.done() else None
    except psycopg.OperationalError:
        return None


def _heard(asking: "asyncio.Task[list[Lag]]") -> None:
    """Where nobody waits any more, an error that comes of it is none of Python's business."""
    if not asking.cancelled():
        asking.exception()


def _well(lag: Lag) -> bool:
    return lag.failure is None and (lag.may_lag or lag.behind_seconds <= MAX_BEHIND)


def _told(door: Door, found: list[Lag] | None, *, ready: bool) -> dict[str, Any]:
    unknown = {name: _check(None, None, None, projector.failure) for name, projector in door.projectors.items()}
    known = {lag.projection: _check(lag.position, lag.behind, lag.behind_seconds, lag.failure) for lag in found or ()}
    checks = {
        "database": "unreachable" if found is None else "reachable",
        "projections": unknown | known,
        "pushes": {"failure": door.pushes()},
    }
    return {"status": "ready" if ready else "not ready", "checks": checks}


def _check(
    position: int | None, behind: int | None, behind_seconds: float | None, failure: str | None
) -> dict[str, Any]:
    return {"position": position, "behind": behind, "behind_seconds": behind_seconds, "failure": failure}


def _json(content: dict[str, Any], status: int) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
