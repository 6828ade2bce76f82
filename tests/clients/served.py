"""A real server with a simulated node, and what a client of any kind has to know to call it."""

from dataclasses import dataclass
from pathlib import Path

from tests.e2e.fleet import Fleet, wait_until

SERVICE = "composia.v1.ServerService"

WEB, PLAYED = "web", "played"
"""Services: one on the simulated node, and one on the node that a test plays itself."""

SIMULATED_NODE, PLAYED_NODE = "node-a", "node-b"

COMPOSE = "services: {app: {image: 'app:1'}}\n"


@dataclass(frozen=True, kw_only=True)
class Served:
    """Where the server is, and the tokens: of an admin, a viewer, the played node, and one that nobody gave out."""

    fleet: Fleet
    tokens: dict[str, str]

    @property
    def url(self) -> str:
        """Its one port, for clients of every kind."""
        return self.fleet.url

    @property
    def address(self) -> str:
        """Host and port."""
        return self.url.removeprefix("https://")

    @property
    def ca(self) -> Path:
        """The CA to trust."""
        return self.fleet.server_data / "ca.pem"

    def headers(self, who: str) -> dict[str, str]:
        """What a caller shows; nobody shows nothing."""
        return {"authorization": f"Bearer {self.tokens[who]}"} if who in self.tokens else {}


def start(directory: Path) -> Served:
    """Start the server and the simulated node."""
    fleet = Fleet(directory=directory)
    fleet.write(WEB, COMPOSE, SIMULATED_NODE, meta="deploy: {health: {stable_for: 0s}}\n")
    fleet.write(PLAYED, COMPOSE, PLAYED_NODE)
    fleet.commit()
    fleet.start_server()
    node_token = directory / "node-a.token"
    node_token.write_text(fleet.cli("token", "create", "--role", "node", "--node", SIMULATED_NODE, "-q"))
    fleet.start(
        "agent-node-a",
        *("agent", "--server", fleet.url, "--node", SIMULATED_NODE, "--data", str(fleet.agent_data(SIMULATED_NODE))),
        *("--token-file", str(node_token), "--ca-file", str(fleet.server_data / "ca.pem"), "--executor", "simulated"),
    )
    wait_until(lambda: fleet.node(SIMULATED_NODE)["state"] == "online", fleet.log("agent-node-a"))
    tokens = {
        "admin": (fleet.server_data / "admin.token").read_text().strip(),
        "viewer": fleet.cli("token", "create", "--role", "viewer", "-q").strip(),
        "node": fleet.cli("token", "create", "--role", "node", "--node", PLAYED_NODE, "-q").strip(),
        "stranger": f"cps_{'0' * 12}_{'s' * 43}",
    }
    return Served(fleet=fleet, tokens=tokens)
