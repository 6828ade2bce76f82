"""What lives as long as a test, or a block of one."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeAlias

from tests.e2e.testbed.engine import Engine

# Takes an engine and a Compose project, which is removed from it at the end; returns the project.
Own: TypeAlias = Callable[[Engine, str], str]


class Run(Protocol):
    """Starts a container of the fixture image, which is removed at the end; returns its id."""

    def __call__(self, engine: Engine, mode: str, *options: str) -> str:
        """Run in one of the modes of fixture.sh, with options of `docker run`."""


@contextmanager
def running(command: list[str], *, stdin: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` until the block ends, however it ends; then kill it."""
    with subprocess.Popen(command, stdin=stdin, bufsize=0) as process:
        try:
            yield process
        finally:
            process.kill()
