"""What the history of the repository costs: `./dev bench history [SERVICES] [COMMITS]`.

A repository is synced for the first time and again after one more commit; its log is paged through, whole and of one service;
a service is compared with the head. Printed are milliseconds of CPU and of the clock. The services are spread over ten
directories, or all in one with `flat` as a third argument.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from composia.builtin_plugins import git
from composia.builtin_plugins.memory.queue import MemoryQueue
from composia.clock import SystemClock
from composia.plugins import Context
from composia.server.bundles import BundleStore
from composia.server.comparison import compare
from composia.server.history import History
from composia.server.places import Places
from composia.server.repository import Repository as Followed
from tests.builtin_plugins.git import grown
from tests.builtin_plugins.git.repository import Repository

Answer = TypeVar("Answer")


async def timed(what: str, work: Awaitable[Answer]) -> Answer:
    """Print how much CPU it takes."""
    begun, spent = time.perf_counter(), time.process_time()
    answer = await work
    print(f"  {what:44} {(time.process_time() - spent) * 1000:9.1f} {(time.perf_counter() - begun) * 1000:9.1f}")
    return answer


@asynccontextmanager
async def followed(root: Path, repository: Repository) -> AsyncIterator[Followed]:
    """The server's view of a repository on this machine."""
    context = Context(data=root / "data", clock=SystemClock())
    source = await git.composia_source().open(git.GitConfig(url=str(repository.path)), context)
    yield Followed(source, MemoryQueue(), BundleStore(root / "bundles"), SystemClock())
    await source.close()


async def turn(history: History, service: str) -> int:
    """All pages of a service, as somebody turns them; how many."""
    pages, after = 0, ""
    while pages == 0 or after:
        page = await history.page(service, 20, after)
        pages, after = pages + 1, page.next
    return pages


async def measure(root: Path, services: int, commits: int) -> None:
    """Print all figures."""
    repository = Repository(root / "services")
    grown.grow(repository, services=services, commits=commits)
    async with followed(root, repository) as one:
        print(f"{services} services, {commits} commits{'':22}{'CPU ms':>10} {'ms':>9}")
        await timed("the first sync", one.sync())
        names = {d.directory: d.name for d in one.head.definitions}
        source = one.history._source
        await timed("  of it the newest 500 commits", History(source, Places()).follow(one.head.revision, names))
        grown.change(repository, "once more")
        await timed("a sync with one more commit", one.sync())
        await timed("the first page", one.history.page("", 20, ""))
        page = await timed("the first page of a service", one.history.page("svc-1", 20, ""))
        pages = await timed("all pages of a service, the first time", turn(one.history, "svc-1"))
        await timed(f"all {pages} pages of it again", turn(one.history, "svc-1"))
        oldest = page.items[-1].id
        await timed("a comparison of a service with the head", compare(one, "svc-1", oldest, ""))


def main(services: int, commits: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="composia-bench-") as root:
        asyncio.run(measure(Path(root), services, commits))


if __name__ == "__main__":
    if "flat" in sys.argv[3:]:
        grown.path = lambda number, name="compose.yaml": f"svc-{number}/{name}"
    main(*(int(word) for word in (*sys.argv[1:3], *("1000", "10000")[len(sys.argv[1:3]) :])))
