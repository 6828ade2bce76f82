"""The demo's own server and agents: children with their logs in files, ended in the order that loses nothing."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from composia.errors import NotPossible, TimedOut
from composia.program import own_command

STOP_S = 20.0


@dataclass(kw_only=True)
class Processes:
    """Children by name; `directory` gets a log of each."""

    directory: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start Composia again with those arguments, in a session of its own, so that Ctrl-C reaches only us."""
        with (self.directory / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [*own_command(), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_for_line(self, name: str, begin: str, deadline_s: float = 30.0) -> str:
        """What follows `begin` in the first line of a child's log that starts with it."""
        log = self.directory / f"{name}.log"
        until = time.monotonic() + deadline_s
        while time.monotonic() < until:
            for line in log.read_text(errors="replace").splitlines():
                if line.startswith(begin):
                    return line.removeprefix(begin).strip()
            self.check()
            time.sleep(0.05)
        raise TimedOut(f"{name} did not answer within {deadline_s:.0f} s", where=str(log))

    def check(self) -> None:
        """Raise when a child has ended by itself."""
        for name, process in self.running.items():
            if process.poll() is not None:
                log = self.directory / f"{name}.log"
                last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
                raise NotPossible(f"{name} ended with {process.returncode}:\n{last}", where=str(log))

    def remember(self, file: Path, **facts: object) -> None:
        """Write down what is needed to end it all later, from another process."""
        pids = {name: process.pid for name, process in self.running.items()}
        file.write_text(json.dumps({**facts, "pids": pids}, indent=2))

    def stop(self) -> None:
        """End the agents, then the server."""
        for name in reversed(list(self.running)):
            end(self.running[name].pid)
            self.running.pop(name).wait(STOP_S)


def end(pid: int) -> None:
    """TERM, and KILL for what does not go."""
    try:
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + STOP_S
        while time.monotonic() < until:
            if _gone(pid):
                return
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _gone(pid: int) -> bool:
    """Whether a process has ended; one of ours that nobody has waited for yet counts as ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"
