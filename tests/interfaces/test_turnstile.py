import asyncio

from interfaces.turnstile import Turnstile
from tests.interfaces.rounds import counted


async def test_each_has_a_round_of_its_own_in_the_order_they_came() -> None:
    turnstile, went = Turnstile(), []

    async def go(name: str) -> None:
        await turnstile.turn()
        went.append((name, rounds.made))

    with counted() as rounds:
        await asyncio.gather(*(go(name) for name in "abcd"))
    assert [name for name, _ in went] == ["a", "b", "c", "d"]
    assert len({number for _, number in went}) == 4


async def test_who_comes_when_nobody_else_has_just_gone_does_not_wait() -> None:
    turnstile = Turnstile()
    for _ in range(3):
        turn = turnstile.turn()
        try:
            turn.send(None)
        except StopIteration:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        else:
            raise AssertionError("it waits")


async def test_who_gives_up_holds_nobody_up() -> None:
    turnstile = Turnstile()
    await turnstile.turn()
    patient, others = asyncio.create_task(turnstile.turn()), [asyncio.create_task(turnstile.turn()) for _ in range(2)]
    await asyncio.sleep(0)
    for one in others:
        one.cancel()
    after = asyncio.create_task(turnstile.turn())
    await asyncio.wait_for(asyncio.gather(patient, after), 5)
