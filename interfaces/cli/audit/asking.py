"""What the commands of auditors have in common: who asks, why, about which moment, and how a refusal ends."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from pydantic import TypeAdapter, ValidationError

from domain.base import NamedId, Reason, Rejected, UserId
from interfaces.cli.options import Misuse, complete, database, settings
from interfaces.cli.terminal import progress
from interfaces.settings import Settings

T = TypeVar("T")
Ask = Callable[[Any, Any], Awaitable[T]]
"""Asks an `AuditDesk`, or the `Chat` that it is of, as an `Auditor`."""

MISUSE = ("not_found", "invalid_payload")

ReasonOption = Annotated[
    str,
    typer.Option(
        "--reason",
        metavar="WHY",
        envvar="LITSPARK_REASON",
        show_envvar=True,
        help="Why you read. It is recorded in the log, with your login name, before anything is shown.",
    ),
]
AtOption = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="INSTANT|POSITION",
        help="As of when: an instant like 2026-11-23T14:03:00Z, which means the last event recorded at or before it, "
        "or that event's position in the log. Without it: now.",
    ),
]
ConversationArgument = Annotated[
    str, typer.Argument(metavar="CONVERSATION", help="The conversation's id; `litspark audit find` looks for it.")
]


def conversation(given: str) -> UUID:
    """Raises `Misuse` for what is no id of a conversation."""
    conversation_id: UUID = checked(NamedId, given, "CONVERSATION")
    return conversation_id


def person(given: str, called: str = "USER") -> str:
    """Raises `Misuse` for what is no user_id."""
    user_id: str = checked(UserId, given, called)
    return user_id


def checked(kind: Any, given: str, called: str) -> Any:
    try:
        return TypeAdapter(kind).validate_python(given, strict=True)
    except ValidationError as failure:
        raise Misuse(f"{called}: {failure.errors(include_url=False)[0]['msg']}") from None


def answered(data_dir: Path, database_url: str | None, reason: str | None, ask: Ask[T]) -> T:
    """What the audit desk answers. Without a `reason` only what shows no content may be asked."""

    async def of_desk(whole: Any, auditor: Any) -> T:
        return await ask(whole.audit, auditor)

    return done(settings(data_dir, database_url), reason, of_desk)


def done(made: Settings, reason: str | None, work: Ask[T]) -> T:
    """What comes of work on a chat, by an auditor."""
    why = "" if reason is None else checked(Reason, reason, "--reason")
    with database(made) as url:
        answer = complete(_done(made, url, why, work))
    if not isinstance(answer, Rejected):
        return answer
    if answer.code in MISUSE:
        raise Misuse(f"{answer.code}: {answer.message}")
    raise answer


async def _done(made: Settings, url: str, why: str, work: Ask[T]) -> T | Rejected:
    """A refusal is no failure of the chat, whose parts would all be ended by it."""
    from interfaces.audit.record import Auditor
    from interfaces.chat import chat  # here, for it takes half a second that other commands need not wait for

    async with chat(made, url) as whole:
        try:
            return await work(whole, Auditor(getuser(), why))
        except Rejected as refusal:
            return refusal


@contextmanager
def watched(quiet: bool = False) -> Iterator[Callable[[int, int], Any]]:
    """Shows how many events have been read, from the moment that it is known of how many."""
    with ExitStack() as stack:
        at: Callable[[int], Any] | None = None

        def seen(done: int, total: int) -> None:
            nonlocal at
            if quiet:
                return
            at = at or stack.enter_context(progress("events", total))
            at(done)

        yield seen
