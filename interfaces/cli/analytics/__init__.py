"""`litspark analytics …`: how the messaging is used, for whoever knows SQL and whoever does not."""

import typer

from interfaces.cli.analytics.export import export
from interfaces.cli.analytics.report import report
from interfaces.cli.analytics.reports import reports
from interfaces.cli.analytics.sql import sql
from interfaces.cli.analytics.views import views

app = typer.Typer(
    name="analytics",
    help="How the messaging is used: reports, views to query, and their rows to take away.",
    epilog="`litspark analytics COMMAND --help` explains a command, with an example.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (reports, report, views, sql, export):
    app.command(_command.__name__)(_command)
