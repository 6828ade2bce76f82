"""The part of the tests' server that is about people."""

from dataclasses import dataclass, field

from composia.core.principal import Role
from composia.core.suggest import unknown
from composia.core.user import Caller, SessionInfo, UserInfo
from composia.errors import NotPossible

USERS = (
    UserInfo(
        name="ada",
        role=Role.ADMIN,
        created_ms=1_700_000_000_000,
        created_by="first sign-in",
        signed_in_ms=1_700_000_060_000,
    ),
    UserInfo(name="kim", role=Role.VIEWER, created_ms=1_700_000_120_000, created_by="ada"),
)


@dataclass(kw_only=True)
class FakeAccounts:
    """`passwords` are those that were set, `removed` the names of users."""

    passwords: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)

    async def get_caller(self) -> Caller:
        """An admin, by a token."""
        return Caller(id="k1", role=Role.ADMIN, credential="k1")

    async def list_users(self) -> tuple[UserInfo, ...]:
        """An admin, and a viewer who has never come."""
        return tuple(user for user in USERS if user.name not in self.removed)

    async def create_user(self, name: str, role: Role, password: str) -> UserInfo:
        """As asked."""
        self.passwords[name] = password
        return UserInfo(name=name, role=role, created_ms=1_700_000_000_000, created_by="token:1f0c9a3b7e52")

    async def set_password(self, user: str, password: str, present: str) -> UserInfo:
        """Of a user that there is."""
        assert present == ""
        self.passwords[user] = password
        return self._user(user)

    async def remove_user(self, name: str) -> UserInfo:
        """A user that there is."""
        self.removed.append(name)
        return self._user(name)

    def _user(self, name: str) -> UserInfo:
        for user in USERS:
            if user.name == name:
                return user
        raise unknown("user", name, (user.name for user in USERS))

    async def list_sessions(self) -> tuple[SessionInfo, ...]:
        """None."""
        return ()

    async def end_session(self, session: str) -> SessionInfo:
        """None."""
        raise NotPossible("not prepared", where=session)

    async def create_sign_in_link(self) -> tuple[str, int]:
        """A link."""
        return "https://composia.test/sign-in#secret", 1_700_000_600_000
