"""The control plane: the collaborators that use cases work with, built once by `main.py`."""

from dataclasses import dataclass, field

from composia.clock import Clock
from composia.core.deployment import Deployment
from composia.core.task import Task
from composia.core.usage import Series, UsageQuery
from composia.plugins.api import PluginInfo
from composia.plugins.metrics import Metrics
from composia.plugins.node_selector import NodeSelector
from composia.plugins.queue import Change, Queue
from composia.points import Reached, unwatched
from composia.server.asked_once import AskedOnce
from composia.server.board import Board
from composia.server.bundles import BundleStore
from composia.server.callers import Callers
from composia.server.dispatch import Dispatcher
from composia.server.ended_tasks import EndedTasks
from composia.server.fleet import Fleet
from composia.server.health import Health
from composia.server.joining import Joining
from composia.server.limits import Limits
from composia.server.logs import Logs
from composia.server.looking import Looking
from composia.server.output import TaskOutput
from composia.server.queries import Queries
from composia.server.reasons import Reasons
from composia.server.recent import RecentChanges
from composia.server.repository import Repository
from composia.server.schedules import Schedules
from composia.server.sessions import Sessions
from composia.server.sightings import Sightings
from composia.server.sign_in import SigningIn
from composia.server.tunnels import Tunnels

OpenWork = tuple[tuple[Deployment, ...], tuple[Task, ...]]
"""Deployments, and their tasks by sequence."""

PAST_S = 5.0
"""How long an answer of what services used is good: containers are read every few seconds."""


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    """Everything that the two APIs need. Seconds."""

    clock: Clock
    queue: Queue
    repository: Repository
    bundles: BundleStore
    output: TaskOutput
    logs: Logs
    metrics: Metrics
    sessions: Sessions
    sightings: Sightings
    board: Board
    looking: Looking
    tunnels: Tunnels
    queries: Queries
    dispatcher: Dispatcher
    reasons: Reasons
    selector: NodeSelector
    callers: Callers
    signing_in: SigningIn
    joining: Joining
    health: Health
    schedules: Schedules
    public_urls: tuple[str, ...]
    plugins: tuple[PluginInfo, ...] = ()
    heartbeat_s: float = 5.0
    lease_s: float = 60.0
    limits: Limits = field(default_factory=Limits)
    reached: Reached = unwatched
    past: AskedOnce[UsageQuery, tuple[Series, ...]] = field(init=False)
    """What services used, for the many who ask at once: a list of services in each open page."""
    open_work: AskedOnce[tuple[tuple[str, ...], int], OpenWork] = field(init=False)
    """What is open, or was asked for by id, after that change: for the many who come back at once."""
    recent: RecentChanges = field(default_factory=RecentChanges)
    ended: EndedTasks = field(default_factory=EndedTasks)

    def __post_init__(self) -> None:
        """Let those who hear of something tell those who show it."""
        object.__setattr__(self, "past", AskedOnce(self.clock, PAST_S))
        object.__setattr__(self, "open_work", AskedOnce(self.clock, PAST_S))
        self.repository.on_state = self.board.stir_repository
        self.sessions.on_change = self._on_session
        self.sightings.on_change = self.board.stir_node
        self.sightings.on_usage = self.board.stir_usage

    def take_change(self, change: Change) -> None:
        """Tell those whom a committed change of the queue concerns."""
        self.recent.take(change)
        self.board.stir()
        if change.task is not None:
            self.output.changed(change.task.id)
            self.ended.take(change.task)

    def _on_session(self, node: str) -> None:
        self.dispatcher.wake(node)
        self.board.stir_node(node)

    async def fleet(self) -> Fleet:
        """The state of the fleet now."""
        await self.board.refresh()
        return self.board.fleet()
