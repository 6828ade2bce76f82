"""The host's ssh, ended with the talk that it was started for."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dulwich.client import SubprocessSSHVendor, SubprocessWrapper

from composia.errors import Invalid


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

    def check(self) -> None:
        """Name what ssh would pass over or not say clearly. `Invalid` for a file that cannot be used."""
        if self.key_file:
            mode = _mode(self.key_file, "ssh_key_file")
            if mode & 0o077 and self.key_file.stat().st_uid == os.geteuid():
                message = f"others may read this ssh_key_file (mode {mode & 0o777:o}), so ssh does not use it"
                raise Invalid(message, where=str(self.key_file), hint=f"chmod 600 {self.key_file}")
        if self.known_hosts_file:
            _mode(self.known_hosts_file, "known_hosts_file")


def _mode(path: Path, key: str) -> int:
    try:
        with path.open("rb"):
            return path.stat().st_mode
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Invalid(f"{key} cannot be read: {reason}", where=str(path), hint=f"correct source.{key}") from error


def explain_ssh(said: str, key_file: Path | None, known_hosts_file: Path | None) -> tuple[str, str]:
    """What ssh or the host said before it hung up, in short, and what helps."""
    hosts = str(known_hosts_file or "~/.ssh/known_hosts")
    low = said.lower()
    if "host identification has changed" in low:
        hint = f"somebody may be in between; if the host was renewed, replace its line in {hosts}"
        return "the host shows another key than the known one", hint
    if "host key verification failed" in low or "host key is known" in low:
        hint = f"compare what ssh-keyscan prints with what the host's owner publishes, and put it into {hosts}"
        return "the host's key is not known", hint
    if "permission denied" in low:
        hint = (
            f"give the host the public half of {key_file}, and let that file have no passphrase"
            if key_file
            else "set ssh_key_file"
        )
        return "the host refuses the key and the user", hint
    if "not appear to be a git repository" in low or "repository not found" in low:
        return "there is no Git repository", "check url; some hosts say so also to a key that may not read it"
    if "could not resolve hostname" in low:
        return "the host is not found", "check url and the name servers of this machine"
    if "connection refused" in low:
        return "connection refused", "check url and its port"
    if "timed out" in low:
        return "no answer in time", "check url and the network, or raise timeout_s"
    return said, ""


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
