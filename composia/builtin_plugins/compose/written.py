"""Files of a service directory as they lie there: a container that has them mounted may have made anything of them."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO | None]:
    """A regular file, or the one that a link leads to; None for anything else, and where there is nothing.

    Links are followed wherever they lead, as Compose and the engine do it: a `.env` may be one that a person has put there. What
    keeps a deploy from being held up is that only a regular file is read, and only a bounded part of it.
    """
    if not file.is_file():  # a device is not even opened
        yield None
        return
    # it may be another one by now: a pipe is not waited for
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as found:
        yield found if stat.S_ISREG(os.fstat(found.fileno()).st_mode) else None


def beginning(file: Path, most: int) -> bytes:
    """The first bytes of a file, `most` of them at most; empty where there are none to read."""
    with opened(file) as found:
        if found is not None:
            with suppress(OSError):  # a link may lead to what only looks like a file, such as the memory of a process
                return found.read(most) or b""
    return b""
