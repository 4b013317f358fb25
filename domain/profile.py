"""The name behind a user_id, as tokens tell it, or an imported history where no token has."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from domain.base import Command, Event, Name, UserId, stream_id


def stream(user_id: str) -> UUID:
    return stream_id("profile", user_id)


class TellName(Command):
    """A token says what its user is called; `told_at` is when it was issued, or came if that is not `dated`."""

    name: Name
    told_at: datetime
    dated: bool = True


class ImportName(Command):
    """A history says what somebody was called; `told_at` is when that person spoke."""

    user_id: UserId
    name: Name
    told_at: datetime


class NameTold(Event):
    TOPIC = "profile.name-told"

    user_id: UserId
    name: Name
    told_at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    name: str | None = None
    told_at: datetime | None = None
    by_token: bool = False


ProfileCommand = TellName | ImportName


def evolve(state: Profile, event: NameTold) -> Profile:
    return Profile(event.name, event.told_at, by_token=event.actor is not None)


def decide(command: ProfileCommand, state: Profile) -> list[NameTold]:
    """Of two tokens the later one wins, of two histories too; a history never overrules a token.

    A later token is remembered though it tells the same name: one issued between the two must not win afterwards.
    """
    match command:
        case TellName():
            assert command.actor is not None, "a token names its own user"
            news = command.dated or command.name != state.name
            overrules = not state.by_token or (news and _later(command.told_at, state))
            user_id = command.actor
        case ImportName():
            overrules = not state.by_token and command.name != state.name and _later(command.told_at, state)
            user_id = command.user_id
        case _:
            assert_never(command)
    if not overrules:
        return []
    return [NameTold(actor=command.actor, user_id=user_id, name=command.name, told_at=command.told_at)]


def _later(told_at: datetime, state: Profile) -> bool:
    return state.told_at is None or told_at > state.told_at
