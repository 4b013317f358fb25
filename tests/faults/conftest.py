import os
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.postgres import crash, postmaster


@pytest.fixture
async def data_dir() -> AsyncIterator[Path]:
    """Where a server keeps its own PostgreSQL, which is stopped in the end whatever became of the server."""
    memory = "/dev/shm"  # where fsync costs nothing; and a path is short, for a socket's must be
    with TemporaryDirectory(prefix="lit-", dir=memory if os.path.isdir(memory) else "/tmp") as folder:
        yield Path(folder)
        if postmaster(Path(folder)):
            await crash(Path(folder))
