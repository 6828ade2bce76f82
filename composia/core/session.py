"""What agent and server say to each other over the one `Session` stream."""

from dataclasses import dataclass, field
from enum import StrEnum

from composia.core.check import Check
from composia.core.container import Container
from composia.core.host_object import ContainerSize, Image, Network, Volume
from composia.core.node import NodeFacts, NodeStatus, Workspace
from composia.core.release import Release
from composia.core.step import StepName, StepState
from composia.core.task import Order, TaskError, TaskState
from composia.core.tunnel import ExecTarget, LogsTarget
from composia.core.usage import ContainerUsages

PROTOCOL_MIN = 1
PROTOCOL_MAX = 1
"""The window of protocol numbers this program speaks; what lies outside is refused."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try of a task."""

    task: str
    number: int

    def __str__(self) -> str:
        return f"{self.task}.{self.number}"


# --- from the agent


@dataclass(frozen=True, kw_only=True)
class Hello:
    """The first message of an agent. `attempts` are those its journal holds without an acknowledged end, `capacity` is
    how many it works on at once."""

    node: str
    agent_id: str
    protocol_min: int = PROTOCOL_MIN
    protocol_max: int = PROTOCOL_MAX
    labels: tuple[tuple[str, str], ...] = ()
    project_prefix: str = ""
    facts: NodeFacts = field(default_factory=NodeFacts)
    attempts: tuple[Attempt, ...] = ()
    capacity: int = 4


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """Sent every few seconds. `containers` and `workspaces` are None while `inventory` (their digest) is unchanged.

    `attempts` renews the leases of what the agent is working on. `usage` is None between two readings of the containers.
    """

    number: int
    status: NodeStatus
    inventory: str
    containers: tuple[Container, ...] | None = None
    workspaces: tuple[Workspace, ...] | None = None
    attempts: tuple[Attempt, ...] = ()
    usage: ContainerUsages | None = None


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What became of containers and service directories since the inventory `before`; with these changes it is `inventory`.
    `containers` and `workspaces` are new or other than they were, `gone` the ids of containers that are no more."""

    before: str
    inventory: str
    containers: tuple[Container, ...] = ()
    gone: tuple[str, ...] = ()
    workspaces: tuple[Workspace, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of the query of that number: an error, or what it asked for. `now_ms` is the node's own clock."""

    query: int
    error: TaskError | None = None
    images: tuple[Image, ...] = ()
    volumes: tuple[Volume, ...] = ()
    networks: tuple[Network, ...] = ()
    checks: tuple[Check, ...] = ()
    now_ms: int = 0
    container_sizes: tuple[ContainerSize, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The attempt is in the agent's journal; from now on the agent answers for its end."""


@dataclass(frozen=True, kw_only=True)
class StepReport:
    """A step began or ended. `elapsed_ms` is since it began, so that clocks need not agree."""

    name: StepName
    state: StepState
    elapsed_ms: int = 0
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The true end of an attempt: succeeded, failed or cancelled. `output_bytes` is how long its output is in all."""

    state: TaskState
    output_bytes: int = 0
    error: TaskError | None = None
    release: Release | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """A numbered report of an attempt, from 1; kept by the agent and sent again until it is acknowledged. `ago_ms` is how
    long before it was sent that came about which it tells of."""

    attempt: Attempt
    number: int
    body: Accepted | StepReport | Finished
    ago_ms: int = 0


@dataclass(frozen=True, kw_only=True)
class Reports:
    """Reports of attempts, in order. Those of one attempt are committed together."""

    reports: tuple[Report, ...]


AgentMessage = Hello | Heartbeat | Reports | Changes | Answer


# --- from the server


@dataclass(frozen=True, kw_only=True)
class Welcome:
    """The answer to Hello. `database` names the server's store: an agent drops the journal of another one. In `renew_s` the
    agent is to renew its credential; None when that does not expire."""

    version: str
    database: str
    protocol: int
    heartbeat_s: float
    lease_s: float
    renew_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Run:
    """An order to carry out, as that attempt, under a lease of `lease_s` that heartbeats renew."""

    attempt: Attempt
    order: Order
    lease_s: float


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """End that attempt: TERM to its process group, grace, KILL; then report how it ended."""

    attempt: Attempt


@dataclass(frozen=True, kw_only=True)
class Fenced:
    """That attempt is no longer the task's: stop its work and forget it, report nothing."""

    attempt: Attempt


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """The report with that number and all before it are committed."""

    attempt: Attempt
    number: int


@dataclass(frozen=True, kw_only=True)
class HeartbeatReply:
    """The heartbeat arrived; `want_inventory` asks for the full lists in the next one."""

    number: int
    want_inventory: bool = False


class Subject(StrEnum):
    """What can be asked of an agent."""

    IMAGES = "images"
    VOLUMES = "volumes"
    NETWORKS = "networks"
    CHECKS = "checks"
    CONTAINER_SIZES = "container_sizes"


@dataclass(frozen=True, kw_only=True)
class Query:
    """Answer that, side by side with all else; after `deadline_s` nobody waits for it any more."""

    query: int
    subject: Subject
    deadline_s: float


@dataclass(frozen=True, kw_only=True)
class OpenTunnel:
    """Open the tunnel of that id to that target."""

    tunnel: str
    target: ExecTarget | LogsTarget


@dataclass(frozen=True, kw_only=True)
class CloseTunnel:
    """Nobody is at the other end of that tunnel any more: end it, and what runs in it."""

    tunnel: str


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Read what the containers use so often from now on, in seconds."""

    usage_s: float


@dataclass(frozen=True, kw_only=True)
class Goodbye:
    """The server ends the stream; the agent reconnects with jitter."""

    reason: str


ServerMessage = (
    Welcome | Run | Cancel | Fenced | Acknowledged | HeartbeatReply | Goodbye | Query | OpenTunnel | CloseTunnel | Pace
)


# --- beside the session


@dataclass(frozen=True, kw_only=True)
class LogBatch:
    """Bytes of an attempt's output, `data` beginning at byte `offset` of it."""

    attempt: Attempt
    offset: int
    data: bytes


@dataclass(frozen=True, kw_only=True)
class LogAck:
    """The server keeps that attempt's output up to byte `offset`."""

    attempt: Attempt
    offset: int
