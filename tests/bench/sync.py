"""What a sync costs: `./dev bench sync [ROUNDS]`.

A change of one service is pushed and synced, from the request to the catalog of the new head, in a repository of 10 services
and in one of 1 000, and in one of 10 commits and one of 10 000. Each pair is measured in turns; printed are medians in
milliseconds and their ratio. Beside them stand the first sync of each, a fetch of the same by the real Git, which reads no
definition, and a sync that finds nothing new. The repositories are served by Git over http, here.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from composia.builtin_plugins import git
from composia.builtin_plugins.memory.queue import MemoryQueue
from composia.clock import SystemClock
from composia.plugins import Context
from composia.server.bundles import BundleStore
from composia.server.repository import Repository as Followed
from tests.builtin_plugins.git.grown import change, grow
from tests.builtin_plugins.git.http import GitHost, WebServer
from tests.builtin_plugins.git.repository import ENVIRONMENT, Repository


@dataclass(kw_only=True)
class Subject:
    """A repository that is followed."""

    repository: Repository
    url: str
    followed: Followed
    clone: Path

    async def sync(self) -> float:
        """Seconds until a new head is read."""
        begun = time.perf_counter()
        state = await self.followed.sync()
        assert (state.error, state.head) == ("", self.followed.head.revision)
        return time.perf_counter() - begun

    def fetch(self) -> float:
        """Seconds of a fetch by Git itself."""
        begun = time.perf_counter()
        command = ["git", "-C", str(self.clone), "fetch", "-q", self.url, "+refs/heads/*:refs/fetched/*"]
        subprocess.run(command, env=ENVIRONMENT, check=True)
        return time.perf_counter() - begun


@dataclass(kw_only=True)
class Times:
    """Seconds of one subject."""

    first: float
    first_by_git: float
    changed: list[float] = field(default_factory=list)
    by_git: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)


def _make(root: Path, services: int, commits: int) -> tuple[Repository, Path]:
    """The repository, and an empty one into which Git fetches."""
    root.mkdir()
    repository, clone = Repository(root / "services"), Repository(root / "clone")
    grow(repository, services=services, commits=commits)
    return repository, clone.path


@asynccontextmanager
async def subject(root: Path, services: int, commits: int) -> AsyncIterator[Subject]:
    """A repository of that size behind a web server."""
    repository, clone = _make(root, services, commits)
    with WebServer(GitHost(root)).running() as server:
        url = f"{server.url}/services"
        context = Context(data=root / "data", clock=SystemClock())
        source = await git.composia_source().open(git.GitConfig(url=url), context)
        followed = Followed(source, MemoryQueue(), BundleStore(root / "bundles"), SystemClock())
        yield Subject(repository=repository, url=url, followed=followed, clone=clone)
        await source.close()


async def measure(sizes: list[tuple[int, int]], rounds: int) -> list[Times]:
    """The times of repositories of several sizes, in turns."""
    async with AsyncExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="composia-bench-")))
        subjects = [
            await stack.enter_async_context(subject(root / str(number), services, commits))
            for number, (services, commits) in enumerate(sizes)
        ]
        times = [Times(first=await one.sync(), first_by_git=one.fetch()) for one in subjects]
        for number in range(rounds):
            for one, found in zip(subjects, times, strict=True):
                change(one.repository, f"round {number}")
                found.changed.append(await one.sync())
                found.by_git.append(one.fetch())
                found.idle.append(await one.sync())
        return times


def show(title: str, names: tuple[str, str], small: Times, large: Times) -> None:
    """One pair and its ratios."""
    print(f"{title:24} {names[0]:>8} {names[1]:>8} {'ratio':>6}")
    for what, few, many in (
        ("one service changed", statistics.median(small.changed), statistics.median(large.changed)),
        ("  by Git alone", statistics.median(small.by_git), statistics.median(large.by_git)),
        ("nothing changed", statistics.median(small.idle), statistics.median(large.idle)),
        ("the first sync", small.first, large.first),
        ("  by Git alone", small.first_by_git, large.first_by_git),
    ):
        print(f"  {what:22} {few * 1000:8.1f} {many * 1000:8.1f} {many / few:6.2f}")


def main(rounds: int) -> None:
    """Measure and print."""
    few, many = asyncio.run(measure([(10, 1), (1000, 1)], rounds))
    show("services, milliseconds", ("10", "1000"), few, many)
    short, long = asyncio.run(measure([(10, 10), (10, 10_000)], rounds))
    show("commits, milliseconds", ("10", "10000"), short, long)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
