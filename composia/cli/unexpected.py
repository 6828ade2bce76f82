"""Errors that are our fault: people get one line with an id, and its text lies where who can mend it finds it."""

import logging
import os
import secrets
import traceback
from pathlib import Path

from composia.errors import Internal

log = logging.getLogger(__name__)


def unexpected(error: BaseException) -> Internal:
    """What to say of an exception that nobody foresaw. Its traceback goes to the log of a server or agent; any other
    command leaves it in a file of its own."""
    id_ = secrets.token_hex(4)
    if logging.getLogger().handlers:
        log.error("command failed", exc_info=error, extra={"id": id_})
        return Internal("internal error", hint="the log has more under this id", id=id_)
    try:
        file = _kept(id_, "".join(traceback.format_exception(error)))
    except (OSError, RuntimeError):  # no room, or no home
        return Internal(f"internal error: {type(error).__name__}", id=id_)
    return Internal("internal error", hint=f"{file} has more; please report it", id=id_)


def _kept(id_: str, text: str) -> Path:
    base = os.environ.get("XDG_STATE_HOME")
    directory = (Path(base) if base else Path.home() / ".local" / "state") / "composia"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = directory / f"error-{id_}.txt"
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    return file
