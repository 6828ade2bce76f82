"""What people may ask of the repository: its state, its commits, the files of services and how they differ."""

from dataclasses import dataclass

from composia.core.file import Comparison, FileContent, FileList
from composia.core.principal import Principal
from composia.core.revision import RepositoryState, Revision
from composia.core.suggest import unknown
from composia.plugins.api import CompareRevisionsRequest, RepositoryLogRequest
from composia.plugins.queue import Page
from composia.server.comparison import compare
from composia.server.control_plane import ControlPlane
from composia.server.page_size import page_size
from composia.server.service_files import list_files, read_file


@dataclass(frozen=True)
class PeopleRepository:
    """That part of the API, as the caller `principal` has it."""

    plane: ControlPlane
    principal: Principal

    async def get_repository(self) -> RepositoryState:
        """The outcome of the last sync."""
        return self.plane.repository.state

    async def sync_repository(self) -> RepositoryState:
        """Sync now."""
        return await self.plane.repository.sync()

    async def repository_log(self, request: RepositoryLogRequest) -> Page[Revision]:
        """The newest commits, all or those that changed a service. `NotFound` for a service of which there is nothing."""
        repository, service = self.plane.repository, request.service
        page = await repository.history.page(service, page_size(request.limit), request.after)
        if service and not page.items and not page.next and not request.after and repository.head.find(service) is None:
            raise unknown("service", service, (definition.name for definition in repository.head.definitions))
        return page

    async def list_files(self, service: str, revision: str) -> FileList:
        """The paths of a service's directory."""
        return await list_files(self.plane.repository, service, revision)

    async def read_file(self, service: str, revision: str, path: str) -> FileContent:
        """A file of a service's directory."""
        return await read_file(self.plane.repository, service, revision, path)

    async def compare_revisions(self, request: CompareRevisionsRequest) -> Comparison:
        """What lies between two revisions of a service."""
        return await compare(self.plane.repository, request.service, request.older, request.newer)
