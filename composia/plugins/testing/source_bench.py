"""What the contract of a source needs from whoever tests one."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from composia.core.file import FileKind
from composia.plugins.source import Source


@dataclass(frozen=True, kw_only=True)
class Put:
    """A file to be, or a link with its target as content."""

    content: bytes
    kind: FileKind = FileKind.FILE


Files = Mapping[str, Put]


class Bench(ABC):
    """The other side of a source, as those see it who work there."""

    @abstractmethod
    async def open(self) -> Source:
        """A source of this origin. Opened once more, it stands on the same data, as after a restart."""

    @abstractmethod
    def write(self, files: Files) -> None:
        """Make these all the files there are, as what follows on the last revision."""

    @abstractmethod
    def rewrite(self, files: Files) -> None:
        """The same, but as if nothing had been before (where that makes a difference)."""

    @abstractmethod
    def leave(self) -> None:
        """Be away."""

    @abstractmethod
    def come_back(self) -> None:
        """Be there again, as before."""

    @abstractmethod
    def make_ambiguous(self) -> str:
        """Make revisions until two names begin alike, for four letters at least, and return how; a sync follows."""


class BranchBench(Bench):
    """An origin with branches and tags."""

    @abstractmethod
    def branch(self, name: str) -> None:
        """Make a branch of that name, where the followed one is now."""

    @abstractmethod
    def tag(self, name: str) -> None:
        """Make a tag of that name, where the followed branch is now."""

    @abstractmethod
    def merge(self, files: Files) -> None:
        """Make these all the files there are, as a merge of a branch that had them into the followed one."""

    @abstractmethod
    def remove_branch(self) -> None:
        """Remove the branch that is followed; others stay."""


class LockedBench(Bench):
    """An origin that asks for credentials."""

    secrets: tuple[str, ...]
    """What may not be seen anywhere: the right token and the wrong one, as they are and as they stand in a URL."""

    @abstractmethod
    def lock_out(self) -> None:
        """From now on the source's credentials are wrong."""
