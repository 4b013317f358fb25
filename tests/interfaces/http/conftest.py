"""One server for all tests that need nothing special of it: each brings people of its own."""

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from tests.conftest import _database
from tests.interfaces.http.asking import Person
from tests.interfaces.http.serving import Node, serving

_numbers = count(1)

MakePerson = Callable[..., Person]


@pytest.fixture(scope="session")
def admin(_admin: "psycopg.Connection[Any]") -> "psycopg.Connection[Any]":
    """May do anything to any database of the tests' PostgreSQL."""
    return _admin


@pytest.fixture(scope="session")
def shared_databases(postgres_url: str, admin: "psycopg.Connection[Any]", _template: str) -> Iterator[list[str]]:
    """Two fresh, migrated databases for the whole run."""
    with _database(admin, postgres_url, _template) as one, _database(admin, postgres_url, _template) as other:
        yield [one, other]


@pytest_asyncio.fixture(scope="session")
async def node(shared_databases: list[str]) -> AsyncIterator[Node]:
    async with serving(shared_databases[0]) as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def dev(shared_databases: list[str]) -> AsyncIterator[Node]:
    """As `serve --dev`."""
    async with serving(shared_databases[1], dev=True) as running:
        yield running


@pytest.fixture
def person(node: Node) -> MakePerson:
    """Makes somebody whom nobody else has heard of."""

    def make(called: str = "someone", name: str | None = None) -> Person:
        return Person(node, f"{called}-{next(_numbers)}", name)

    return make


@pytest.fixture
def alice(person: MakePerson) -> Person:
    return person("alice")


@pytest.fixture
def bob(person: MakePerson) -> Person:
    return person("bob")
