"""`litspark audit …`: what was said, who saw it when, and that the record was not touched."""

from collections.abc import Callable

import typer

from interfaces.cli.audit.checkpoint import checkpoint
from interfaces.cli.audit.explain import explain
from interfaces.cli.audit.export import export
from interfaces.cli.audit.find import find
from interfaces.cli.audit.history import history
from interfaces.cli.audit.prove import prove
from interfaces.cli.audit.readings import readings
from interfaces.cli.audit.replay import replay
from interfaces.cli.audit.verify import verify

app = typer.Typer(
    name="audit",
    help="What was said, who saw it when, and that the record was not touched.",
    epilog="`litspark audit COMMAND --help` explains a command, with an example.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS: tuple[Callable[..., None], ...] = (
    find,
    history,
    replay,
    explain,
    readings,
    verify,
    prove,
    export,
    checkpoint,
)
for _command in COMMANDS:
    app.command(_command.__name__.rstrip("_"))(_command)
