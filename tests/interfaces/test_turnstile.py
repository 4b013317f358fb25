import asyncio

from interfaces.turnstile import Turnstile


async def test_each_has_a_round_of_its_own_in_the_order_they_came() -> None:
    turnstile, rounds, went = Turnstile(), [0], []

    def count() -> None:
        rounds[0] += 1
        loop.call_soon(count)

    async def go(name: str) -> None:
        await turnstile.turn()
        went.append((name, rounds[0]))

    loop = asyncio.get_running_loop()
    loop.call_soon(count)
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
