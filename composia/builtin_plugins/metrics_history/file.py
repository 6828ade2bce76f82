"""The file of the history: opening it, and putting aside one that cannot be read."""

import logging
import time
from importlib.resources import files
from pathlib import Path

import apsw

from composia.errors import NotPossible, Unavailable

log = logging.getLogger(__name__)

VERSION = 1
PAGE_BYTES = 16_384
"""So large that rows of some kilobytes lie close to each other."""

SPOILT = (apsw.CorruptError, apsw.NotADBError, apsw.SQLError, apsw.FormatError)
"""What a file raises that is none, or not one of ours, or damaged; the last is found out only where it is read."""

_OUTSIDE = (apsw.CantOpenError, apsw.FullError, apsw.IOError, apsw.PermissionsError, apsw.ReadOnlyError, apsw.BusyError)


def open_file(path: Path) -> apsw.Connection:
    """A connection. A file that is spoilt is put aside and a new one begun, for it holds nothing that cannot be done
    without. `NotPossible` for one of a newer Composia, `Unavailable` where the disk or its rights do not let us."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return _opened(path)
        except SPOILT as error:
            put_aside(path, error)
            return _opened(path)
    except (*_OUTSIDE, OSError) as error:
        raise Unavailable(
            f"the history of metrics cannot be opened: {error}",
            where=str(path),
            hint="look at its disk and its rights, or set metrics: {provider: none}",
        ) from error


def _opened(path: Path) -> apsw.Connection:
    db = apsw.Connection(str(path))
    try:
        db.set_busy_timeout(5000)
        db.transaction_mode = "IMMEDIATE"
        _check_version(db, path)
        db.pragma("page_size", PAGE_BYTES)
        db.pragma("journal_mode", "wal")
        db.pragma("wal_autocheckpoint", 256)
        db.pragma("synchronous", "normal")  # a power cut may take the last commits, a crash of ours none
        if db.pragma("user_version") < VERSION:
            with db:
                db.execute(files(__package__ or "").joinpath("schema.sql").read_text("utf-8"))
                db.pragma("user_version", VERSION)
    except BaseException:
        db.close()
        raise
    return db


def _check_version(db: apsw.Connection, path: Path) -> None:
    version = db.pragma("user_version")
    if version > VERSION:
        raise NotPossible(
            f"the history of metrics was written by a newer Composia (form {version}, this one knows {VERSION})",
            where=str(path),
            hint="use that version or a newer one, or move the file away",
        )


def put_aside(path: Path, reason: Exception) -> None:
    """Rename a file, with what SQLite keeps beside it, and say so."""
    aside = path.with_name(f"{path.name}.broken-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}")
    for ending in ("", "-wal", "-shm"):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.replace(aside.with_name(aside.name + ending))
    log.warning(
        "the history of metrics cannot be read and is begun anew",
        extra={"file": str(path), "kept_as": str(aside), "reason": str(reason)},
    )
