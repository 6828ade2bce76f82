"""Carrying out one attempt, from the order to its outcome."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.to_thread

from composia.agent.attempts import Attempts
from composia.agent.bundles import Bundle
from composia.agent.courier import Courier
from composia.agent.failure import failure
from composia.agent.journal import AttemptJournal
from composia.agent.releases import Releases
from composia.agent.settings import AgentSettings
from composia.agent.stop import Stop
from composia.agent.supervision import AttemptSupervision
from composia.agent.workspace import Target, Workspaces
from composia.clock import Clock
from composia.core.step import StepName
from composia.core.task import Order, TaskKind
from composia.errors import Cancelled, TimedOut, of_the_system
from composia.plugins.executor import Executor, Outcome, Work
from composia.points import Reached, unwatched


@dataclass(kw_only=True)
class Runner:
    """What every attempt needs. One service is worked on by one attempt at a time."""

    settings: AgentSettings
    attempts: Attempts
    courier: Courier
    workspaces: Workspaces
    releases: Releases
    executor: Executor
    clock: Clock
    reached: Reached = unwatched

    async def carry_out(self, journal: AttemptJournal, stop: Stop) -> Outcome:
        """Do what was ordered. Taken up again after a restart, what was begun goes on; nothing is raised."""
        supervision = AttemptSupervision(journal, stop, self.attempts, self.clock, self.reached)
        try:
            if not journal.begun:
                await self._prepare(journal, stop, supervision)
            outcome = await self.executor.run(self._work(journal), supervision)
            await anyio.to_thread.run_sync(self._record, journal.run.order, outcome)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one attempt must neither hide its end nor end the others
            outcome = Outcome(error=failure(error, f"attempt {journal.attempt}", str(journal.directory)))
        return outcome

    async def _prepare(self, journal: AttemptJournal, stop: Stop, supervision: AttemptSupervision) -> None:
        """Bring the service's files, where the order has some, and note on top of what the work begins."""
        order, last = journal.run.order, None
        if order.kind is not TaskKind.PRUNE:
            self.workspaces.directory(order.service)
            self.workspaces.check_project(order.service, self._project(order))
            last = await anyio.to_thread.run_sync(self.releases.last, order.service)
        if order.kind is TaskKind.DEPLOY:
            target = await self._fetch(order, stop, supervision)
            # not cut short: half of a change is worse than all of it
            async with supervision.step(StepName.SYNC):
                with _at(self.workspaces.directory(order.service)):
                    edited = await anyio.to_thread.run_sync(self.workspaces.sync, target)
            if edited:
                supervision.say(f"composia: edited on this host and kept: {', '.join(edited)}")
            if stop.reason is not None:
                raise Cancelled("ended after sync; the files are in place, no container was changed")
        await journal.soon(journal.begin, last)

    async def _fetch(self, order: Order, stop: Stop, supervision: AttemptSupervision) -> Target:
        bundle = await self.courier.find(order.bundle)
        if bundle is None:
            async with supervision.step(StepName.FETCH):
                bundle = await self._fetched(order, stop)
        else:
            await supervision.skip(StepName.FETCH, "it is here already")
        return Target(
            service=order.service,
            project=self._project(order),
            revision=order.revision,
            bundle=bundle,
            overwrite_edits=order.overwrite_edits,
            logs=order.logs,
        )

    async def _fetched(self, order: Order, stop: Stop) -> Bundle:
        limit_s = order.timeouts.of(StepName.FETCH)
        with anyio.move_on_after(limit_s), stop.interrupts(), _at(self.settings.data):
            return await self.courier.fetch(order.bundle)
        raise TimedOut(f"fetch did not end within {limit_s:g} s; nothing on the node was changed")

    def _work(self, journal: AttemptJournal) -> Work:
        order = journal.run.order
        return Work(
            attempt=journal.attempt,
            order=order,
            node=self.settings.node,
            project=self._project(order),
            directory=self.workspaces.directory(order.service) if order.service else journal.executor,
            bundle_files=self.workspaces.files(order.service) if order.service else (),
            journal=journal.executor,
            output=journal.output,
            last=journal.last,
        )

    def _record(self, order: Order, outcome: Outcome) -> None:
        if outcome.release is not None:
            self.releases.keep(outcome.release)
        if order.kind is TaskKind.DOWN and outcome.error is None:
            self.releases.forget(order.service)
            self.workspaces.free_project(order.service)

    def _project(self, order: Order) -> str:
        return self.settings.project_prefix + order.project


@contextmanager
def _at(place: Path) -> Iterator[None]:
    """A block that works on a place of this host: what the system refuses there is said with its name."""
    try:
        yield
    except OSError as error:
        raise of_the_system(error, str(place)) from error
