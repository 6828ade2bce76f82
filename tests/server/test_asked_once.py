"""Questions that many ask at the same time, and how long an answer is held."""

import asyncio
import gc
import weakref

import pytest

from composia.clock import ManualClock
from composia.server.asked_once import AskedOnce

pytestmark = pytest.mark.anyio


class Answer:
    """Something large."""


async def test_who_asks_meanwhile_or_soon_after_gets_the_same_answer() -> None:
    clock = ManualClock()
    asked: AskedOnce[str, Answer] = AskedOnce(clock, 5)

    async def find() -> Answer:
        await asyncio.sleep(0)
        return Answer()

    first, second = await asyncio.gather(asked.ask("what", find), asked.ask("what", find))
    clock.advance(4)
    third, other = await asked.ask("what", find), await asked.ask("else", find)
    clock.advance(1)

    assert first is second is third
    assert first not in (other, await asked.ask("what", find))


async def test_an_error_is_not_kept() -> None:
    asked: AskedOnce[str, Answer] = AskedOnce(ManualClock(), 5)

    async def fail() -> Answer:
        raise OSError("no")

    async def find() -> Answer:
        return Answer()

    with pytest.raises(OSError, match="no"):
        await asked.ask("what", fail)

    assert await asked.ask("what", find)


async def test_an_answer_that_is_too_old_to_be_given_is_not_held_either() -> None:
    asked: AskedOnce[str, Answer] = AskedOnce(ManualClock(), 0.01)
    held: list[weakref.ref[Answer]] = []

    async def find() -> Answer:
        answer = Answer()
        held.append(weakref.ref(answer))
        return answer

    await asked.ask("what", find)
    gc.collect()
    at_first = held[0]() is not None
    await asyncio.sleep(0.05)
    gc.collect()

    assert (at_first, held[0]()) == (True, None)
