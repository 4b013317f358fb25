"""What a server takes from its system."""

import resource
from collections.abc import Iterator

import pytest

from interfaces.server import take_all_files


@pytest.fixture
def few_files() -> Iterator[int]:
    """How many files there may be at the most; at first there may be only 512."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_server_takes_all_the_files_that_it_may_have(few_files: int) -> None:
    take_all_files()
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == few_files
