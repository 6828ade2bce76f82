"""The server's data directory: private, and one server's at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from composia.core.principal import Role
from composia.errors import Conflict, Invalid
from composia.plugins.auth import TokenIssuer


@contextmanager
def only_server(data: Path) -> Iterator[None]:
    """Make the directory and hold it; `Conflict` while another server does."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(data / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Invalid(f"the data directory cannot be used: {error.strerror}", where=str(data)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Conflict("another server uses this data directory", where=str(data)) from error
    else:
        yield
    finally:
        os.close(lock)


async def first_token(data: Path, issuer: TokenIssuer) -> None:
    """At the first start, make the admin's token and leave it in `admin.token` (0600)."""
    if await issuer.tokens():
        return
    _, secret = await issuer.create(Role.ADMIN, node="", by="first start")
    file = os.open(data / "admin.token", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "w") as out:
        out.write(f"{secret}\n")
