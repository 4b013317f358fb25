"""An answer that is a table, as CSV where it is asked for so."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from interfaces.analytics.values import comma_separated


class CommaSeparated(Response):
    """Of a body with `columns` and `rows`; a browser saves it under the report's name."""

    media_type = "text/csv"

    def __init__(self, body: dict[str, Any]) -> None:
        name = "_".join((body["report"], body["from"], body["to"]))
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Vary": "Accept"}
        super().__init__(comma_separated(body["columns"], body["rows"]), headers=headers)


def wanted(request: Request, asked: Any) -> bool:
    """Whether CSV is wanted: the query's word goes before the header's."""
    if asked.format:
        return bool(asked.format == "csv")
    return "text/csv" in request.headers.get("accept", "")
