"""The file of users and sessions: digests of their secrets, never these."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from composia.core.principal import Role
from composia.core.user import SessionInfo, UserInfo
from composia.errors import Invalid
from composia.plugins.private_file import put_private


@dataclass(frozen=True, kw_only=True)
class User:
    """A user; the digest is Argon2id's, with its salt and costs."""

    info: UserInfo
    digest: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """By whose right a session or a link is: the principal's id and role, and the token it came of, if it was one, with
    its end (0 is never)."""

    by: str
    role: Role
    credential: str = ""
    ends_ms: int = 0


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session."""

    info: SessionInfo
    source: Source
    digest: str


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link that was not used yet."""

    source: Source
    digest: str
    expires_ms: int


@dataclass(frozen=True, kw_only=True)
class Kept:
    """All of it: users by name, sessions by id, links by digest."""

    users: dict[str, User] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)

    def with_user(self, user: User) -> "Kept":
        """With a user, in the place of one of that name."""
        return replace(self, users={**self.users, user.info.name: user})

    def with_session(self, session: Session) -> "Kept":
        """With a session, in the place of one with that id."""
        return replace(self, sessions={**self.sessions, session.info.id: session})

    def with_link(self, link: Link) -> "Kept":
        """With a link."""
        return replace(self, links={**self.links, link.digest: link})

    def without_user(self, name: str) -> "Kept":
        """Without a user; sessions and links stay."""
        return replace(self, users={other: user for other, user in self.users.items() if other != name})

    def without(
        self,
        sessions: Callable[[Session], bool] = lambda _: False,
        links: Callable[[Link], bool] = lambda _: False,
    ) -> "Kept":
        """Without those sessions and links."""
        return replace(
            self,
            sessions={id_: session for id_, session in self.sessions.items() if not sessions(session)},
            links={digest: link for digest, link in self.links.items() if not links(link)},
        )


def read_kept(file: Path) -> Kept:
    """What is in the file; nothing where there is none. `Invalid` for a broken one."""
    if not file.exists():
        return Kept()
    try:
        return msgspec.json.decode(file.read_bytes(), type=Kept)
    except msgspec.MsgspecError as error:
        raise Invalid(f"the users cannot be read: {error}", where=str(file)) from error


def write_kept(file: Path, kept: Kept) -> None:
    """Put it in the place of what was there, so that it survives power loss."""
    put_private(file, msgspec.json.encode(kept))
