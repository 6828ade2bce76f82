"""What is looked up while Compose renders: both take their time, and neither needs the other."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from composia.errors import ComposiaError

First = TypeVar("First")
Second = TypeVar("Second")
Found = TypeVar("Found")


async def beside(
    first: Callable[[], Awaitable[First]], second: Callable[[], Awaitable[Second]]
) -> tuple[First, Second]:
    """Both at once. The error of the one that fails first ends the other, and is raised as it is."""
    firsts: list[First] = []
    seconds: list[Second] = []
    failed: list[ComposiaError | OSError] = []

    async def run(ask: Callable[[], Awaitable[Found]], found: list[Found]) -> None:
        try:
            found.append(await ask())
        except (ComposiaError, OSError) as error:  # a task group would wrap it
            failed.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(run, first, firsts)
        group.start_soon(run, second, seconds)
    if failed:
        raise failed[0]
    return firsts[0], seconds[0]
