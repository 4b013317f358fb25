"""The reports over HTTP, in the form of the command table's entries."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, create_model
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from interfaces import shapes
from interfaces.analytics.reports import BUSIEST, MAX_LIMIT, REPORTS
from interfaces.analytics.spans import By
from interfaces.desk import Answer, Desk
from interfaces.http.pages import Digits
from interfaces.requests import Caller, Http, Query, Request

SCOPE = "analytics"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(value: object) -> date:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("day", "must be a day like 2026-11-23")


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
SomeDay = Day | SkipJsonSchema[None]
Limit = Annotated[
    Digits,
    Field(ge=1, le=MAX_LIMIT),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}),
]


def _name(value: str) -> str:
    if value not in REPORTS:
        raise PydanticCustomError("report", "is no report")
    return value


ReportName = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "enum": list(REPORTS)})]


class ListReports(Query):
    """The reports there are, and what their columns are."""


class _Asked(Query):
    report: ReportName
    to: SomeDay = None
    by: By = "day"
    limit: Limit = BUSIEST
    format: Literal["json", "csv"] | SkipJsonSchema[None] = None


_FROM: Any = (SomeDay, None)

# Not by a class alone: `from` is a word of Python's own.
ReadReport: type[Query] = create_model(
    "ReadReport",
    __base__=_Asked,
    __doc__="A report, from one day to another, by day, week or month: JSON, or CSV by `format` or `Accept`.",
    **{"from": _FROM},
)


async def _reports(desk: Desk, caller: Caller, asked: ListReports) -> Answer:
    return await desk.reports()


async def _report(desk: Desk, caller: Caller, asked: Any) -> Answer:
    return await desk.report(asked.report, getattr(asked, "from"), asked.to, asked.by, asked.limit)


ANALYTICS = (
    Request("reports", ListReports, shapes.Reports, _reports, http=Http("GET", "/api/analytics", scope=SCOPE)),
    Request(
        "report",
        ReadReport,
        shapes.Report,
        _report,
        http=Http("GET", "/api/analytics/{report}", scope=SCOPE, table=True),
    ),
)
