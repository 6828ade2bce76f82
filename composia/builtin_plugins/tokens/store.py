"""The tokens: who they let in, and how they come and go."""

import asyncio
import hmac
import secrets
from dataclasses import replace
from pathlib import Path

import anyio.to_thread

from composia.builtin_plugins.tokens.file import Entry, read_entries, write_entries
from composia.clock import Clock
from composia.core.principal import Principal, Role, TokenInfo
from composia.core.suggest import nearest, shown
from composia.core.token import ID_BYTES, PREFIX, SECRET_BYTES, NewCredential, Token, read_token
from composia.errors import ComposiaError, Conflict, Invalid, NotFound, Unauthenticated
from composia.plugins.auth import Credentials
from composia.plugins.private_file import put_to_its_end

KEEP_MS = 30 * 86_400_000
"""For how long what has ended is remembered, so that its bearer hears how it has ended."""

_Entries = dict[str, Entry]


class Tokens:
    """The tokens in a file, which is replaced in one step at each change. Their order is that in which they were made."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._changing = asyncio.Lock()
        self._entries: _Entries = {entry.info.id: entry for entry in read_entries(file)}

    async def authenticate(self, credentials: Credentials) -> Principal | None:
        """The bearer of a token of ours."""
        scheme, _, text = credentials.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.startswith(PREFIX):
            return None
        token = read_token(text.strip())
        entry = self._entries.get(token.id) if token else None
        if token is None or entry is None or not hmac.compare_digest(entry.digest, token.digest):
            raise Unauthenticated("this token is not known or was revoked", hint="composia token create")
        info = entry.info
        if entry.revoked_ms:
            raise Unauthenticated("this token was revoked", hint=_hint(info))
        if info.role is not Role.JOINER and self._expired(info):
            raise Unauthenticated("this token has expired", hint=_hint(info))
        name = {Role.NODE: f"node:{info.node}", Role.JOINER: f"join:{info.id}"}.get(info.role, f"token:{info.id}")
        return Principal(id=name, role=info.role, credential=info.id, node=info.node, expires_ms=info.expires_ms)

    async def create(
        self, role: Role, *, node: str, by: str, expires_ms: int = 0, uses: int = 0
    ) -> tuple[TokenInfo, str]:
        """A new token and its text."""
        if (role is Role.NODE and not node) or (node and role not in (Role.NODE, Role.JOINER)):
            raise Invalid("a node's name goes with the role node, and only with it")
        if (role is Role.JOINER) != (uses > 0) or (role is Role.JOINER and not expires_ms):
            raise Invalid("a join token has uses and an end, and only it has uses")
        token = Token(id=secrets.token_hex(ID_BYTES), secret=secrets.token_urlsafe(SECRET_BYTES))
        info = self._info(token.id, role, node, by, expires_ms, uses)
        async with self._changing:
            await self._store({**self._entries, token.id: Entry(info=info, digest=token.digest)})
        return info, str(token)

    async def join(self, token: str, new: NewCredential, *, node: str, expires_ms: int) -> TokenInfo:
        """Take a use of a join token for a credential."""
        async with self._changing:
            if known := self._known(new):
                return known
            joiner = self._entries.get(token)
            if joiner is None or joiner.revoked_ms:
                raise Unauthenticated("this join token was revoked", hint=_hint())
            if self._expired(joiner.info):
                raise Unauthenticated("this join token has expired", hint=_hint(joiner.info))
            if not joiner.info.uses:
                raise Unauthenticated("this join token is used up", hint=_hint(joiner.info))
            used = replace(joiner, info=replace(joiner.info, uses=joiner.info.uses - 1))
            return await self._add(new, node, f"join:{token}", expires_ms, {token: used})

    async def renew(self, token: str, new: NewCredential, *, expires_ms: int) -> TokenInfo:
        """A further credential for a node."""
        async with self._changing:
            if known := self._known(new):
                return known
            old = self._entries.get(token)
            if old is None or old.revoked_ms:
                raise Unauthenticated("this token was revoked", hint=_hint())
            return await self._add(new, old.info.node, f"node:{old.info.node}", expires_ms, {})

    async def settle(self, token: str) -> tuple[TokenInfo, ...]:
        """End the credentials that this one replaces."""
        if not self._replaced(token):
            return ()
        async with self._changing:
            ended = self._replaced(token)
            await self._store({**self._entries, **{id_: self._ended(id_) for id_ in ended}})
        return tuple(self._entries[id_].info for id_ in ended)

    async def tokens(self) -> tuple[TokenInfo, ...]:
        """All tokens that are good for something, oldest first."""
        return tuple(entry.info for entry in self._entries.values() if self._good(entry))

    async def revoke(self, token: str) -> tuple[TokenInfo, ...]:
        """End a token, and what was renewed with it."""
        async with self._changing:
            entry = self._entries.get(token)
            if entry is None or entry.revoked_ms:
                raise self._unknown(token)
            ended = [token, *self._renewed(token)]
            await self._store({**self._entries, **{id_: self._ended(id_) for id_ in ended}})
        return tuple(self._entries[id_].info for id_ in ended)

    async def close(self) -> None:
        """Nothing is held open."""

    def _unknown(self, token: str) -> ComposiaError:
        """The error for an id that no token has; a whole token in the place of its id is not said back."""
        if token.startswith(PREFIX):
            whole = read_token(token)
            hint = f"composia token revoke {whole.id}" if whole else "composia token list"
            return Invalid("this is a token itself, and its id is needed", where="token", hint=hint)
        if not token:
            return Invalid("the id of a token is empty", hint="composia token list")
        good = (entry.info.id for entry in self._entries.values() if self._good(entry))
        return NotFound(f"no token {shown(token)}", hint=nearest(token, good) or "composia token list")

    def _known(self, new: NewCredential) -> TokenInfo | None:
        """The credential with that id, if it is there already."""
        entry = self._entries.get(new.id)
        if entry is None:
            return None
        if not hmac.compare_digest(entry.digest, new.digest):
            raise Conflict("there is another token with that id", where=f"token {new.id}")
        if entry.revoked_ms or self._expired(entry.info):
            raise Unauthenticated("the credential was revoked, or has expired", hint=_hint(entry.info))
        return entry.info

    async def _add(
        self, new: NewCredential, node: str, by: str, expires_ms: int, changed: dict[str, Entry]
    ) -> TokenInfo:
        info = self._info(new.id, Role.NODE, node, by, expires_ms, 0)
        await self._store({**self._entries, **changed, new.id: Entry(info=info, digest=new.digest)})
        return info

    def _info(self, id_: str, role: Role, node: str, by: str, expires_ms: int, uses: int) -> TokenInfo:
        now_ms = self._clock.now_ms()
        return TokenInfo(
            id=id_, role=role, node=node, created_ms=now_ms, created_by=by, expires_ms=expires_ms, uses=uses
        )

    def _replaced(self, token: str) -> list[str]:
        """The credentials of the same node that were made before that one, if they and it expire."""
        settled = self._entries.get(token)
        if settled is None or not settled.info.expires_ms:
            return []
        older = list(self._entries.values())[: list(self._entries).index(token)]
        return [
            entry.info.id
            for entry in older
            if entry.info.role is Role.NODE
            and entry.info.node == settled.info.node
            and entry.info.expires_ms
            and not entry.revoked_ms
        ]

    def _renewed(self, token: str) -> list[str]:
        """The credentials that the node of that one has made since."""
        info = self._entries[token].info
        newer = list(self._entries.values())[list(self._entries).index(token) + 1 :]
        return [
            entry.info.id
            for entry in newer
            if info.role is Role.NODE and entry.info.created_by == f"node:{info.node}" and not entry.revoked_ms
        ]

    def _ended(self, token: str) -> Entry:
        return replace(self._entries[token], revoked_ms=self._clock.now_ms())

    def _expired(self, info: TokenInfo) -> bool:
        return bool(info.expires_ms) and info.expires_ms <= self._clock.now_ms()

    def _good(self, entry: Entry) -> bool:
        used_up = entry.info.role is Role.JOINER and not entry.info.uses
        return not (entry.revoked_ms or used_up or self._expired(entry.info))

    async def _store(self, entries: _Entries) -> None:
        """Write first, then believe: what was answered is on disk. What ended long ago is left out, but for a node's
        credential that has only expired: if the clock was wrong about that, it is good again."""
        forgotten_ms = self._clock.now_ms() - KEEP_MS

        def forgotten(entry: Entry) -> bool:
            ended_ms = entry.revoked_ms or (entry.info.expires_ms if entry.info.role is Role.JOINER else 0)
            return 0 < ended_ms < forgotten_ms

        await put_to_its_end(self._put({id_: entry for id_, entry in entries.items() if not forgotten(entry)}))

    async def _put(self, kept: _Entries) -> None:
        await anyio.to_thread.run_sync(write_entries, self._file, list(kept.values()))
        self._entries = kept


def _hint(info: TokenInfo | None = None) -> str:
    """How to get another one in its place."""
    if info and info.role not in (Role.NODE, Role.JOINER):
        return "composia token create"
    return f"composia node join-token --node {info.node}" if info and info.node else "composia node join-token"
