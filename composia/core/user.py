"""People who sign in with a password, and the browsers that are signed in."""

from dataclasses import dataclass
from enum import StrEnum

from composia.core.principal import Role


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who is calling, and the names of the RPCs that may be called. `user` says that it is one who has a password."""

    id: str
    role: Role
    credential: str
    expires_ms: int = 0
    may: tuple[str, ...] = ()
    user: bool = False


@dataclass(frozen=True, kw_only=True)
class UserInfo:
    """A person who signs in with a name and a password. Times are milliseconds UTC; `signed_in_ms` 0 is never."""

    name: str
    role: Role
    created_ms: int = 0
    created_by: str = ""
    signed_in_ms: int = 0


class SignInWay(StrEnum):
    """By what somebody signed in."""

    PASSWORD = "password"  # noqa: S105 - a word for people
    TOKEN = "token"  # noqa: S105 - a word for people
    LINK = "link"


@dataclass(frozen=True, kw_only=True)
class SessionInfo:
    """A browser that is signed in, without its secret. `by` is a user's name or a token's id; `used_ms` is right to within
    a minute or so; `peer` is where it was begun from, `agent` what the browser says of itself. Times are milliseconds UTC."""

    id: str
    by: str
    role: Role
    way: SignInWay
    created_ms: int = 0
    used_ms: int = 0
    expires_ms: int = 0
    peer: str = ""
    agent: str = ""
