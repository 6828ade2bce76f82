"""The server's data directory: private, and one server's at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from composia.core.principal import Principal, Role
from composia.data_format import check_format
from composia.errors import Conflict, Invalid, of_the_system
from composia.plugins.auth import TokenIssuer
from composia.plugins.auth_sessions import SessionIssuer

FIRST_TTL_S = 86_400.0
"""For how long the link of a first start is good."""

FORMAT = 1
"""Of everything in the directory but the queue, which has a version of its own."""

FIRST = "first sign-in"
"""Who signs in with the link of a first start. It is no name that a user can have."""

_USED = "this link was used; `composia web` prints another one"

BLANK = " " * 80
"""Longer than a token: room for one, taken before there is one."""


@contextmanager
def only_server(data: Path) -> Iterator[None]:
    """Make the directory and hold it; `Conflict` while another server does, `NotPossible` when a newer one has used it."""
    if data.exists() and not data.is_dir():
        raise Invalid("this is no directory", where=str(data), hint="--data DIR")
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(data / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        told = of_the_system(error)
        raise type(told)(
            f"the data directory cannot be used: {told.message}", where=str(data), hint=told.hint
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        check_format(data, FORMAT)
    except BlockingIOError as error:
        hint = "stop that server, or give this one a --data directory of its own"
        raise Conflict("another server uses this data directory", where=str(data), hint=hint) from error
    else:
        yield
    finally:
        os.close(lock)


async def first_token(data: Path, issuer: TokenIssuer) -> None:
    """At the first start, make the admin's token and leave it in `admin.token` (0600). Whatever ends this half way, a full
    disk for one, the next start makes it whole."""
    file = data / "admin.token"
    if await issuer.tokens() and not _is_blank(file):
        return
    _write(file, BLANK)
    _, secret = await issuer.create(Role.ADMIN, node="", by="first start")
    _write(file, secret)


async def first_sign_in(data: Path, issuer: SessionIssuer) -> str:
    """The secret of a link that signs in as an admin, as long as there is no user and no such link was ever used; else "".
    A new start makes a new one, in the place of the one before."""
    file = data / "first-sign-in"
    if await issuer.users() or (file.exists() and file.read_text("utf-8", errors="replace").strip() == _USED):
        return ""
    first = Principal(id=FIRST, role=Role.ADMIN, credential="")
    secret, _ = await issuer.create_link(first, ttl_s=FIRST_TTL_S, alone=True)
    return secret


def leave_first_sign_in(data: Path, link: str) -> Path:
    """Leave the link in `first-sign-in` (0600), for whoever can read that."""
    file = data / "first-sign-in"
    _write(file, link)
    return file


def first_sign_in_used(data: Path) -> None:
    """There is no further first sign-in. It blocks."""
    _write(data / "first-sign-in", _USED)


def _is_blank(file: Path) -> bool:
    return file.exists() and not file.read_text("utf-8", errors="replace").strip()


def _write(file: Path, text: str) -> None:
    """Write over what is there, which asks for no room once there was enough for a blank."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600), "w") as out:
        out.write(f"{text}\n")
        out.truncate()
        out.flush()
        os.fsync(out.fileno())
