"""The extension point `executor`: all of Docker on a node is behind it. One is chosen."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from composia.core.check import Check
from composia.core.container import Container
from composia.core.node import NodeFacts
from composia.core.release import Release
from composia.core.session import Attempt
from composia.core.step import StepName
from composia.core.task import Order, TaskError
from composia.plugins.executor_seeing import Seeing
from composia.plugins.executor_stock import Stock
from composia.plugins.executor_talking import Commanding, Remembering


@dataclass(frozen=True, kw_only=True)
class Work:
    """One attempt as the executor gets it, its files already synced.

    `project` has the agent's prefix. `directory` is the service directory, `bundle_files` the paths in it that the
    bundle put there. `journal` is the attempt's own directory, where the executor keeps what it needs to find a
    running child again; it is there again, with all that was put in it, when an attempt is resumed after the agent
    was killed. `output` is the file that gets the task's output, opened for appending. `last` is the last release.
    """

    attempt: Attempt
    order: Order
    node: str
    project: str
    directory: Path
    bundle_files: tuple[str, ...]
    journal: Path
    output: Path
    last: Release | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Containers as they were seen by whoever began to look at `at_s`, by the event loop's clock."""

    at_s: float
    containers: tuple[Container, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How the work ended: well without `error`. `release` is what a deploy left, also when it is not healthy. `seen` are all
    containers of the project as the work itself last saw them, once it had changed them, where it did look."""

    error: TaskError | None = None
    release: Release | None = None
    seen: Seen | None = None


class Supervision(Protocol):
    """What the executor may say to and ask of the agent while it works."""

    def step(self, name: StepName) -> AbstractAsyncContextManager[None]:
        """Report a step around a block: running, then succeeded, or failed with the text of the `ComposiaError`."""
        ...

    async def skip(self, name: StepName, note: str) -> None:
        """Report a step that is not needed, and why."""
        ...

    def say(self, line: str) -> None:
        """Append a line of Composia's own to the task's output."""
        ...

    async def cancelled(self) -> None:
        """Return once a person asked for the end of this attempt; wait until then."""
        ...


class Executor(Seeing, Remembering, Commanding, Stock, Protocol):
    """Promises, each tested by `composia.plugins.testing.executor` and `executor_ends`:

    1. `run` can be called again for the same attempt after the agent was killed: it takes up the children it finds,
       starts no call twice, and reports their true end.
    2. When `run` itself is cancelled (the agent stops), children go on; only `Supervision.cancelled` ends them, the
       whole process group, TERM, grace, KILL, and only then does `run` return.
    3. What fails is an `Outcome` with an error that names the container, its exit code and its last lines where one
       is to blame; nothing is raised for it. No secret is in it.
    4. Nothing in the service directory is written or removed.
    5. Each call of an engine or a program has a deadline, in every step. An engine that is gone or hangs is an outcome
       with the code `unavailable`, which may be tried again; nothing of the attempt runs any more.
    6. A step that `Order.timeouts` limits ends there as a person would end it: `timed_out`, with the step and the limit in
       the message. One that is taken up again counts from the start of its child, where it has one.
    7. A deploy that was cancelled, or was too late, says what it left: that no container was changed, or which containers
       there are now, how they are, and whether they are new. Its release says so too, as far as containers changed.
    8. A prune says what it will remove and how large that is, then removes it, then says how much is free. It removes only
       what no container uses, also none that is stopped, and no deploy in work needs; never a volume or a network.
    9. What `Outcome.seen` shows of a project is what `inventory` would show of it: one-off containers and ports too.
    """

    async def run(self, work: Work, supervision: Supervision) -> Outcome:
        """Carry out one attempt."""
        ...

    async def inventory(self) -> tuple[Container, ...]:
        """All containers of the engine, sorted by name. `Unavailable` when it does not answer."""
        ...

    async def facts(self) -> NodeFacts:
        """Versions and size of the host; versions and the engine's id are empty while the engine does not answer."""
        ...

    async def problem(self) -> str:
        """What keeps the host from carrying out orders though its engine answers, in a line; empty when nothing does."""
        ...

    async def checks(self) -> tuple[Check, ...]:
        """What there is to say of the engine and of what it is driven with. Nothing is raised: what does not answer within its
        deadline is a check that failed."""
        ...

    async def close(self) -> None:
        """Let go of connections; children go on."""
        ...
