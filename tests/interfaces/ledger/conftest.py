from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from projections.ledger.checkpoint import Checkpoint
from tests.conftest import _database
from tests.interfaces.ledger.stage import Superuser, talked


@pytest.fixture(scope="session")
async def _talked_in(
    postgres_url: str, _admin: psycopg.Connection, _template: str
) -> AsyncIterator[tuple[str, list[Checkpoint]]]:
    with _database(_admin, postgres_url, _template) as url:
        checkpoints = await talked(url)
        yield str(conninfo_to_dict(url)["dbname"]), checkpoints


@pytest.fixture
def talked_in(postgres_url: str, _admin: psycopg.Connection, _talked_in: tuple[str, list[Checkpoint]]) -> Iterator[str]:
    """A database with a log of 44 events, the last checkpoint of which covers all of it."""
    name, _ = _talked_in
    with _database(_admin, postgres_url, name) as url:
        yield url


@pytest.fixture
def checkpoints(_talked_in: tuple[str, list[Checkpoint]]) -> list[Checkpoint]:
    return list(_talked_in[1])


@pytest.fixture
def superuser(talked_in: str) -> Superuser:
    return Superuser(talked_in)
