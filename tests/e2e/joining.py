"""Hosts that join a fleet's server, and whoever stands in between."""

import contextlib
import json
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from composia.server.certificates import CertificateFiles
from tests.e2e.fleet import Fleet, wait_until

SIMULATED = ("--executor", "simulated")


def join_string(fleet: Fleet, *options: str) -> str:
    """What `composia node join-token` prints: one line."""
    (line,) = fleet.cli("node", "join-token", *options).splitlines()
    return line


def run_agent(fleet: Fleet, name: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run an agent that ends by itself, because it is refused."""
    arguments = ("agent", "--data", str(fleet.agent_data(name)), *SIMULATED, *options)
    return subprocess.run(
        [*fleet.command, *arguments], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False
    )


def start_host(fleet: Fleet, name: str, *options: str, executor: tuple[str, ...] = SIMULATED) -> None:
    """Start an agent on a host's data directory; its log and process are `agent-NAME`."""
    fleet.start(f"agent-{name}", "agent", "--data", str(fleet.agent_data(name)), *executor, *options)


def wait_online(fleet: Fleet, node: str) -> None:
    """Wait until a node is online."""
    wait_until(lambda: fleet.node(node)["state"] == "online", f"{node} is online: {fleet.log(f'agent-{node}')}")


def membership(data: Path) -> dict[str, Any]:
    """What an agent keeps of its membership; nothing before it has joined."""
    file = data / "membership.json"
    kept: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return kept


def credentials(fleet: Fleet, node: str) -> list[str]:
    """The ids of a node's tokens that are good."""
    return [token["id"] for token in fleet.ask("token", "list")["tokens"] if token["node"] == node]


def stopped(fleet: Fleet, name: str) -> None:
    """Let an agent end in good order."""
    fleet.kill(f"agent-{name}", signal.SIGTERM)


@dataclass(kw_only=True)
class InBetween:
    """Somebody with a certificate of their own, who hears what comes, and answers with `page` to whoever asks for a CA."""

    url: str
    heard: bytearray = field(default_factory=bytearray)
    greeted: threading.Event = field(default_factory=threading.Event)


@contextmanager
def in_between(files: CertificateFiles, page: bytes) -> Iterator[InBetween]:
    """Such a one, listening on a port of this machine."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    listening = socket.create_server(("127.0.0.1", 0))
    found = InBetween(url=f"https://127.0.0.1:{listening.getsockname()[1]}")
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(page), page)

    def hear(plain: socket.socket) -> None:
        plain.settimeout(30)
        found.greeted.set()
        with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as client:
            while data := client.recv(65_536):
                found.heard += data
                if found.heard.endswith(b"\r\n\r\n"):
                    client.sendall(answer)
                    return

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listening.accept()
                threading.Thread(target=hear, args=(client,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield found
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
