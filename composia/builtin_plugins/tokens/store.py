"""API tokens: `cps_ID_SECRET`. The secret has 256 random bits, so its plain SHA-256 is all that need be kept."""

import asyncio
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import anyio.to_thread
import msgspec

from composia.clock import Clock
from composia.core.principal import Principal, Role, TokenInfo
from composia.errors import Invalid, NotFound, Unauthenticated
from composia.plugins.auth import Credentials

_TOKEN = re.compile(r"cps_([0-9a-f]{12})_([0-9a-zA-Z_-]{43})")


@dataclass(frozen=True, kw_only=True)
class _Entry:
    info: TokenInfo
    digest: str


class Tokens:
    """The tokens in a file, which is replaced in one step at each change."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._changing = asyncio.Lock()
        self._entries = {entry.info.id: entry for entry in _read(file)}

    async def authenticate(self, credentials: Credentials) -> Principal | None:
        """The bearer of a token of ours."""
        scheme, _, text = credentials.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.startswith("cps_"):
            return None
        match = _TOKEN.fullmatch(text.strip())
        entry = self._entries.get(match[1]) if match else None
        if match is None or entry is None or not hmac.compare_digest(entry.digest, _digest(match[2])):
            raise Unauthenticated("this token is not known or was revoked", hint="composia token create")
        info = entry.info
        name = f"node:{info.node}" if info.role is Role.NODE else f"token:{info.id}"
        return Principal(id=name, role=info.role, credential=info.id, node=info.node)

    async def create(self, role: Role, *, node: str, by: str) -> tuple[TokenInfo, str]:
        """A new token and its text."""
        if (role is Role.NODE) != bool(node):
            raise Invalid("a node's name goes with the role node, and only with it")
        secret = secrets.token_urlsafe(32)
        info = TokenInfo(id=secrets.token_hex(6), role=role, node=node, created_ms=self._clock.now_ms(), created_by=by)
        async with self._changing:
            await self._store({**self._entries, info.id: _Entry(info=info, digest=_digest(secret))})
        return info, f"cps_{info.id}_{secret}"

    async def tokens(self) -> tuple[TokenInfo, ...]:
        """All tokens, oldest first."""
        return tuple(sorted((entry.info for entry in self._entries.values()), key=lambda info: info.created_ms))

    async def revoke(self, token: str) -> TokenInfo:
        """End a token."""
        async with self._changing:
            if token not in self._entries:
                raise NotFound(f"no token {token}", hint="composia token list")
            revoked = self._entries[token].info
            await self._store({key: entry for key, entry in self._entries.items() if key != token})
        return revoked

    async def close(self) -> None:
        """Nothing is held open."""

    async def _store(self, entries: dict[str, _Entry]) -> None:
        """Write first, then believe: what was answered is on disk."""
        await anyio.to_thread.run_sync(_write, self._file, list(entries.values()))
        self._entries = entries


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _read(file: Path) -> list[_Entry]:
    if not file.exists():
        return []
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[_Entry])
    except msgspec.MsgspecError as error:
        raise Invalid(f"the tokens cannot be read: {error}", where=str(file)) from error


def _write(file: Path, entries: list[_Entry]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(msgspec.json.encode(entries))
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    directory = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
