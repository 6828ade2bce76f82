"""People who sign in with a password, and the browsers that are signed in."""

import re
from dataclasses import dataclass
from enum import StrEnum

from composia.core.principal import PEOPLE, Role
from composia.core.suggest import shown
from composia.errors import Invalid

PASSWORD_SHORTEST = 8
PASSWORD_LONGEST = 1024
"""In characters."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


def check_user(name: str, role: Role) -> None:
    """`Invalid` for what is no name of a user, or a role that no person has. No name looks like a token's or a node's."""
    if not _NAME.fullmatch(name):
        raise Invalid(
            f"{shown(name)} is no name for a user",
            where="name",
            hint="1 to 64 of a-z, 0-9 and . _ - @, the first of them a letter or digit",
        )
    if role not in PEOPLE:
        raise Invalid(f"{role} is no role for a user", where="role", hint="admin, operator or viewer")


def check_new_password(name: str, password: str) -> None:
    """`Invalid` for a password that is no good for the user of that name."""
    if not PASSWORD_SHORTEST <= len(password) <= PASSWORD_LONGEST:
        raise Invalid(
            f"a password of {len(password)} characters",
            where="password",
            hint=f"{PASSWORD_SHORTEST} to {PASSWORD_LONGEST}",
        )
    if password.casefold() == name:
        raise Invalid("the name itself is no password", where="password", hint="one that nobody guesses")


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
    """A browser that is signed in, without its secret. `by` is a user's name, or `token:` and a token's id; `used_ms` is
    right to within a minute or so; `peer` is where it was begun from, `agent` what the browser says of itself. Times are
    milliseconds UTC."""

    id: str
    by: str
    role: Role
    way: SignInWay
    created_ms: int = 0
    used_ms: int = 0
    expires_ms: int = 0
    peer: str = ""
    agent: str = ""


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who signs in, as the connection tells it: where from, and what the browser says of itself."""

    peer: str
    agent: str = ""
