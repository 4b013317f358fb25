"""Many people do what people do while everything breaks that can; then all of it is held against the log."""

import os
from pathlib import Path
from random import randrange

import pytest

from tests.faults.site import built
from tests.faults.story import Story

MINUTES = float(os.environ.get("LITSPARK_TEST_MINUTES", "1"))
SEED = int(os.environ.get("LITSPARK_TEST_SEED") or randrange(10**6))


@pytest.mark.slow
@pytest.mark.timeout(MINUTES * 60 + 300)
async def test_whatever_breaks_nothing_is_lost_nothing_doubled_and_nobody_sees_what_is_not_theirs(
    data_dir: Path,
) -> None:
    async with built(data_dir) as site:
        story = Story(site, SEED)
        print(f"seed {SEED}, {MINUTES} minutes", flush=True)
        try:
            await story.run(MINUTES * 60)
        finally:
            print(story.line(), flush=True)
        assert not story.wrong, "\n".join([f"LITSPARK_TEST_SEED={SEED} does it again:", *story.wrong[:20]])
