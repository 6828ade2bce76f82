"""One server a data directory: an exclusive lock that the kernel drops when its process ends, however it ends."""

import fcntl
import os
from pathlib import Path

from composia.errors import Conflict


class DirectoryLock:
    """Held from the moment it is made until `release`; `Conflict` when it is held already. Its file names the holder."""

    def __init__(self, directory: Path) -> None:
        self._file = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 32).decode("ascii", "replace").strip()
            os.close(self._file)
            raise Conflict(
                f"the data directory is in use by another server (process {holder or 'unknown'})",
                where=str(directory),
                hint="stop that server, or give this one a data directory of its own",
            ) from None
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let go of it. The file stays: if it were removed, two servers could each lock one of that name."""
        os.close(self._file)
