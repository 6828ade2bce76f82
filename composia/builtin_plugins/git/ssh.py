"""The host's ssh, ended with the talk that it was started for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dulwich.client import SubprocessSSHVendor, SubprocessWrapper


@dataclass(frozen=True, kw_only=True)
class SshOptions:
    """What ssh is told. It never asks, never trusts a host that is not known, and gives up on silence."""

    timeout_s: float
    key_file: Path | None
    known_hosts_file: Path | None

    def words(self) -> list[str]:
        """As arguments."""
        options = ["BatchMode=yes", "StrictHostKeyChecking=yes", f"ConnectTimeout={max(1, round(self.timeout_s))}"]
        options += [f"ServerAliveInterval={max(1, round(self.timeout_s / 3))}", "ServerAliveCountMax=3"]
        if self.known_hosts_file:
            options.append(f"UserKnownHostsFile={self.known_hosts_file}")
        if self.key_file:
            options += ["IdentitiesOnly=yes", f"IdentityFile={self.key_file}"]
        return [word for option in options for word in ("-o", option)]


class SshVendor(SubprocessSSHVendor):
    """Starts ssh, and remembers what it started: dulwich forgets it when the other side hangs up."""

    def __init__(self) -> None:
        self._started: list[SubprocessWrapper] = []

    def run_command(self, *args: Any, **kwargs: Any) -> SubprocessWrapper:
        """Start ssh."""
        started = super().run_command(*args, **kwargs)
        self._started.append(started)
        return started

    def close(self) -> None:
        """End what still runs."""
        for started in self._started:
            if started.proc.poll() is None:
                started.proc.kill()
            for pipe in (started.proc.stdin, started.proc.stdout, started.proc.stderr):
                assert pipe is not None
                pipe.close()
            started.proc.wait()
