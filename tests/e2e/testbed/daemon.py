"""A program that goes on when its starter ends, found again by its pid file."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.testbed import process


class TestbedFailed(Exception):
    """The test bed cannot do what was asked; the text says what and what would help."""

    __test__ = False  # the name is no test's


@dataclass(frozen=True, kw_only=True)
class Daemon:
    """One such program, known by the identity of its process, which `pid_file` holds."""

    pid_file: Path
    log: Path

    def start(self, command: Sequence[str | Path]) -> None:
        """Start `command` in a session of its own."""
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        # The shell writes down what it is, then becomes the program.
        become = 'echo "$$-$(cut -d " " -f 22 /proc/$$/stat)" >"$0.new" && mv "$0.new" "$0" && exec "$@"'
        with self.log.open("ab") as log:
            self.pid_file.unlink(missing_ok=True)
            script = ["setsid", "--fork", "sh", "-c", become, self.pid_file, *command]
            subprocess.run(script, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
        wait_until(self.pid_file.exists, timeout=90)

    def pid(self) -> int | None:
        """The process, or None when it does not run."""
        try:
            return process.find(self.pid_file.read_text().strip())
        except FileNotFoundError:
            return None

    def is_stopped(self) -> bool:
        """Whether the program runs and its clock stands still (SIGSTOP), that of every thread."""
        pid = self.pid()
        return pid is not None and all(process.state(thread) == "T" for thread in process.threads(pid))

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
            wait_until(lambda: not process.is_alive(pid), timeout=timeout)


def wait_until(condition: Callable[[], bool], *, timeout: float) -> None:
    """Return when `condition` holds. Errors: TimeoutError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)
