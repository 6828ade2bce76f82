"""A Docker host whose agent is a process of its own, with real children that outlive it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.agent.fake_server import FakeServer

COMMAND = (sys.executable, "-m", "tests.agent.agent_process")


@dataclass
class Host:
    """A Docker host, as far as an agent can tell, and the server it talks to."""

    root: Path
    server: FakeServer = field(default_factory=FakeServer)

    @property
    def data(self) -> Path:
        return self.root / "data"

    def journals(self) -> list[str]:
        return sorted(path.name for path in (self.data / "attempts").iterdir())

    def children(self) -> list[str]:
        return (self.root / "children").read_text().splitlines()

    @asynccontextmanager
    async def agent(
        self, fatal: str = "", times: int = 1, pace_s: float = 0.02, join: str = ""
    ) -> AsyncIterator[subprocess.Popen[bytes]]:
        """The agent; with `join` one that joins by that string, or has joined and has none, which is `-`."""
        (self.root / "points").write_text("")
        arguments = [
            str(self.data),
            str(self.root / "socket"),
            str(pace_s),
            fatal,
            str(times),
            *([join] if join else []),
        ]
        with (self.root / "log").open("ab") as log:
            process = subprocess.Popen(  # noqa: ASYNC220 - it only forks
                [*COMMAND, *arguments], stdin=subprocess.PIPE, stderr=log
            )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()
            await self.server.until(lambda: not self.server.open_sessions)

    def clear(self) -> None:
        """Kill the children that a test left."""
        for pid in self.data.glob("attempts/*/executor/pid"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(int(pid.read_text()), signal.SIGKILL)
