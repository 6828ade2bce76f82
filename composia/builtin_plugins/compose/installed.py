"""Docker Compose as it is installed on this host: whether it is there, and new enough. It may change while the agent runs."""

import re
import subprocess
from pathlib import Path

import anyio.to_thread

from composia.builtin_plugins.compose.config import ComposeConfig
from composia.builtin_plugins.compose.known_errors import INSTALL_COMPOSE, OLDEST_COMPOSE
from composia.builtin_plugins.compose.program import Program, find, version_of
from composia.errors import NotPossible, TimedOut

_OLDEST = tuple(map(int, OLDEST_COMPOSE.split(".")))
_NUMBERS = re.compile(r"v?(\d+)\.(\d+)")
_Stamp = tuple[tuple[str, ...], int, int]


class Installed:
    """Looks for it each time, and asks one only once for its version. Errors: `NotPossible` when there is none that can be
    called, `TimedOut` when it does not answer."""

    def __init__(self, config: ComposeConfig) -> None:
        self._config = config
        self._known: tuple[_Stamp, str] | None = None

    async def program(self) -> Program:
        """How to call it; `NotPossible` also when it is too old."""
        program, version = await anyio.to_thread.run_sync(self._look)
        found = _NUMBERS.match(version)
        if found and tuple(map(int, found.groups())) < _OLDEST:
            raise NotPossible(
                f"Docker Compose {version} on this node is too old", where=program.words[0], hint=INSTALL_COMPOSE
            )
        return program

    async def version(self) -> str:
        """What it says of itself."""
        return (await anyio.to_thread.run_sync(self._look))[1]

    def _look(self) -> tuple[Program, str]:
        program = find(self._config)
        try:
            status = Path(program.words[0]).stat()
            stamp = (program.words, status.st_mtime_ns, status.st_ino)
            if self._known is None or self._known[0] != stamp:
                self._known = (stamp, self._ask(program))
        except OSError as error:
            raise NotPossible(
                f"Docker Compose cannot be called: {str(error.strerror).lower()}",
                where=program.words[0],
                hint=INSTALL_COMPOSE,
            ) from error
        return program, self._known[1]

    def _ask(self, program: Program) -> str:
        try:
            return version_of(program, self._config.engine_deadline_s)
        except subprocess.TimeoutExpired as error:
            limit_s = self._config.engine_deadline_s
            raise TimedOut(
                f"Docker Compose does not say its version within {limit_s:g} s", where=program.words[0]
            ) from error
        except subprocess.CalledProcessError as error:  # a docker CLI without it, mostly
            raise NotPossible(
                "there is no Docker Compose on this node", where=program.words[0], hint=INSTALL_COMPOSE
            ) from error
