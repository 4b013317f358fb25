"""The name behind a user_id."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from domain.profile import ImportName, NameTold, TellName
from tests.spec import given

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=1)


def tell(name: str, told_at: datetime = NOON, *, dated: bool = True) -> TellName:
    return TellName(actor="alice", name=name, told_at=told_at, dated=dated)


def imported(name: str, told_at: datetime = NOON) -> ImportName:
    return ImportName(actor=None, user_id="alice", name=name, told_at=told_at)


def told(name: str, told_at: datetime = NOON, *, by_token: bool = True) -> NameTold:
    return NameTold(actor="alice" if by_token else None, user_id="alice", name=name, told_at=told_at)


def test_a_token_tells_the_name() -> None:
    given().when(tell("Alice")).then(told("Alice"))


def test_the_same_token_again_changes_nothing() -> None:
    given(told("Alice")).when(tell("Alice")).then()


def test_a_later_token_counts_though_it_tells_the_same_name() -> None:
    given(told("Alice")).when(tell("Alice", LATER)).then(told("Alice", LATER))
    given(told("Alice"), told("Alice", LATER)).when(tell("Alicia", NOON + timedelta(milliseconds=1))).then()


def test_a_token_without_a_date_tells_what_is_new() -> None:
    given().when(tell("Alice", dated=False)).then(told("Alice"))
    given(told("Alice")).when(tell("Alice", LATER, dated=False)).then()
    given(told("Alice")).when(tell("Alicia", LATER, dated=False)).then(told("Alicia", LATER))
    given(told("Alice", by_token=False)).when(tell("Alice", LATER, dated=False)).then(told("Alice", LATER))


def test_of_two_tokens_the_later_one_wins() -> None:
    given(told("Alice")).when(tell("Alicia", LATER)).then(told("Alicia", LATER))
    given(told("Alicia", LATER)).when(tell("Alice", NOON)).then()


def test_of_two_tokens_of_one_instant_the_first_stays() -> None:
    given(told("Alice")).when(tell("Alicia")).then()


def test_a_history_names_who_has_no_token() -> None:
    given().when(imported("Alice")).then(told("Alice", by_token=False))


def test_of_two_histories_the_later_word_wins() -> None:
    given(told("Alice", by_token=False)).when(imported("Alicia", LATER)).then(told("Alicia", LATER, by_token=False))
    given(told("Alicia", LATER, by_token=False)).when(imported("Alice")).then()
    given(told("Alice", by_token=False)).when(imported("Alice", LATER)).then()


def test_a_history_never_overrules_a_token() -> None:
    given(told("Alice")).when(imported("Alicia", LATER)).then()
    given(told("Alice")).when(imported("Alice", LATER)).then()


def test_a_token_overrules_a_history_however_old_it_is() -> None:
    given(told("Alicia", LATER, by_token=False)).when(tell("Alice", NOON)).then(told("Alice", NOON))


def test_a_token_confirms_the_name_of_a_history() -> None:
    given(told("Alice", LATER, by_token=False)).when(tell("Alice", NOON)).then(told("Alice", NOON))


@pytest.mark.parametrize("name", ["", " ", "x" * 121, "\0"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="name"):
        tell(name)
