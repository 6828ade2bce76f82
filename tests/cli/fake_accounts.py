"""The part of the tests' server that is about people and the files of services."""

from composia.core.file import Comparison, FileContent, FileList
from composia.core.principal import Role
from composia.core.user import Caller, SessionInfo, UserInfo
from composia.errors import NotPossible
from composia.plugins.api import CompareRevisionsRequest


class FakeAccounts:
    """Nothing of it is prepared yet."""

    async def get_caller(self) -> Caller:
        """An admin, by a token."""
        return Caller(id="k1", role=Role.ADMIN, credential="k1")

    async def list_files(self, service: str, revision: str) -> FileList:
        """None."""
        raise NotPossible("not prepared", where=f"{service} {revision}")

    async def read_file(self, service: str, revision: str, path: str) -> FileContent:
        """None."""
        raise NotPossible("not prepared", where=f"{service} {revision} {path}")

    async def compare_revisions(self, request: CompareRevisionsRequest) -> Comparison:
        """None."""
        raise NotPossible("not prepared", where=request.service)

    async def list_users(self) -> tuple[UserInfo, ...]:
        """None."""
        return ()

    async def create_user(self, name: str, role: Role, password: str) -> UserInfo:
        """None."""
        raise NotPossible("not prepared", where=name)

    async def set_password(self, user: str, password: str, present: str) -> UserInfo:
        """None."""
        raise NotPossible("not prepared", where=user)

    async def remove_user(self, name: str) -> UserInfo:
        """None."""
        raise NotPossible("not prepared", where=name)

    async def list_sessions(self) -> tuple[SessionInfo, ...]:
        """None."""
        return ()

    async def end_session(self, session: str) -> SessionInfo:
        """None."""
        raise NotPossible("not prepared", where=session)

    async def create_sign_in_link(self) -> tuple[str, int]:
        """None."""
        raise NotPossible("not prepared")
