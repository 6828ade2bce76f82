"""Opening the file of the queue: the settings of a connection, and the migrations."""

from pathlib import Path

import apsw

from composia.builtin_plugins.sqlite.sql import migrations
from composia.errors import NotPossible, Unavailable

BUSY_TIMEOUT_MS = 5000


def connect(path: Path, *, read_only: bool = False) -> apsw.Connection:
    """A connection with the settings that durability needs: a commit returns once it is on the disk."""
    flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    db = apsw.Connection(str(path), flags=flags)
    db.set_busy_timeout(BUSY_TIMEOUT_MS)
    if not read_only:
        db.transaction_mode = "IMMEDIATE"
        db.pragma("journal_mode", "wal")
        db.pragma("synchronous", "full")
        db.pragma("foreign_keys", True)
    return db


def migrate(db: apsw.Connection, path: Path) -> None:
    """Bring the schema to the newest version; `NotPossible` when it is newer than this program."""
    scripts = migrations()
    version = db.pragma("user_version")
    if version > len(scripts):
        raise NotPossible(
            f"the data was written by a newer Composia (schema {version}, this one knows up to {len(scripts)})",
            where=str(path),
            hint="use that version or a newer one",
        )
    for number, script in enumerate(scripts[version:], version + 1):
        with db:
            db.execute(script)
            db.pragma("user_version", number)


_OUTSIDE = (
    apsw.BusyError,
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.FullError,
    apsw.IOError,
    apsw.NotADBError,
    apsw.PermissionsError,
    apsw.ReadOnlyError,
)


def explained(error: Exception, path: str | Path) -> Exception:
    """What is wrong with the disk or the file, said to people; any other error as it is."""
    if not isinstance(error, _OUTSIDE):
        return error
    return Unavailable(f"the store does not answer: {error}", where=str(path), hint="look at its disk and its rights")
