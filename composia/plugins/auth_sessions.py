"""What an authenticator may also be: the one that knows people by a password, and the browsers that are signed in."""

from typing import Protocol, runtime_checkable

from composia.core.principal import Principal, Role
from composia.core.user import SessionInfo, UserInfo, Visitor

COOKIE = "__Host-composia"
"""The cookie of a session. By its name a browser takes it only with Secure, for the whole host and for no other one."""

Begun = tuple[SessionInfo, str]
"""A session that has begun, and what its cookie is to hold."""


@runtime_checkable
class SessionIssuer(Protocol):
    """Promises, each tested by `composia.plugins.testing.auth_sessions`:

    1. The cookie of a session names whom it was begun for, with the session's id as its credential. It is refused from the
       moment that it is ended, has not been used for too long, or is too old.
    2. A request for a page of another site is `Forbidden` whatever its cookie is; without the cookie it is not its own.
    3. Secrets of sessions and links are kept only as digests, passwords only as slow, salted ones; none is in an error text.
    4. A name that no user has takes the work of one that a user has, and hears the same.
    5. A link signs in once, and not after its time; its use and the session that it begins are one step.
    6. What ends a user, a password or a token ends the sessions and links that came of it, in the same step.
    7. All changes survive power loss; when a session was last used is right to within a minute or so after a crash.
    """

    async def users(self) -> tuple[UserInfo, ...]:
        """All users, by name."""
        ...

    async def create_user(self, name: str, role: Role, password: str, *, by: str) -> UserInfo:
        """A new user. `Invalid` for a name, role or password that is none, `Conflict` when there is one of that name."""
        ...

    async def check_password(self, name: str, password: str) -> UserInfo:
        """The user with that name and password, else `Unauthenticated`. How often it is asked is the caller's business;
        `TooOften` only while so many ask at once that it would take too long."""
        ...

    async def set_password(self, name: str, password: str, *, keep: str = "") -> tuple[SessionInfo, ...]:
        """Give a user another password, and end the user's sessions but the one with the id `keep`: those that ended.
        `NotFound`, `Invalid`."""
        ...

    async def remove_user(self, name: str) -> tuple[UserInfo, tuple[SessionInfo, ...]]:
        """End a user with all sessions: both as they were. `NotFound`."""
        ...

    async def begin_by_password(self, name: str, password: str, visitor: Visitor) -> Begun:
        """A session of a user; errors as those of `check_password`."""
        ...

    async def begin_by_token(self, principal: Principal, visitor: Visitor) -> Begun:
        """A session of whoever has shown a token. It ends with that, and when that expires."""
        ...

    async def begin_by_link(self, link: str, visitor: Visitor) -> Begun:
        """A session for the secret of a link, which is used up by it. `Unauthenticated`."""
        ...

    async def create_link(self, principal: Principal, *, ttl_s: float, alone: bool = False) -> tuple[str, int]:
        """The secret of a link that signs in as that principal, and until when (milliseconds UTC). `alone` ends those that
        the principal had before. In a session it is as if whoever began that had asked."""
        ...

    async def sessions(self) -> tuple[SessionInfo, ...]:
        """All that are still good, the one that was used last first."""
        ...

    async def end(self, session: str) -> SessionInfo:
        """End the session with that id; `NotFound` when there is none."""
        ...

    async def end_of(self, credential: str) -> tuple[SessionInfo, ...]:
        """End what came of the token with that id, links too: the sessions that ended."""
        ...
