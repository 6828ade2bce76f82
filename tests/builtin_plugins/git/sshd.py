"""The real sshd on loopback, with keys of its own, for whoever runs the tests; nothing of the machine's own ssh is touched."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.testbed.install import Need, install, program

SSHD = (
    Need(package="openssh-server", why="Git over ssh is tried with it", is_there=program("sshd"), service="ssh"),
    Need(package="openssh-client", why="Git over ssh is tried with it", is_there=program("ssh")),
)

TRIES = 5

CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {root}/host
AuthorizedKeysFile {root}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowUsers {user}
{more}
"""


class SshServer:
    """A server that lets in whoever holds one key. Can be stopped, and started again at the same address."""

    def __init__(self, root: Path, *, accepts_protocol: bool = True) -> None:
        install(SSHD)
        root.mkdir()
        self.root = root
        self.key = make_key(root / "key")
        self.known_hosts = root / "known_hosts"
        self._more = "AcceptEnv GIT_PROTOCOL" if accepts_protocol else ""
        self._process: subprocess.Popen[str] | None = None
        self._has_listened = False
        (root / "authorized_keys").write_text(key_line(self.key))
        self.change_host_key()
        self._choose_port()

    def url(self, path: Path) -> str:
        """The address of a repository there, once it has listened."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self._port}{path}"

    def change_host_key(self) -> None:
        """Be another host from the next start on."""
        for old in self.root.glob("host*"):
            old.unlink()
        make_key(self.root / "host")

    def trust(self) -> None:
        """Write down the host's key as it is now."""
        self.known_hosts.write_text(f"[127.0.0.1]:{self._port} {key_line(self.root / 'host')}")

    def start(self) -> None:
        """Listen: at a free port, and at the same again after that."""
        for _ in range(TRIES):
            said = self._listen()
            if said is None:
                self._has_listened = True
                return
            self.stop()
            if "Address already in use" not in said:
                break
            if self._has_listened:
                time.sleep(0.5)  # a connection of somebody else has it for a while
            else:
                self._choose_port()
        raise AssertionError(f"sshd did not start: {said}")

    def stop(self) -> None:
        """Listen no longer."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()
            self._process = None

    @contextmanager
    def running(self) -> Iterator["SshServer"]:
        """Listen for a while."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def _choose_port(self) -> None:
        """One that is free now; somebody else may take it until it is listened at."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.trust()

    def _listen(self) -> str | None:
        """Try to listen; what sshd said when it cannot."""
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where sshd locks itself in; its service would make it
        config = self.root / "config"
        config.write_text(CONFIG.format(port=self._port, root=self.root, user=getpass.getuser(), more=self._more))
        command = [shutil.which("sshd") or "sshd", "-D", "-e", "-f", str(config)]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        said = []
        while line := self._process.stderr.readline():
            said.append(line)
            if line.startswith("Server listening"):
                return None
        return "".join(said)


def make_key(path: Path, *, passphrase: str = "") -> Path:
    """A new pair of keys; returns the private one's path."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", str(path)], check=True)
    return path


def key_line(private: Path) -> str:
    """The public key."""
    return private.with_name(f"{private.name}.pub").read_text()
