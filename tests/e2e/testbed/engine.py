"""One node: a Docker engine in a network namespace of its own, and what can happen to it."""

import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.e2e.testbed import cgroup, mounts, network
from tests.e2e.testbed.daemon import Daemon, TestbedFailed, wait_until
from tests.e2e.testbed.place import Place
from tests.e2e.testbed.process import is_alive

# Docker's own pools end after 29 Compose projects; these hold a thousand and lie outside of the test bed's subnets.
ADDRESS_POOL = {"base": "172.16.0.0/12", "size": 24}


class UnixConnection(http.client.HTTPConnection):
    """HTTP over an engine's socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = str(path)

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclass(frozen=True, kw_only=True)
class Engine:
    """Node number `node` (1 and up) of a test bed, whose networks get their addresses from `address_pool`. Every verb
    returns when what it says is so."""

    place: Place
    node: int
    address_pool: Mapping[str, Any] = field(default_factory=lambda: ADDRESS_POOL)

    @property
    def run(self) -> Path:
        """Sockets and pid files; gone after a power loss, as /run is."""
        return self.place.run / f"n{self.node}"

    @property
    def data(self) -> Path:
        """What survives a power loss."""
        return self.place.data / f"n{self.node}"

    @property
    def socket(self) -> Path:
        """The engine's socket; every process of the machine reaches it, whatever its network."""
        return self.run / "docker.sock"

    @property
    def docker_host(self) -> str:
        """The value of DOCKER_HOST."""
        return f"unix://{self.socket}"

    @property
    def address(self) -> str:
        """Where other nodes and the machine reach the published ports."""
        return self.place.address(self.node)

    @property
    def namespace(self) -> str:
        """The node's network namespace."""
        return self.place.namespace(self.node)

    @property
    def cgroup(self) -> str:
        """Below it the node's containers."""
        return f"{self.place.cgroup}/n{self.node}"

    @property
    def dockerd(self) -> Daemon:
        """The engine's process."""
        return Daemon(pid_file=self.run / "dockerd.pid", log=self.data / "dockerd.log")

    @property
    def containerd(self) -> Daemon:
        """The process that the engine keeps its containers with."""
        return Daemon(pid_file=self.run / "containerd.pid", log=self.data / "containerd.log")

    def start(self) -> None:
        """Start the engine and wait until it answers. One that runs is left alone."""
        if self.dockerd.is_stopped():
            raise TestbedFailed(f"node {self.node} hangs; resume it, or kill it before it starts again")
        if self.dockerd.pid() is None:
            network.make_node(self.place, self.node)
            self._start_containerd()
            self._start_dockerd()
        self._wait_for(self.answers, self.dockerd)

    def stop(self) -> None:
        """End the engine in good order; its containers end too."""
        self.dockerd.stop(timeout=40)
        self.containerd.stop()

    def kill(self) -> None:
        """Let the engine crash (SIGKILL): its containers and their ports go on."""
        self.dockerd.kill()
        self.containerd.kill()

    def power_loss(self) -> None:
        """End everything on the node at once. What was mounted or in /run is gone, what was on disk stays."""
        wait_until(self._kill_all, timeout=30)
        mounts.remove(self.data)
        mounts.remove(self.run)
        self._remove_shim_sockets()
        if self.run.exists():
            shutil.rmtree(self.run)
        cgroup.remove(self.cgroup)

    def hang(self) -> None:
        """Stop the engine's clock (SIGSTOP): it accepts connections and never answers."""
        self.dockerd.send(signal.SIGSTOP)
        wait_until(self.dockerd.is_stopped, timeout=60)

    def resume(self) -> None:
        """Let a hanging engine go on."""
        self.dockerd.send(signal.SIGCONT)

    def cut(self) -> None:
        """Pull the node's network cable. The engine's socket still answers."""
        network.set_port(self.place, self.node, up=False)

    def heal(self) -> None:
        """Plug the network cable in again."""
        network.set_port(self.place, self.node, up=True)

    def restore(self) -> None:
        """Undo every fault: the engine is up and connected, with what the fault left of its containers."""
        if self.namespace in network.namespaces():
            self.heal()
        if self.dockerd.is_stopped():
            self.resume()
        self.start()

    def state(self) -> str:
        """`up`, `hung` (runs and does not answer) or `down`."""
        if self.dockerd.pid() is None:
            return "down"
        return "up" if not self.dockerd.is_stopped() and self.answers() else "hung"

    def answers(self, *, timeout: float = 2) -> bool:
        """Whether the engine answers a ping within `timeout` seconds."""
        connection = UnixConnection(self.socket, timeout)
        try:
            connection.request("GET", "/_ping")
            return connection.getresponse().read() == b"OK"
        except OSError:
            return False
        finally:
            connection.close()

    def command(self, *words: str | Path) -> list[str]:
        """The argv that runs `words` in the node's network, where `cut` cuts it off, with its DOCKER_HOST."""
        return [*network.inside(self.namespace), "env", f"DOCKER_HOST={self.docker_host}", *map(str, words)]

    def docker(self, *arguments: str, timeout: float = 60) -> str:
        """Run the docker client on this engine and return what it prints. Errors: TestbedFailed with its message."""
        done = subprocess.run(
            ["docker", "--host", self.docker_host, *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if done.returncode:
            raise TestbedFailed(f"docker {' '.join(arguments)} on node {self.node}: {done.stderr.strip()}")
        return done.stdout.strip()

    def inspect(self, container: str, template: str) -> str:
        """A field of a container, by a template of Go's: `{{.State.Status}}`."""
        return self.docker("inspect", "--format", template, container)

    def get(self, port: int, path: str = "/", *, timeout: float = 1) -> tuple[int, str] | None:
        """Try once to get a page from a published port, over the network: status and text; None without an answer."""
        connection = http.client.HTTPConnection(self.address, port, timeout=timeout)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode().strip()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def page(self, port: int, path: str = "/", *, timeout: float = 10) -> tuple[int, str]:
        """The page, as soon as somebody answers. Errors: TimeoutError."""
        answers: list[tuple[int, str]] = []

        def try_once() -> bool:
            answer = self.get(port, path)
            answers.extend([answer] if answer else [])
            return answer is not None

        wait_until(try_once, timeout=timeout)
        return answers[0]

    def remove_project(self, project: str) -> None:
        """Remove the containers, networks and volumes of a Compose project."""
        mine = ("--quiet", "--filter", f"label=com.docker.compose.project={project}")
        for kind, listing, removal in (
            ("container", ("ls", "--all"), ("rm", "--force", "--volumes")),
            ("network", ("ls",), ("rm",)),
            ("volume", ("ls",), ("rm", "--force")),
        ):
            found = self.docker(kind, *listing, *mine).split()
            if found:
                wait_until(partial(self._is_gone, kind, *removal, *found), timeout=60)

    def _is_gone(self, *removal: str) -> bool:
        try:
            self.docker(*removal)
        except TestbedFailed as failed:
            # the engine still wrote into a directory while it removed that; what is left of it goes when it is asked again
            if "directory not empty" in str(failed):
                return False
            raise
        return True

    def describe(self) -> dict[str, Any]:
        """The node for `env`."""
        return {
            "node": self.node,
            "docker_host": self.docker_host,
            "address": self.address,
            "namespace": self.namespace,
            "state": self.state(),
        }

    def _start_containerd(self) -> None:
        """Start containerd ourselves: an engine joins the machine's own wherever one runs."""
        address = self.run / "containerd.sock"
        if self.containerd.pid() is not None:
            return
        self.run.mkdir(parents=True, exist_ok=True)
        address.unlink(missing_ok=True)
        config = self.run / "containerd.toml"
        config.write_text(
            "version = 2\n"
            f'root = "{self.data}/containerd"\n'
            f'state = "{self.run}/containerd"\n'
            'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]\n'
            f'[grpc]\naddress = "{address}"\n'
        )
        self.containerd.start([*network.inside(self.namespace), "containerd", "--config", config])
        self._wait_for(address.is_socket, self.containerd)

    def _start_dockerd(self) -> None:
        # What a crash left behind would make dockerd believe that it runs already.
        pid_file = self.run / "docker.pid"
        pid_file.unlink(missing_ok=True)
        self.socket.unlink(missing_ok=True)
        config = self.run / "dockerd.json"
        config.write_text(
            json.dumps(
                {
                    "hosts": [self.docker_host],
                    "pidfile": str(pid_file),
                    "data-root": str(self.data / "docker"),
                    "exec-root": str(self.run / "exec"),
                    "containerd": str(self.run / "containerd.sock"),
                    "cgroup-parent": self.cgroup,
                    "exec-opts": ["native.cgroupdriver=cgroupfs"],
                    "default-address-pools": [self.address_pool],
                    "insecure-registries": [f"{self.place.prefix}.0/24"],
                    "registry-mirrors": [f"http://{self.place.registry}"],
                    "shutdown-timeout": 5,
                }
            )
        )
        self.dockerd.start([*network.inside(self.namespace), "dockerd", "--config-file", config])

    def _wait_for(self, condition: Callable[[], bool], daemon: Daemon) -> None:
        try:
            wait_until(lambda: condition() or daemon.pid() is None, timeout=60)
        except TimeoutError:
            raise TestbedFailed(f"node {self.node} does not answer:\n{daemon.last_lines()}") from None
        if not condition():
            raise TestbedFailed(f"node {self.node} does not start:\n{daemon.last_lines()}")

    def _remove_shim_sockets(self) -> None:
        """Remove what containerd keeps outside of every directory that one can choose: a socket for each container."""
        for container in self.data.glob("docker/containers/*"):
            key = f"{self.run}/containerd.sock/moby/{container.name}"
            Path("/run/containerd/s", hashlib.sha256(key.encode()).hexdigest()).unlink(missing_ok=True)

    def _kill_all(self) -> bool:
        """Kill what there is; whether there was nothing any more."""
        pids = {pid for pid in self._processes() if is_alive(pid)}
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not pids

    def _processes(self) -> set[int]:
        if self.namespace not in network.namespaces():
            return cgroup.processes(self.cgroup)
        return {*map(int, network.ip("netns", "pids", self.namespace).split()), *cgroup.processes(self.cgroup)}
