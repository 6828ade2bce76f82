"""The part of the tests' server that is about the repository."""

from dataclasses import dataclass, field, replace

from composia.core.file import Comparison, FileContent, FileEntry, FileKind, FileList
from composia.core.revision import RepositoryState, Revision
from composia.errors import NotFound
from composia.plugins.api import CompareRevisionsRequest, RepositoryLogRequest
from composia.plugins.queue import Page
from tests.cli import sample


@dataclass(kw_only=True)
class FakeRepository:
    """`compared` are the questions for a difference."""

    repository: RepositoryState = sample.REPOSITORY
    comparison: Comparison = sample.COMPARISON
    compared: list[CompareRevisionsRequest] = field(default_factory=list)

    async def get_repository(self) -> RepositoryState:
        """As prepared."""
        return self.repository

    async def sync_repository(self) -> RepositoryState:
        """As prepared."""
        return self.repository

    async def repository_log(self, request: RepositoryLogRequest) -> Page[Revision]:
        """The newest."""
        ids = ["", *(revision.id for revision in sample.REVISIONS)]
        later = sample.REVISIONS[ids.index(request.after) :]
        found = [one for one in later if not request.service or request.service in one.services]
        shown = tuple(found[: request.limit])
        return Page(items=shown, next=shown[-1].id if len(found) > len(shown) else "")

    async def list_files(self, service: str, revision: str) -> FileList:
        """One file, of any service."""
        files = (FileEntry(path="compose.yaml", kind=FileKind.FILE),)
        return FileList(revision=revision or sample.HEAD, directory=service, files=files)

    async def read_file(self, service: str, revision: str, path: str) -> FileContent:
        """That file."""
        if path != "compose.yaml":
            raise NotFound(f"no file {path}", where=service)
        return FileContent(revision=revision or sample.HEAD, path=path, kind=FileKind.FILE, data=b"services: {}\n")

    async def compare_revisions(self, request: CompareRevisionsRequest) -> Comparison:
        """As prepared, between the revisions that are asked for."""
        self.compared.append(request)
        return replace(self.comparison, older=request.older, newer=request.newer or sample.HEAD)
