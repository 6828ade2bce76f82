"""A task: a deployment's part on one node. Its states, and the one function that changes them."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from composia.core.service import HealthPolicy, LogsRule
from composia.core.step import Step, Timeouts
from composia.errors import ERRORS, ComposiaError, Internal, NotPossible


class TaskKind(StrEnum):
    """The operations on one instance, and one on a node: `prune`, whose tasks have no service."""

    DEPLOY = "deploy"
    STOP = "stop"
    START = "start"
    RESTART = "restart"
    DOWN = "down"
    PRUNE = "prune"

    @property
    def repeatable(self) -> bool:
        """Whether a try that was interrupted may be made again without a person's word.

        A restart may not: nobody can tell whether it has happened, and twice is once too often.
        """
        return self is not TaskKind.RESTART


class TaskState(StrEnum):
    """Where a task is. The arrows are in `TRANSITIONS`."""

    PENDING = "pending"
    ASSIGNED = "assigned"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    SUPERSEDED = "superseded"

    @property
    def final(self) -> bool:
        """Whether nothing follows by itself. Of what is lost a person may still say how it ended."""
        return self not in (TaskState.PENDING, TaskState.ASSIGNED, TaskState.RUNNING)

    @property
    def live(self) -> bool:
        """Whether an agent holds it under a lease."""
        return self in (TaskState.ASSIGNED, TaskState.RUNNING)


TRANSITIONS: dict[TaskState, frozenset[TaskState]] = {
    TaskState.PENDING: frozenset(
        # claimed; cancelled, or its deadline passed, while it waited; a newer one of the same instance came
        {TaskState.ASSIGNED, TaskState.CANCELLED, TaskState.FAILED, TaskState.SUPERSEDED}
    ),
    TaskState.ASSIGNED: frozenset(
        # accepted; lease expired (may repeat, may not); ended before the acceptance arrived
        {
            TaskState.RUNNING,
            TaskState.PENDING,
            TaskState.LOST,
            TaskState.SUCCEEDED,
            TaskState.FAILED,
            TaskState.CANCELLED,
        }
    ),
    TaskState.RUNNING: frozenset(
        # reported; lease expired, or the engine went away (may not repeat, may repeat)
        {TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED, TaskState.LOST, TaskState.PENDING}
    ),
    # a person says how it ended, or has it done again
    TaskState.LOST: frozenset({TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED, TaskState.SUPERSEDED}),
    TaskState.SUCCEEDED: frozenset(),
    TaskState.FAILED: frozenset(),
    TaskState.CANCELLED: frozenset(),
    TaskState.SUPERSEDED: frozenset(),
}


class PruneTarget(StrEnum):
    """What a prune removes from a node: only what no container uses, and never a volume."""

    DANGLING_IMAGES = "dangling-images"
    UNUSED_IMAGES = "unused-images"
    BUILD_CACHE = "build-cache"


@dataclass(frozen=True, kw_only=True)
class TaskError:
    """Why a task failed: a code of `composia.errors`, what, where, and what would be right."""

    code: str
    message: str
    where: str = ""
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message

    @classmethod
    def of(cls, error: ComposiaError) -> "TaskError":
        """What is told of an error, elsewhere."""
        return cls(code=error.code, message=error.message, where=error.where, hint=error.hint)

    def raised(self) -> ComposiaError:
        """The error as it was raised; `Internal` for a code of another version."""
        return ERRORS.get(self.code, Internal)(self.message, where=self.where, hint=self.hint)


@dataclass(frozen=True, kw_only=True)
class Order:
    """All that an agent needs to carry out a task, stored with it, so that a retry never reads Git again.

    `project` is without the agent's prefix. `bundle` and `compose_files` are empty where the kind needs none, `service`
    and `project` in a prune. `timeouts` has no 0 in it.
    """

    kind: TaskKind
    service: str
    project: str
    revision: str = ""
    bundle: str = ""
    compose_files: tuple[str, ...] = ()
    health: HealthPolicy = field(default_factory=HealthPolicy)
    timeouts: Timeouts = field(default_factory=lambda: Timeouts(task_s=1800.0))
    pull: bool = False
    overwrite_edits: bool = False
    remove_volumes: bool = False
    prune: tuple[PruneTarget, ...] = ()
    logs: LogsRule = field(default_factory=LogsRule)


class Priority:
    """Who is served first; higher comes first."""

    BACKGROUND = 0
    SCHEDULE = 10
    PERSON = 20


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task as stored. Times are milliseconds UTC by the server's clock; 0 means not yet.

    `attempt` counts the tries and is the fencing token: a report with another number is refused.
    `reported` is the number of the last report of this attempt that was applied; `outputs` how long the output of each
    ended attempt is, so that a reader knows when it has all; -1 where nobody knows, because it was given up.
    `waiting` is said only while it is pending and is derived when it is read.
    """

    id: str
    sequence: int
    deployment: str
    service: str
    node: str
    order: Order
    state: TaskState = TaskState.PENDING
    attempt: int = 0
    priority: int = Priority.PERSON
    batch: int = 0
    created_ms: int = 0
    started_ms: int = 0
    ended_ms: int = 0
    deadline_ms: int = 0
    not_before_ms: int = 0
    lease_until_ms: int = 0
    server: str = ""
    reported: int = 0
    outputs: tuple[int, ...] = ()
    cancel_requested: bool = False
    waiting: str = ""
    error: TaskError | None = None
    steps: tuple[Step, ...] = ()

    @property
    def kind(self) -> TaskKind:
        """The operation."""
        return self.order.kind


def move(task: Task, state: TaskState, **changes: object) -> Task:
    """The task in `state`, with other fields changed too; `NotPossible` when no arrow leads there."""
    if state not in TRANSITIONS[task.state]:
        raise NotPossible(f"a task that is {task.state} cannot become {state}", where=f"task {task.id}")
    return replace(task, state=state, **changes)  # type: ignore[arg-type]


def with_step(task: Task, step: Step) -> Task:
    """The task with that step put in place of the one of the same name, or added at the end."""
    if any(known.name is step.name for known in task.steps):
        return replace(task, steps=tuple(step if known.name is step.name else known for known in task.steps))
    return replace(task, steps=(*task.steps, step))
