"""A server and agents as real processes on real engines, with a Git repository, and what a test does to them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.testbed.engine import Engine

COMMAND = (sys.executable, "-m", "composia")
DEADLINE_S = 120.0


def sleeper(image: str, extra: str = "") -> str:
    """A Compose file with the service `main`, which does nothing and ends at once when asked; `extra` are more lines of it."""
    return f"services:\n  main:\n    image: {image}\n    command: [/bin/fixture, sleep]\n    stop_grace_period: 10s\n{extra}"


class Failed(AssertionError):
    """A command ended with another exit code than the test expected."""


def wait_until(condition: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S) -> Any:
    """Wait for a condition, and return what it returned; fail with `what` at the deadline."""
    until = time.monotonic() + deadline_s
    while time.monotonic() < until:
        if result := condition():
            return result
        time.sleep(0.05)
    raise AssertionError(f"not within {deadline_s:.0f} s: {what}")


@dataclass(kw_only=True)
class Fleet:
    """Everything lives below `directory`; `marker` keeps the Compose projects of tests apart."""

    directory: Path
    command: tuple[str, ...] = COMMAND
    branch: str = "main"
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    engines: dict[str, Engine] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)
    url: str = ""
    program: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.repo.mkdir()
        self.git("init", "-q", "-b", self.branch)

    @property
    def repo(self) -> Path:
        """The repository's work tree."""
        return self.directory / "repo"

    @property
    def server_data(self) -> Path:
        """The server's data directory."""
        return self.directory / "server"

    def agent_data(self, node: str) -> Path:
        """An agent's data directory."""
        return self.directory / f"agent-{node}"

    def workspace(self, node: str, service: str) -> Path:
        """A service directory on a node."""
        return self.agent_data(node) / "services" / service

    # --- the repository

    def git(self, *arguments: str) -> str:
        """Run git in the repository."""
        identity = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org"}
        identity |= {key.replace("AUTHOR", "COMMITTER"): value for key, value in identity.items()}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.repo,
            env={**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, service: str, compose: str, *nodes: str, meta: str = "", **files: str) -> None:
        """Put a service into the work tree; it counts as up soon unless `meta` says otherwise. Keys of `files` are paths with `__` for `/` and `_dot_` for a dot."""
        directory = self.repo / service
        directory.mkdir(parents=True, exist_ok=True)
        if "deploy:" not in meta:
            meta += "deploy: {health: {stable_for: 300ms}}\n"
        listed = f"nodes: [{', '.join(nodes)}]\n" if nodes else ""
        (directory / "composia-meta.yaml").write_text(f"name: {service}\n{listed}{meta}")
        (directory / "compose.yaml").write_text(compose)
        for name, text in files.items():
            path = directory / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self, message: str = "a change") -> str:
        """Commit all of the work tree; returns the revision."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    # --- processes

    def start(self, name: str, *arguments: str) -> None:
        """Start Composia with arguments, as `program` if that is set; its output goes to a file."""
        with (self.directory / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*(self.program or self.command), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_server(self, *extra: str) -> None:
        """Start the server and wait until it answers. A second start listens on the same port."""
        listen = self.url.rpartition("//")[2] or self._kept_address()
        log = self.directory / "server.log"
        before = log.stat().st_size if log.exists() else 0
        self.start(
            "server", "server", "--data", str(self.server_data), "--listen", listen, "--repo", str(self.repo), *extra
        )

        def address() -> str:
            assert self.processes["server"].poll() is None, self.log("server")
            lines = log.read_bytes()[before:].decode(errors="replace").splitlines()
            return next((line.rpartition(" ")[2] for line in lines if line.startswith("Composia answers at ")), "")

        self.url = wait_until(address, "the server answers")

    def _kept_address(self) -> str:
        """An address that nobody else is given as long as we are there: we have it too, and do not listen."""
        kept = socket.socket()
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # so that the server may have it
        kept.bind(("127.0.0.1", 0))
        host, port = kept.getsockname()
        weakref.finalize(self, os.close, kept.detach())
        return f"{host}:{port}"

    def start_agent(self, node: str, engine: Engine, *extra: str, prefix: str = "", server: str = "") -> None:
        """Start an agent, with a token of its own, and wait until its node is online. `server` is the URL that it dials,
        when that is another one than ours."""
        token = self.directory / f"{node}.token"
        if not token.exists():
            token.write_text(self.cli("token", "create", "--role", "node", "--node", node, "-q"))
        self.engines[node] = engine
        self.prefixes[node] = prefix
        self.start(
            f"agent-{node}",
            "agent",
            *("--server", server or self.url, "--node", node, "--data", str(self.agent_data(node))),
            *("--token-file", str(token), "--ca-file", str(self.server_data / "ca.pem")),
            *("--docker-host", engine.docker_host),
            *(("--project-prefix", prefix) if prefix else ()),
            *extra,
        )
        wait_until(lambda: self.node(node)["state"] == "online", f"{node} is online: {self.log(f'agent-{node}')}")

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to a process that we started, and wait for its end."""
        process = self.processes.pop(name)
        process.send_signal(how)
        process.wait(DEADLINE_S)

    def log(self, name: str) -> str:
        """The last lines that a process wrote."""
        file = self.directory / f"{name}.log"
        return "\n".join(file.read_text(errors="replace").splitlines()[-200:]) if file.exists() else ""

    def end(self) -> None:
        """End all processes and remove what they deployed."""
        for name in list(self.processes):
            self.kill(name)
        for node, engine in self.engines.items():
            engine.restore()
            services = self.agent_data(node) / "services"
            for service in services.iterdir() if services.is_dir() else ():
                engine.remove_project(self.prefixes[node] + service.name)

    # --- the command line

    def run(self, *arguments: str, timeout: float = 180) -> subprocess.CompletedProcess[str]:
        """Run the command line as a person with the admin's token."""
        environment = {
            **os.environ,
            "COMPOSIA_SERVER": self.url,
            "COMPOSIA_TOKEN": (self.server_data / "admin.token").read_text().strip(),
            "COMPOSIA_CA": str(self.server_data / "ca.pem"),
        }
        return subprocess.run(
            [*self.command, *arguments], env=environment, capture_output=True, text=True, timeout=timeout, check=False
        )

    def cli(self, *arguments: str, code: int = 0) -> str:
        """Run the command line; its output. `Failed` when it ends with another exit code."""
        done = self.run(*arguments)
        if done.returncode != code:
            said = f"{' '.join(arguments)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
            logs = "\n".join(f"--- {name}\n{self.log(name)}" for name in self.processes)
            raise Failed(f"{said}\n{logs}")
        return done.stdout

    def ask(self, *arguments: str, code: int = 0) -> Any:
        """Run the command line with `-o json`."""
        return json.loads(self.cli(*arguments, "-o", "json", code=code))

    def deploy(self, *arguments: str, code: int = 0) -> Any:
        """Deploy and wait for the end; the deployments."""
        return self.ask("deploy", *arguments, code=code)["deployments"]

    def node(self, name: str) -> Any:
        """A node as `status` shows it; an empty one before it has joined."""
        nodes = {node["name"]: node for node in self.ask("status")["nodes"]}
        return nodes.get(name, {"state": ""})

    def instance(self, service: str, node: str) -> Any:
        """An instance as `status` shows it."""
        (shown,) = self.ask("status", service)["services"]
        return next(instance for instance in shown["instances"] if instance["node"] == node)

    def wait_for_state(self, service: str, node: str, state: str) -> Any:
        """Wait until an instance is shown in a state."""

        def shown() -> Any:
            instance = self.instance(service, node)
            return instance if instance["state"] == state else None

        return wait_until(shown, f"{service} on {node} is {state}")

    def containers(self, node: str, *services: str) -> dict[str, str]:
        """The ids of the running containers of services on a node, by name."""
        found: dict[str, str] = {}
        for service in services:
            listed = self.engines[node].docker(
                "ps",
                "--no-trunc",
                "--filter",
                f"label=com.docker.compose.project={service}",
                "--format",
                "{{.Names}} {{.ID}}",
            )
            found |= dict(line.split() for line in listed.splitlines())
        return found

    def errors(self, deployments: Iterable[Any]) -> list[str]:
        """The errors of the tasks of deployments."""
        return [task["error"] for deployment in deployments for task in deployment["tasks"]]
