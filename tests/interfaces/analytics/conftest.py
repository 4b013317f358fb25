"""Analysts of a fresh database, as they sign in from outside."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from interfaces.analytics.analyst import Analyst, analyst_url
from interfaces.settings import Settings
from migrations import migrate

MakeAnalyst = Callable[..., Analyst]


@pytest.fixture
def make_analyst(database_url: str) -> MakeAnalyst:
    """The analyst that settings ask for."""

    def make(**settings: Any) -> Analyst:
        return Analyst(Settings(**({"patience": 0.2} | settings)), database_url)

    return make


@pytest.fixture
def analyst(make_analyst: MakeAnalyst) -> Analyst:
    return make_analyst()


@pytest.fixture
async def signed_in(database_url: str) -> AsyncIterator[psycopg.AsyncConnection[dict[str, Any]]]:
    """A session of the role itself, by nothing of ours, and without any setting but what the role brings."""
    migrate(database_url)  # what belongs to a database no template passes on
    url = analyst_url(Settings(), database_url)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, row_factory=dict_row) as connection:
        yield connection
