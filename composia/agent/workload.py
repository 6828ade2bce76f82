"""The attempts in work: at most so many at once, one a service, each to an end that is written down."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, nullcontext
from dataclasses import replace

import anyio
import anyio.abc
import anyio.to_thread

from composia.agent.attempts import Attempts
from composia.agent.bell import Bell
from composia.agent.journal import AttemptJournal, StopReason
from composia.agent.runner import Runner
from composia.agent.stop import Stop
from composia.core.session import Attempt, Finished, Run
from composia.core.task import Order, TaskError, TaskState
from composia.errors import Cancelled, TimedOut, of_the_system
from composia.plugins.executor import Outcome

log = logging.getLogger(__name__)


AGAIN_S = 1.0
"""How long it waits before it tries to write an end down once more."""


class Workload:
    """Takes orders and sees each through. `before_end` is awaited before an end is reported."""

    def __init__(
        self, runner: Runner, attempts: Attempts, before_end: Callable[[Order, Outcome], Awaitable[None]]
    ) -> None:
        self._runner = runner
        self._attempts = attempts
        self._before_end = before_end
        self._stops: dict[Attempt, Stop] = {}
        self._services: dict[str, anyio.Lock] = {}
        self._capacity = anyio.Semaphore(runner.settings.capacity)
        self._accepting = anyio.Lock()
        self._ended = Bell()
        self._tasks: anyio.abc.TaskGroup

    async def run(self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Take up what an earlier life of the agent left, then work on what is given, until cancelled."""
        async with anyio.create_task_group() as self._tasks:
            # what has children comes first, so that no other takes its place among those in work
            for journal in sorted(self._attempts.all(), key=lambda journal: not journal.begun):
                if journal.finished is None:
                    log.info("attempt taken up again", extra={"attempt": str(journal.attempt)})
                    stop = self._stops[journal.attempt] = Stop(journal.stopped)
                    self._tasks.start_soon(self._see_through, journal, stop, name=f"attempt {journal.attempt}")
            task_status.started()
            await anyio.sleep_forever()

    @property
    def given(self) -> tuple[Attempt, ...]:
        """The attempts that were given and have not ended: those too that are just being written down."""
        return tuple(self._stops)

    def give(self, run: Run) -> None:
        """Work on an order; the same attempt given again changes nothing."""
        if run.attempt not in self._stops and not self._attempts.knows(run.attempt):
            stop = self._stops[run.attempt] = Stop()
            self._tasks.start_soon(self._accept, run, stop, name=f"attempt {run.attempt}")

    def cancel(self, attempt: Attempt) -> None:
        """End an attempt's work, as a person asked for."""
        self._stop(attempt, StopReason.CANCELLED)

    def fence(self, attempt: Attempt) -> None:
        """End an attempt's work and forget it: it is no longer the task's. One that has ended only owes its output."""
        if attempt in self._stops:
            self._stop(attempt, StopReason.FENCED)
        else:
            self._tasks.start_soon(self._attempts.give_up, attempt, name=f"give up {attempt}")

    async def fence_all(self) -> None:
        """Fence all that is in work, and wait until nothing is."""
        for attempt in tuple(self._stops):
            self._stop(attempt, StopReason.FENCED)
        while self._stops:
            await self._ended.next.wait()

    def _stop(self, attempt: Attempt, reason: StopReason) -> None:
        if stop := self._stops.get(attempt):
            log.info("attempt to be ended", extra={"attempt": str(attempt), "reason": reason.value})
            stop.call(reason)
            if journal := self._attempts.find(attempt):
                self._tasks.start_soon(_note_stop, journal, reason, name=f"stop {attempt}")

    async def _accept(self, run: Run, stop: Stop) -> None:
        try:
            async with self._accepting:  # in the order in which they were given
                journal = await self._attempts.accept(run)
        except OSError as error:
            # told, it is tried again soon; untold, because the agent ends, once its lease has run out
            refused = of_the_system(error, str(self._runner.settings.data))
            log.error("attempt not accepted", extra={"attempt": str(run.attempt), "reason": str(refused)})  # noqa: TRY400
            self._attempts.decline(run.attempt, refused)
            self._done(run.attempt)
            return
        log.info("attempt accepted", extra={"attempt": str(run.attempt), "service": run.order.service})
        if stop.reason is not None:
            await _note_stop(journal, stop.reason)
        await self._see_through(journal, stop)

    async def _see_through(self, journal: AttemptJournal, stop: Stop) -> None:
        async with anyio.create_task_group() as timing:
            timing.start_soon(self._time_out, journal, name=f"deadline of {journal.attempt}")
            outcome = await self._take_turn(journal, stop)
            timing.cancel_scope.cancel()
        if stop.reason is not StopReason.FENCED:
            await self._before_end(journal.run.order, outcome)
            finished = _finish(journal, stop, outcome)
            await _write_down(journal, stop, finished)
            log.info("attempt ended", extra={"attempt": str(journal.attempt), "state": finished.state.value})
        if stop.reason is StopReason.FENCED:  # which may have come meanwhile
            await self._attempts.forget(journal.attempt)
        self._done(journal.attempt)
        await self._tidy_up(journal.attempt)

    async def _tidy_up(self, attempt: Attempt) -> None:
        try:
            await self._runner.courier.prune()
        except OSError as error:  # left there on a disk that is read-only now, a bundle does no harm
            log.warning("not tidied up", extra={"attempt": str(attempt), "reason": str(error)})

    async def _take_turn(self, journal: AttemptJournal, stop: Stop) -> Outcome:
        service = self._services.setdefault(journal.run.order.service, anyio.Lock())
        async with AsyncExitStack() as turn:
            try:
                # who had begun before a restart of the agent may have children, and cannot just leave the line
                with nullcontext() if journal.begun else stop.interrupts():
                    await turn.enter_async_context(service)
                    await turn.enter_async_context(self._capacity)
            except Cancelled as error:
                return Outcome(error=TaskError.of(error))
            return await self._runner.carry_out(journal, stop)

    async def _time_out(self, journal: AttemptJournal) -> None:
        passed_s = max(0, self._runner.clock.now_ms() - journal.given_ms) / 1000
        await anyio.sleep(max(0.0, journal.run.order.timeouts.task_s - passed_s))
        self._stop(journal.attempt, StopReason.TIMED_OUT)

    def _done(self, attempt: Attempt) -> None:
        del self._stops[attempt]
        self._ended.ring()
        self._attempts.bell.ring()


async def _note_stop(journal: AttemptJournal, reason: StopReason) -> None:
    """For the next life of the agent; this one stops the work also when the disk is full."""
    try:
        await anyio.to_thread.run_sync(journal.stop, reason)
    except OSError as error:
        log.error("stop not written", extra={"attempt": str(journal.attempt), "reason": str(error)})  # noqa: TRY400


async def _write_down(journal: AttemptJournal, stop: Stop, finished: Finished) -> None:
    """Until it is done, or nobody wants it: however full the disk is, an end is not lost, and no other attempt with it."""
    while stop.reason is not StopReason.FENCED:
        try:
            await anyio.to_thread.run_sync(journal.finish, finished)
        except OSError as error:
            log.error("end not written", extra={"attempt": str(journal.attempt), "reason": str(error)})  # noqa: TRY400
            await anyio.sleep(AGAIN_S)
        else:
            return


def _finish(journal: AttemptJournal, stop: Stop, outcome: Outcome) -> Finished:
    """The true end: what succeeded before it could be stopped has succeeded."""
    state = TaskState.SUCCEEDED
    error = outcome.error
    if error is not None:
        state = TaskState.FAILED
        if error.code == Cancelled.code and stop.reason is StopReason.CANCELLED:
            state = TaskState.CANCELLED
        if error.code == Cancelled.code and stop.reason is StopReason.TIMED_OUT:
            limit_s = journal.run.order.timeouts.task_s
            error = replace(error, code=TimedOut.code, message=f"not done within {limit_s:g} s; {error.message}")
    size = journal.output.stat().st_size
    return Finished(state=state, output_bytes=size, error=error, release=outcome.release)
