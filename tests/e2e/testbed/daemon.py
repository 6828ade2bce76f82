"""A program that goes on when its starter ends, found again by its pid file."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


class TestbedFailed(Exception):
    """The test bed cannot do what was asked; the text says what and what would help."""

    __test__ = False  # the name is no test's


@dataclass(frozen=True, kw_only=True)
class Daemon:
    """One such program; `pid_file` also tells its process from a stranger that got the same number."""

    pid_file: Path
    log: Path

    def start(self, command: Sequence[str | Path]) -> None:
        """Start `command` in a session of its own. Its argv must name the pid file's directory."""
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        # The shell writes its number and becomes the program: the file is there before the program is.
        script = ["setsid", "--fork", "sh", "-c", 'echo $$ >"$0" && exec "$@"', self.pid_file, *command]
        with self.log.open("ab") as log:
            self.pid_file.unlink(missing_ok=True)
            subprocess.run(script, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
        wait_until(lambda: self.pid_file.exists() and self.pid_file.read_text() != "", timeout=10)

    def pid(self) -> int | None:
        """The process, or None when it does not run."""
        try:
            pid = int(self.pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        return pid if is_alive(pid) and f"{self.pid_file.parent}/".encode() in argv(pid) else None

    def is_stopped(self) -> bool:
        """Whether the program runs and its clock stands still (SIGSTOP)."""
        pid = self.pid()
        return pid is not None and process_state(pid) == "T"

    def send(self, number: signal.Signals) -> None:
        """Send a signal; fails when the program does not run."""
        pid = self.pid()
        if pid is None:
            raise TestbedFailed(f"{self.pid_file.stem} of {self.pid_file.parent} does not run")
        os.kill(pid, number)

    def stop(self, *, timeout: float = 30) -> None:
        """Ask the program to end and wait until it has, for `timeout` seconds; then kill it. Not running is fine."""
        self._end(signal.SIGTERM, timeout)
        self.kill()

    def kill(self) -> None:
        """End the program at once. Not running is fine."""
        self._end(signal.SIGKILL, 10)
        self.pid_file.unlink(missing_ok=True)

    def last_lines(self) -> str:
        """The end of the log, for an error's text."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:]) if self.log.exists() else ""

    def _end(self, number: signal.Signals, timeout: float) -> None:
        pid = self.pid()
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        with suppress(TimeoutError):
            wait_until(lambda: not is_alive(pid), timeout=timeout)


def process_state(pid: int) -> str:
    """The kernel's letter for the state of a process, X for one that is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "X"
    return stat.rpartition(")")[2].split()[0]


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    return process_state(pid) not in "ZX"


def argv(pid: int) -> bytes:
    """The command line of a process, empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def wait_until(condition: Callable[[], bool], *, timeout: float) -> None:
    """Return when `condition` holds. Errors: TimeoutError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)
