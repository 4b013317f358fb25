"""What commands have in common: their options, and the settings that come of them."""

import gc
import logging
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import structlog
import typer
from pydantic import ValidationError

from interfaces import signals
from interfaces.cli.terminal import Format, waiting
from interfaces.embedded_postgres import running
from interfaces.settings import Settings

T = TypeVar("T")

DataDir = Annotated[
    Path,
    typer.Option(
        metavar="DIR",
        envvar="LITSPARK_DATA_DIR",
        show_envvar=True,
        file_okay=False,
        help="Where LitSpark keeps its own PostgreSQL, and the secret of --dev.",
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="LITSPARK_DATABASE_URL",
        show_envvar=True,
        help="A PostgreSQL of yours, 15 to 18, like postgresql://user:password@host/name; "
        "without it, the one in the data directory.",
    ),
]
FormatOption = Annotated[
    Format,
    typer.Option(
        "--format",
        envvar="LITSPARK_FORMAT",
        show_envvar=True,
        help="How the result is written: a table to look at, or a list of objects for a script.",
    ),
]
DATA_DIR = Path(".litspark")
OPTIONS = {"database_url": "--database-url"}
"""What is called by the option: the others are checked before, or have none."""


class Misuse(Exception):
    """A command that can't be carried out as it was given: exit 2."""


def settings(data_dir: Path, database_url: str | None, **given: Any) -> Settings:
    """The settings: the command line's word, else the environment's. Raises `Misuse`."""
    given = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(data_dir=data_dir, database_url=database_url or None, **given)
    except ValidationError as failure:
        raise Misuse("\n".join(_problems(failure))) from None


def _problems(failure: ValidationError) -> list[str]:
    """All of them, each under the name of its setting."""
    problems = []
    for detail in failure.errors(include_url=False, include_input=False):
        field = "_".join(str(step) for step in detail["loc"][:1])
        name = OPTIONS.get(field, f"LITSPARK_{field.upper()}")
        problems.append(f"{name}: {detail['msg'].removeprefix('Value error, ')}")
    return problems


@contextmanager
def database(
    made: Settings, tell: Callable[[str], None] = lambda _: None, lacking: Callable[[str], None] = lambda _: None
) -> Iterator[str]:
    """The URL of a migrated database, that of the data directory where none is named.

    `tell` hears of each revision that is applied, `lacking` the SQL of what analysts need of somebody with more rights.
    """
    from migrations import migrate  # here, for other commands need not wait for it

    with ExitStack() as stack:
        with waiting("opening the database"):
            database_url = made.database_url or stack.enter_context(running(made.data_dir))
            migrate(database_url, tell=tell, lacking=lacking)
        yield database_url


def complete(work: Coroutine[Any, Any, T]) -> T:
    """Runs it to its end. Raises `KeyboardInterrupt` where it is told to end before."""
    import uvloop  # here, for other commands need not wait for it

    structlog.configure(
        processors=[_sentence],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # what is broken off at the end is no news
    # Events come and go by the hundred thousand, and hardly any is part of a cycle: looking for those took a third of
    # an import's time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    return signals.run(work, uvloop.run)


def _sentence(_: Any, __: str, event: structlog.typing.EventDict) -> str:
    """A warning in one line; of an exception its last word alone."""
    words = [str(event.pop("event"))]
    if event.pop("exc_info", None) and (error := sys.exception()):
        words.append(f"{type(error).__name__}: {error}".splitlines()[0])
    return ": ".join([*words, *(f"{name} {value}".splitlines()[0] for name, value in event.items())])
