"""`litspark analytics reports`."""

from typing import TYPE_CHECKING, Any

from interfaces.cli.options import FormatOption
from interfaces.cli.terminal import Format, show

if TYPE_CHECKING:
    from interfaces.analytics.reports import Report


def reports(form: FormatOption = Format.table) -> None:
    """List the reports, and what their columns are.

    Example:

    \b
        litspark analytics reports
    """
    from interfaces.analytics.reports import REPORTS  # here, for other commands need not wait for it

    show([_shown(one) if form is Format.table else one.told() for one in REPORTS.values()], form)


def _shown(one: "Report") -> dict[str, Any]:
    return {**one.told(), "by": "period" if one.periods else "", "columns": " ".join(one.columns)}
