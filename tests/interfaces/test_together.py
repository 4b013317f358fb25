"""Many who ask at once are answered together, and each by a look that began after the question."""

import asyncio
from collections.abc import Sequence

import pytest

from interfaces.together import Together


class Looked:
    """Looks end when they may; each answers with its number."""

    def __init__(self) -> None:
        self.looks: list[list[str]] = []
        self.may = asyncio.Semaphore(0)
        self.failure: Exception | None = None

    async def look(self, keys: Sequence[str]) -> dict[str, int]:
        self.looks.append(list(keys))
        number = len(self.looks)
        await self.may.acquire()
        if self.failure:
            raise self.failure
        return dict.fromkeys(keys, number)


async def test_who_asks_while_a_look_is_under_way_is_answered_by_the_next_with_all_others() -> None:
    looked = Looked()
    together = Together(looked.look)
    first = asyncio.create_task(together.find("alice"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(together.find(key)) for key in ("bob", "alice", "bob")]
    await asyncio.sleep(0)
    looked.may.release()
    looked.may.release()
    assert await first == 1
    assert await asyncio.gather(*others) == [2, 2, 2]
    assert looked.looks == [["alice"], ["bob", "alice"]]


async def test_a_look_is_for_so_many_at_the_most() -> None:
    looked = Looked()
    together = Together(looked.look, most=2)
    asked = [asyncio.create_task(together.find(key)) for key in ("alice", "bob", "carol")]
    looked.may.release()
    looked.may.release()
    assert await asyncio.gather(*asked) == [1, 1, 2]
    assert looked.looks == [["alice", "bob"], ["carol"]]


async def test_a_look_that_fails_fails_for_all_and_the_next_is_another() -> None:
    looked = Looked()
    together = Together(looked.look)
    looked.failure = ValueError("away")
    asked = [asyncio.create_task(together.find(key)) for key in ("alice", "bob")]
    looked.may.release()
    for one in asked:
        with pytest.raises(ValueError, match="away"):
            await one
    looked.failure = None
    looked.may.release()
    assert await together.find("alice") == 2


async def test_who_goes_takes_no_answer_from_others() -> None:
    looked = Looked()
    together = Together(looked.look)
    gone, stays = (asyncio.create_task(together.find("alice")) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    looked.may.release()
    assert await stays == 1
    assert gone.cancelled()
