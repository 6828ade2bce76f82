"""Who is refused before the request was read is heard out first, within bounds; tests/clients has a real curl."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import anyio
import pytest

from composia.builtin_plugins.connect.hearing_out import MOST_BYTES, hearing_out

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

START: Message = {"type": "http.response.start", "status": 200}


def part(size: int, *, more: bool) -> Message:
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


async def refuse(_scope: Message, _receive: Receive, send: Send) -> None:
    await send(START)


async def read_then_answer(_scope: Message, receive: Receive, send: Send) -> None:
    await receive()
    await send(START)


async def order_of(app: Any, parts: AsyncIterator[Message]) -> list[str]:
    """What was received and sent, in order."""
    happened = []

    async def receive() -> Message:
        message = await anext(parts)
        happened.append("heard")
        return message

    async def send(_: Message) -> None:
        happened.append("answered")

    with anyio.fail_after(60):
        await hearing_out(app)({"type": "http"}, receive, send)
    return happened


async def test_a_refusal_waits_for_the_rest_of_the_request() -> None:
    async def parts() -> AsyncIterator[Message]:
        for more in (True, True, False):
            yield part(3, more=more)

    assert await order_of(refuse, parts()) == ["heard", "heard", "heard", "answered"]


async def test_a_request_that_never_ends_is_refused_all_the_same() -> None:
    async def parts() -> AsyncIterator[Message]:
        yield part(3, more=True)
        await anyio.sleep_forever()

    assert await order_of(refuse, parts()) == ["heard", "answered"]


async def test_no_more_is_taken_of_a_request_than_is_worth_it() -> None:
    async def parts() -> AsyncIterator[Message]:
        while True:
            yield part(MOST_BYTES, more=True)

    assert await order_of(refuse, parts()) == ["heard", "heard", "answered"]


async def test_a_client_that_has_gone_is_waited_for_no_longer() -> None:
    async def parts() -> AsyncIterator[Message]:
        yield {"type": "http.disconnect"}

    assert await order_of(refuse, parts()) == ["heard", "answered"]


async def test_who_reads_the_request_answers_when_it_likes() -> None:
    async def parts() -> AsyncIterator[Message]:
        yield part(3, more=True)

    assert await order_of(read_then_answer, parts()) == ["heard", "answered"]
