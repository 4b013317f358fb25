"""What a request brings along: the JSON of its body, or the fields of its query."""

from typing import Any

from pydantic import BaseModel
from starlette.requests import Request

from domain.base import Rejected
from interfaces.settings import Settings
from interfaces.socketio.packets import loads


async def body(request: Request, settings: Settings) -> Any:
    """What the body's JSON holds; an empty one counts as `{}`. Raises `Rejected`."""
    text = await _read(request, settings)
    try:
        return loads(text.decode()) if text.strip() else {}
    except (ValueError, RecursionError):
        raise Rejected("invalid_payload", "the body must be JSON in UTF-8") from None


async def _read(request: Request, settings: Settings) -> bytes:
    """A body of up to `max_request` bytes; of a larger one no more is kept, from `max_frame` on no more is read."""
    refusal = Rejected("too_large", f"a body has at most {settings.max_request} bytes")
    declared = request.headers.get("content-length", "")
    size = int(declared) if declared.isdecimal() else 0
    if size >= settings.max_frame:
        raise refusal
    kept, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size >= settings.max_frame:
            raise refusal
        if size <= settings.max_request:
            kept += chunk
    if size > settings.max_request:
        raise refusal
    return bytes(kept)


def query(request: Request, model: type[BaseModel]) -> dict[str, str]:
    """The fields of a query that a model knows: others are ignored, and of a repeated one the last counts."""
    return {name: value for name, value in request.query_params.items() if name in model.model_fields}
