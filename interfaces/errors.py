"""What a refusal looks like, and how a bad payload becomes one."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from domain.base import Code, Rejected

STATUS: Mapping[Code, int] = {
    "unauthenticated": 401,
    "invalid_token": 401,
    "token_expired": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "too_large": 413,
    "invalid_payload": 422,
    "rate_limited": 429,
    "internal": 500,
    "unavailable": 503,
}
"""The HTTP status of each code."""

M = TypeVar("M", bound=BaseModel)


def error(refusal: Rejected) -> dict[str, Any]:
    """The `error` of the protocol: code, message, and where there are any, details and retry_after in seconds."""
    body: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    if refusal.details:
        body["details"] = [{"field": field, "problem": problem} for field, problem in refusal.details]
    if refusal.retry_after is not None:
        body["retry_after"] = refusal.retry_after
    return body


def parse(model: type[M], payload: object, **trusted: Any) -> M:
    """A request's payload as its model, with the `trusted` fields that no payload may name.

    Raises `Rejected` with `invalid_payload`, and a detail for each field that is wrong.
    """
    if not isinstance(payload, dict):
        raise Rejected("invalid_payload", "the payload must be an object")
    problems = [(name, "must not be null") for name, value in payload.items() if value is None]
    # Asked here too, for of a name that holds a lone surrogate pydantic can't say where it stands.
    problems += [(name, "unknown field") for name in payload if name in trusted or name not in model.model_fields]
    if not problems:
        try:
            return model.model_validate({**payload, **trusted})
        except ValidationError as failure:
            found = failure.errors(include_url=False)
            problems = list(dict(_problem(detail) for detail in found if detail["type"] != "none_required").items())
    details = tuple((_printable(field), problem) for field, problem in problems[:20])
    field, problem = details[0]
    raise Rejected("invalid_payload", f"{field}: {problem}", details=details)


def _problem(detail: ErrorDetails) -> tuple[str, str]:
    first, *steps = detail["loc"]
    field = ".".join(str(step) for step in (first, *(step for step in steps if isinstance(step, int))))
    context = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return field, "missing"
        case "extra_forbidden":
            return field, "unknown field"
        case "string_type" | "int_type" | "list_type":
            wanted = {"string": "a string", "int": "an integer", "list": "a list"}
            return field, f"must be {wanted[detail['type'].removesuffix('_type')]}"
        case "string_too_long":
            return field, f"at most {context['max_length']} characters"
        case "string_too_short":
            return field, f"at least {context['min_length']} characters"
        case "too_short":
            return field, f"at least {context['min_length']}"
        case "greater_than_equal":
            return field, f"at least {context['ge']}"
        case "less_than_equal":
            return field, f"at most {context['le']}"
        case "less_than":
            return field, f"less than {context['lt']}"
        case "literal_error":
            return field, f"must be {context['expected']}"
        case "string_unicode":
            return field, "must not contain a lone surrogate"
        case _:
            return field, detail["msg"]


def _printable(field: str) -> str:
    """A client's own word for a field, fit to be sent back to it."""
    return field.encode("utf-8", "replace").decode()[:100]
