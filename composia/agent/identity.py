"""Who this agent is: one process on one data directory, with an id that it keeps."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from composia.data_format import check_format
from composia.durable import make_private, write_durably
from composia.errors import Invalid, NotPossible

FORMAT = 1
"""Of everything in the directory: an agent that finds a higher number there cannot know what it would spoil."""


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Hold the data directory; `NotPossible` while another agent does, or when a newer one has used it. It is free again
    when the process is gone."""
    if data.exists() and not data.is_dir():
        raise Invalid("this is no directory", where=str(data), hint="--data DIR")
    make_private(data)
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NotPossible(
                "another agent runs on this data directory",
                where=str(data),
                hint="stop it, or give this one a --data directory of its own",
            ) from error
        check_format(data, FORMAT)
        yield
    finally:
        os.close(descriptor)


def agent_id(data: Path) -> str:
    """The agent's id: random, made at the first start."""
    place = data / "agent-id"
    if not place.exists():
        write_durably(place, secrets.token_hex(16).encode())
    return place.read_text().strip()
