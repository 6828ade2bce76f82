"""Passwords as Argon2id digests: slow on purpose, so that whoever has the file has no password yet."""

import os
import unicodedata

import anyio
import anyio.to_thread

from composia.errors import TooOften

AT_ONCE = 2
"""How many are worked out side by side: each takes 64 MiB for that time, and a good part of a processor's second."""

WAITING_MOST = 16
WAIT_S = 5.0

_MEMORY_KIB = 64 * 1024
_PASSES = 3
_LANES = 1
"""What RFC 9106 advises where memory is dear, in one lane instead of four: for several ones OpenSSL takes threads from a pool
that all share, and two digests at once then fail, or wait for each other for ever. The work is the same."""

_NOBODYS = "$argon2id$v=19$m=65536,t=3,p=1$Y29tcG9zaWEgbm9ib2R5cw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""A digest with the same costs, which no password has."""


class Passwords:
    """Makes and checks digests, in threads of their own."""

    def __init__(self) -> None:
        self._places = anyio.CapacityLimiter(AT_ONCE)

    async def digest(self, password: str) -> str:
        """The digest of a password. `TooOften` while too many are waiting."""
        self._refuse_crowds()
        return await anyio.to_thread.run_sync(_digest, _plain(password), limiter=self._places)

    async def matches(self, password: str, digest: str | None) -> bool:
        """Whether it is the password of that digest; None takes the same work and is no password's. `TooOften` while too
        many are waiting."""
        self._refuse_crowds()
        return await anyio.to_thread.run_sync(_matches, _plain(password), digest or _NOBODYS, limiter=self._places)

    def _refuse_crowds(self) -> None:
        if self._places.statistics().tasks_waiting >= WAITING_MOST:
            raise TooOften("too many sign in at this moment", hint=f"try again in {WAIT_S:g} s", wait_s=WAIT_S)


def _plain(password: str) -> bytes:
    """As bytes that are the same from every keyboard: a letter with an accent may come in one piece or in two."""
    return unicodedata.normalize("NFC", password).encode()


def _digest(password: bytes) -> str:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415 - only who signs in pays for it

    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB)
    return kdf.derive_phc_encoded(password)


def _matches(password: bytes, digest: str) -> bool:
    from cryptography.exceptions import InvalidKey  # noqa: PLC0415 - only who signs in pays for it
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415

    try:
        Argon2id.verify_phc_encoded(password, digest)
    except InvalidKey:
        return False
    return True
