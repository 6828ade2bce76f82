"""Waiting for what a file or another process shows, which rings no bell."""

from collections.abc import Callable

import anyio

PATIENCE_S = 100.0


async def eventually(condition: Callable[[], object]) -> None:
    """Return once the condition holds; `TimeoutError` when it does not come to that."""
    with anyio.fail_after(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - nothing tells when a file changes
            await anyio.sleep(0.01)
