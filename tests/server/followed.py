"""A real Git repository, and the server's view of it."""

from pathlib import Path

from composia.builtin_plugins import git
from composia.builtin_plugins.memory.queue import MemoryQueue
from composia.clock import ManualClock
from composia.core.file import FileKind
from composia.plugins import Context
from composia.plugins.testing.source_bench import Files, Put
from composia.server.bundles import BundleStore
from composia.server.repository import Repository
from tests.builtin_plugins.git import repository as origin
from tests.server.snapshots import service


def put(*directories: str) -> dict[str, Put]:
    """Sound services in these directories."""
    texts = {path: text for directory in directories for path, text in service(directory).items()}
    return {path: Put(content=str(text).encode()) for path, text in texts.items()}


def text(content: str) -> Put:
    """A file."""
    return Put(content=content.encode())


def to(target: str) -> Put:
    """A link."""
    return Put(content=target.encode(), kind=FileKind.LINK)


class Followed:
    """A repository of people, and the server's view of it."""

    def __init__(self, root: Path) -> None:
        self.origin = origin.Repository(root / "services")
        self.bundles = BundleStore(root / "bundles")
        self.queue = MemoryQueue()
        self._root = root

    async def open(self) -> None:
        context = Context(data=self._root / "data", clock=ManualClock())
        self.source = await git.composia_source().open(git.GitConfig(url=str(self.origin.path)), context)
        self.repository = Repository(self.source, self.queue, self.bundles, ManualClock())
        await self.repository.load()

    async def push(self, files: Files, *, parents: tuple[str, ...] | None = None) -> str:
        """Commit and sync; returns the commit."""
        commit = self.origin.commit(files, parents=parents)
        await self.repository.sync()
        return commit

    @property
    def names(self) -> list[str]:
        """The services at the head."""
        return [definition.name for definition in self.repository.head.definitions]

    @property
    def problems(self) -> dict[str, list[tuple[str, str]]]:
        """Where and what, by service."""
        return {d.name: [(p.where, p.message) for p in d.problems] for d in self.repository.head.definitions}
