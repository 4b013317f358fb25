"""What the server says of itself: a line an event on standard error, JSON unless a person is looking."""

import asyncio
import logging
import sys
from typing import Any

import orjson
import structlog


def configure() -> None:
    """For the whole process; what libraries log comes out in the same form, from warnings on.

    A traceback is told without the values of local variables: among them may be tokens, and what people wrote.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    looking = sys.stderr.isatty()
    plain = structlog.dev.plain_traceback
    renderer: Any = structlog.dev.ConsoleRenderer(exception_formatter=plain) if looking else _json
    ending = [renderer] if looking else [structlog.processors.format_exc_info, renderer]
    structlog.configure(
        processors=[*shared, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[_strip, *ending], foreign_pre_chain=shared))
    handler.addFilter(_is_no_end)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _is_no_end(record: logging.LogRecord) -> bool:
    """A request that is cancelled is one that is still there at the end, which uvicorn takes for a failure."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def _strip(logger: Any, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(logger, name, event)


def _json(_: Any, __: str, event: structlog.typing.EventDict) -> str:
    return orjson.dumps(event, default=str).decode()
