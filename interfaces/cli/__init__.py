"""The command line: `litspark COMMAND`."""

import os
import sys
import traceback

import psycopg
import typer
from typer.exceptions import TyperException

from domain.base import Rejected
from interfaces import signals
from interfaces.cli import analytics, audit
from interfaces.cli.demo import demo
from interfaces.cli.export import export
from interfaces.cli.import_ import import_
from interfaces.cli.migrate import migrate
from interfaces.cli.options import Misuse
from interfaces.cli.rebuild import rebuild
from interfaces.cli.serve import serve
from interfaces.cli.terminal import say
from interfaces.cli.token import token
from interfaces.embedded_postgres import DataDirectoryInUse, PostgresFailed
from interfaces.settings import NoKey

app = typer.Typer(
    name="litspark",
    help="Instant messaging on PostgreSQL, spoken over Socket.IO and HTTP. `litspark serve --dev` tries it out.",
    epilog="`litspark COMMAND --help` explains a command, with an example.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (serve, migrate, token, import_, export, rebuild, demo):
    app.command(_command.__name__.rstrip("_"))(_command)
app.add_typer(audit.app)
app.add_typer(analytics.app)


INTERRUPTED = 130
"""What typer makes of a `KeyboardInterrupt`."""


def main() -> None:
    """The entry point. Exit 0, 1 (ran, and failed or found fault) or 2 (misuse), and never a traceback."""
    signals.unwind()
    code = _run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:  # the last of the output: a pipe whose reader has left, or a full disk
        code = _failed(error)
    if code:
        _drop_output()
    signals.ignore()
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    try:
        code = app(arguments, prog_name="litspark", standalone_mode=False) or 0
        return code if code != INTERRUPTED else _stopped(arguments)
    except TyperException as misuse:
        say(misuse.format_message())
        if arguments and (context := getattr(misuse, "ctx", None)):
            say(f"`{context.command_path} --help` tells how.")
        return misuse.exit_code
    except (Misuse, NoKey) as misuse:
        say(str(misuse))
        return 2
    except KeyboardInterrupt:
        return _stopped(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except Exception as error:
        return _failed(error)


def _stopped(arguments: list[str]) -> int:
    """A server that is told to end has done what it was to do, ready or not."""
    say("Stopped.")
    return 0 if arguments[:1] == ["serve"] else 1


def _failed(error: Exception) -> int:
    if os.environ.get("LITSPARK_DEBUG") == "1":
        traceback.print_exception(error)
    elif not isinstance(error, BrokenPipeError):
        say(_sentence(error))
    return 1


def _sentence(error: Exception) -> str:
    match error:
        case ExceptionGroup():  # one of the parts of a chat has failed, and so ended the others
            return _sentence(error.exceptions[0])
        case Rejected() | PostgresFailed() | DataDirectoryInUse():
            return str(error)
        case psycopg.OperationalError() | psycopg.NotSupportedError():
            return f"The database can't be used: {_first_line(error)}"
        case ConnectionError() if error.strerror is None:  # the client's own, which says who did not answer
            return str(error)
        case OSError():
            return f"{error.filename or 'input or output'}: {error.strerror or error}"
        case _:
            return f"{type(error).__name__}: {_first_line(error)} (LITSPARK_DEBUG=1 tells more)"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or "no reason given").splitlines()[0]


def _drop_output() -> None:
    """What could not be written must not be tried again when Python ends: that would end in a traceback."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
