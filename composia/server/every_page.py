"""All of what the queue gives page by page."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from composia.core.task import Task
from composia.plugins.queue import Page, Queue, TaskFilter

Item = TypeVar("Item")

PAGE = 500


async def every(read: Callable[[int, str], Awaitable[Page[Item]]]) -> list[Item]:
    """The items of all pages; `read` takes how many, and the `next` of the page before."""
    page = await read(PAGE, "")
    found = list(page.items)
    while page.next:
        page = await read(PAGE, page.next)
        found += page.items
    return found


async def tasks_of(queue: Queue, which: TaskFilter) -> list[Task]:
    """All tasks that the filter lets through, by sequence."""
    return (await every(lambda limit, after: queue.tasks(which, limit, after)))[::-1]
