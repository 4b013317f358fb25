import pytest

from tests.database import Pools
from tests.projections.chat import Chat


@pytest.fixture
async def chat(pools: Pools) -> Chat:
    return Chat(pools)
