"""Where one test bed lives: its name, its subnet and its directories, so that several do not meet."""

from dataclasses import dataclass
from pathlib import Path

RUN = Path("/run/composia-testbed")
DATA = Path("/var/lib/composia-testbed")
CACHE = Path("/var/cache/composia-testbed")
PLACES = 512


@dataclass(frozen=True, kw_only=True)
class Place:
    """One test bed's names. `number` (0 to 511) chooses 10.98.x.0/24 or 10.99.x.0/24 and the names of its links."""

    name: str
    number: int

    @property
    def prefix(self) -> str:
        """The first three parts of every address: `10.98.7`."""
        return f"10.{98 + self.number // 256}.{self.number % 256}"

    @property
    def host(self) -> str:
        """The machine's own address on the switch, which the nodes reach."""
        return f"{self.prefix}.1"

    @property
    def registry(self) -> str:
        """How images are named everywhere in this test bed: HOST:PORT."""
        return f"{self.host}:5000"

    @property
    def host_link(self) -> str:
        """The machine's end of the cable to the switch; the kernel allows 15 characters."""
        return f"composia{self.number}"

    @property
    def switch(self) -> str:
        """The network namespace that holds the bridge."""
        return f"composia-{self.name}-switch"

    @property
    def run(self) -> Path:
        """Sockets and process ids; short, because a socket's path may have 108 characters."""
        return RUN / self.name

    @property
    def data(self) -> Path:
        """Images, containers, volumes and logs; on a real file system."""
        return DATA / self.name

    @property
    def cgroup(self) -> str:
        """Below it every container of the test bed, in every hierarchy."""
        return f"/composia-testbed-{self.name}"

    def address(self, node: int) -> str:
        """A node's address on the switch."""
        return f"{self.prefix}.{10 + node}"

    def namespace(self, node: int) -> str:
        """A node's network namespace."""
        return f"composia-{self.name}-{node}"
