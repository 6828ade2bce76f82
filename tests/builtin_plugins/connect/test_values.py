from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from composia.builtin_plugins.connect import twins
from composia.builtin_plugins.connect.values import packed, unpacked
from composia.core.session import Attempt, LogAck

pytestmark = pytest.mark.anyio

ACK = LogAck(attempt=Attempt(task="t1", number=1), offset=2)


@pytest.mark.parametrize(
    ("mapped", "first", "expected"),
    [(packed, ACK, twins.LOG_ACK.pack(ACK)), (unpacked, twins.LOG_ACK.pack(ACK), ACK)],
)
async def test_what_a_stream_comes_from_is_closed_with_it(
    mapped: Callable[..., Any], first: object, expected: object
) -> None:
    ended = False

    async def source() -> AsyncIterator[object]:
        nonlocal ended
        try:
            yield first
            yield first
        finally:
            ended = True

    stream = mapped(source(), twins.LOG_ACK)
    assert await anext(stream) == expected
    await stream.aclose()
    assert ended
