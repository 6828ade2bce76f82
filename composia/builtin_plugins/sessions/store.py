"""Users, sessions and links: how they come and go, and whom a cookie names."""

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import anyio.to_thread

from composia.builtin_plugins.sessions.file import Kept, Link, Session, Source, User, read_kept, write_kept
from composia.builtin_plugins.sessions.passwords import Passwords
from composia.clock import Clock
from composia.core.principal import Principal, Role
from composia.core.suggest import unknown
from composia.core.user import SessionInfo, SignInWay, UserInfo, Visitor, check_new_password, check_user
from composia.errors import ComposiaError, Conflict, Forbidden, Unauthenticated
from composia.plugins.auth import Credentials
from composia.plugins.auth_sessions import COOKIE, Begun
from composia.plugins.private_file import put_to_its_end
from composia.plugins.same_origin import foreign_site

log = logging.getLogger(__name__)

SAVE_USE_MS = 60_000
"""How often at most is stored that sessions were used."""

LINKS_MOST = 20
"""Of one principal; of more the oldest go."""

ENDED_MOST = 10_000
"""So many sessions that have ended are remembered, for calls that were let in before and come to their point only now."""

_AGENT_LONGEST = 200
_ID_BYTES = 8
_SECRET_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Lifetime:
    """How long a session lasts without being used, and at all."""

    idle_ms: int
    longest_ms: int


class Accounts:
    """Users, sessions and links in a file, which is replaced in one step at each change."""

    def __init__(self, file: Path, clock: Clock, lifetime: Lifetime) -> None:
        self._file = file
        self._clock = clock
        self._lifetime = lifetime
        self._changing = asyncio.Lock()
        self._kept = read_kept(file)
        self._used: dict[str, int] = {}
        self._ended: deque[str] = deque(maxlen=ENDED_MOST)
        self._use_saved_ms = clock.now_ms()
        self._passwords = Passwords()

    async def authenticate(self, credentials: Credentials) -> Principal | None:
        """Whoever began the session of our cookie."""
        cookie = credentials.cookies.get(COOKIE)
        if not cookie:
            return None
        if site := foreign_site(credentials.headers):
            raise Forbidden("this was asked by a page of another site", where=site, hint="use this server's own page")
        id_, _, secret = cookie.partition("_")
        self._session(id_, secret)
        self._used[id_] = self._clock.now_ms()
        await self._save_use()
        session = self._session(id_, secret)  # it may have been ended while that was stored
        source = session.source
        return Principal(id=source.by, role=source.role, credential=id_, expires_ms=self._ends_ms(session))

    # --- users

    async def users(self) -> tuple[UserInfo, ...]:
        """All users, by name."""
        return tuple(user.info for _, user in sorted(self._kept.users.items()))

    async def create_user(self, name: str, role: Role, password: str, *, by: str) -> UserInfo:
        """A new user."""
        check_user(name, role)
        check_new_password(name, password)
        self._refuse_taken(name)
        digest = await self._passwords.digest(password)
        info = UserInfo(name=name, role=role, created_ms=self._clock.now_ms(), created_by=by)
        async with self._changing:
            self._refuse_taken(name)
            await self._store(self._kept.with_user(User(info=info, digest=digest)))
        return info

    async def check_password(self, name: str, password: str) -> UserInfo:
        """The user with that name and password."""
        return (await self._check(name, password)).info

    async def set_password(self, name: str, password: str, *, keep: str = "") -> tuple[SessionInfo, ...]:
        """Another password."""
        self._user(name)
        check_new_password(name, password)
        digest = await self._passwords.digest(password)
        async with self._changing:
            changed = self._kept.with_user(replace(self._user(name), digest=digest))
            return await self._end(changed, lambda source: source.by == name, keep)

    async def remove_user(self, name: str) -> tuple[UserInfo, tuple[SessionInfo, ...]]:
        """End a user."""
        async with self._changing:
            user = self._user(name)
            return user.info, await self._end(self._kept.without_user(name), lambda source: source.by == name)

    # --- signing in

    async def begin_by_password(self, name: str, password: str, visitor: Visitor) -> Begun:
        """A session of a user."""
        user = await self._check(name, password)
        async with self._changing:
            if (now := self._kept.users.get(name)) is None or now.digest != user.digest:  # changed meanwhile
                raise _wrong()
            info = replace(now.info, signed_in_ms=self._clock.now_ms())
            changed = self._kept.with_user(replace(now, info=info))
            return await self._begin(Source(by=name, role=info.role), SignInWay.PASSWORD, visitor, changed)

    async def begin_by_token(self, principal: Principal, visitor: Visitor) -> Begun:
        """A session of whoever has shown a token."""
        async with self._changing:
            return await self._begin(_source(principal), SignInWay.TOKEN, visitor, self._kept)

    async def begin_by_link(self, link: str, visitor: Visitor) -> Begun:
        """A session for a link."""
        digest = _digest(link)
        async with self._changing:
            found = self._kept.links.get(digest)
            if found is None or found.expires_ms <= self._clock.now_ms():
                raise Unauthenticated(
                    "this link was used, has expired, or is not known", hint="composia web prints another one"
                )
            changed = self._kept.without(links=lambda other: other.digest == digest)
            if user := changed.users.get(found.source.by):
                info = replace(user.info, signed_in_ms=self._clock.now_ms())
                changed = changed.with_user(replace(user, info=info))
            return await self._begin(found.source, SignInWay.LINK, visitor, changed)

    async def create_link(self, principal: Principal, *, ttl_s: float, alone: bool = False) -> tuple[str, int]:
        """The secret of a link."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        expires_ms = self._clock.now_ms() + round(ttl_s * 1000)
        async with self._changing:
            if principal.credential in self._ended:  # since the call was let in
                raise _over()
            session = self._kept.sessions.get(principal.credential)
            source = session.source if session else _source(principal)
            own = [link.digest for link in self._kept.links.values() if link.source.by == source.by]
            surplus = set(own if alone else own[: max(0, len(own) + 1 - LINKS_MOST)])
            changed = self._kept.without(links=lambda link: link.digest in surplus)
            await self._store(changed.with_link(Link(source=source, digest=_digest(secret), expires_ms=expires_ms)))
        return secret, expires_ms

    # --- sessions

    async def sessions(self) -> tuple[SessionInfo, ...]:
        """All that are still good."""
        good = self._infos(session for session in self._kept.sessions.values() if self._good(session))
        return tuple(sorted(good, key=lambda info: (-info.used_ms, info.id)))

    async def end(self, session: str) -> SessionInfo:
        """End a session."""
        async with self._changing:
            known = self._kept.sessions.get(session)
            if known is None or not self._good(known):
                raise unknown("session", session, ())
            (ended,) = self._infos([known])
            await self._store(self._kept.without(lambda other: other.info.id == session))
        return ended

    async def end_of(self, credential: str) -> tuple[SessionInfo, ...]:
        """End what came of a token."""
        if not credential:  # what came of a password is of no token
            return ()
        async with self._changing:  # what is being stored came of it too
            sources = [session.source for session in self._kept.sessions.values()]
            sources += [link.source for link in self._kept.links.values()]
            if not any(source.credential == credential for source in sources):
                return ()
            return await self._end(self._kept, lambda source: source.credential == credential)

    async def close(self) -> None:
        """Store when sessions were last used."""
        await self._save_use(at_once=True)

    # --- what these are made of

    def _session(self, id_: str, secret: str) -> Session:
        session = self._kept.sessions.get(id_)
        if session is None or not hmac.compare_digest(session.digest, _digest(secret)) or not self._good(session):
            raise _over()
        return session

    async def _check(self, name: str, password: str) -> User:
        user = self._kept.users.get(name)
        fits = await self._passwords.matches(password, user.digest if user else None)
        if user is None or not fits:
            raise _wrong()
        return user

    def _user(self, name: str) -> User:
        if user := self._kept.users.get(name):
            return user
        raise unknown("user", name, self._kept.users, otherwise="composia user list")

    def _refuse_taken(self, name: str) -> None:
        if name in self._kept.users:
            raise Conflict("there is a user of that name", where=f"user {name}", hint=f"composia user passwd {name}")

    async def _begin(self, source: Source, way: SignInWay, visitor: Visitor, changed: Kept) -> Begun:
        now_ms = self._clock.now_ms()
        id_, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        longest_ms = now_ms + self._lifetime.longest_ms
        info = SessionInfo(
            id=id_,
            by=source.by,
            role=source.role,
            way=way,
            created_ms=now_ms,
            used_ms=now_ms,
            expires_ms=min(source.ends_ms or longest_ms, longest_ms),
            peer=visitor.peer,
            agent=visitor.agent[:_AGENT_LONGEST],
        )
        await self._store(changed.with_session(Session(info=info, source=source, digest=_digest(secret))))
        return info, f"{id_}_{secret}"

    async def _end(self, changed: Kept, which: Callable[[Source], bool], keep: str = "") -> tuple[SessionInfo, ...]:
        """End what came of such a source, but the session with the id `keep`: the sessions that ended."""
        ended = {id_: s for id_, s in changed.sessions.items() if which(s.source) and id_ != keep}
        infos = self._infos(ended.values())
        await self._store(changed.without(lambda s: s.info.id in ended, lambda link: which(link.source)))
        return infos

    def _infos(self, sessions: Iterable[Session]) -> tuple[SessionInfo, ...]:
        return tuple(replace(session.info, used_ms=self._used_ms(session)) for session in sessions)

    def _used_ms(self, session: Session) -> int:
        return self._used.get(session.info.id, session.info.used_ms)

    def _ends_ms(self, session: Session) -> int:
        """When it ends if it is not used again."""
        info, lifetime = session.info, self._lifetime
        return min(info.expires_ms, info.created_ms + lifetime.longest_ms, self._used_ms(session) + lifetime.idle_ms)

    def _good(self, session: Session) -> bool:
        return self._ends_ms(session) > self._clock.now_ms()

    async def _save_use(self, *, at_once: bool = False) -> None:
        """Store when sessions were used, if the last time was long ago. No request fails because that cannot be stored."""
        now_ms = self._clock.now_ms()
        if not self._used or not (at_once or now_ms >= self._use_saved_ms + SAVE_USE_MS):
            return
        self._use_saved_ms = now_ms
        async with self._changing:
            try:
                await self._store(self._kept)
            except (OSError, ComposiaError) as error:
                log.warning("the use of sessions is not stored", extra={"error": str(error)})

    async def _store(self, changed: Kept) -> None:
        """Write first, then believe: what was answered is on disk. What has ended by itself is left out."""
        now_ms = self._clock.now_ms()
        kept = changed.without(lambda session: not self._good(session), lambda link: link.expires_ms <= now_ms)
        used = {
            id_: replace(session, info=replace(session.info, used_ms=self._used_ms(session)))
            for id_, session in kept.sessions.items()
        }
        await put_to_its_end(self._put(replace(kept, sessions=used)))

    async def _put(self, kept: Kept) -> None:
        await anyio.to_thread.run_sync(write_kept, self._file, kept)
        self._ended.extend(self._kept.sessions.keys() - kept.sessions.keys())
        self._kept = kept
        self._used = {id_: used_ms for id_, used_ms in self._used.items() if id_ in kept.sessions}


def _source(principal: Principal) -> Source:
    return Source(by=principal.id, role=principal.role, credential=principal.credential, ends_ms=principal.expires_ms)


def _digest(secret: str) -> str:
    """Of a secret of 256 random bits, whose plain SHA-256 is all that need be kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _over() -> ComposiaError:
    return Unauthenticated("this session has ended", hint="sign in again")


def _wrong() -> ComposiaError:
    """The same whether there is such a user or not."""
    return Unauthenticated("name or password is wrong")
