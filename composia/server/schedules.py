"""Schedules: work that the clock asks for. What is due next is stored, so that a restart neither forgets nor repeats it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from composia.clock import Clock
from composia.core.schedule import RunOutcome, Schedule, ScheduleState, is_missed, ran
from composia.core.suggest import unknown
from composia.errors import ComposiaError, NotFound
from composia.plugins.api import ScheduleView, Started
from composia.plugins.queue import Queue
from composia.server.cron import due_after, with_jitter

log = logging.getLogger(__name__)

TICK_S = 1.0

CarryOut = Callable[[Schedule, str, str], Awaitable[Started]]
"""Does what a schedule says, under a request id, in somebody's name."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What became of one time."""

    outcome: RunOutcome
    reason: str = ""
    deployments: tuple[str, ...] = ()


class Schedules:
    """The schedules of the configuration and where they are."""

    def __init__(self, schedules: Sequence[Schedule], queue: Queue, clock: Clock) -> None:
        self._schedules = {schedule.name: schedule for schedule in schedules}
        self._queue = queue
        self._clock = clock
        self._states: dict[str, ScheduleState] = {}
        self._turn = asyncio.Lock()
        self._busy_ms = 0

    async def load(self) -> None:
        """Take up what is stored; a schedule that is new, has other times now, or was planned while the clock was ahead, is
        due next from here on."""
        stored = {state.name: state for state in await self._queue.schedules()}
        now_ms = self._clock.now_ms()
        for name, schedule in self._schedules.items():
            state = stored.get(name, ScheduleState(name=name))
            if state.when != schedule.when:
                await self._store(_planned(schedule, state, now_ms))
            else:
                self._states[name] = state
                await self._plan_again_if_ahead(schedule, now_ms)

    async def keep(self, carry_out: CarryOut) -> None:
        """Do what is due, for ever."""
        while self._schedules:
            await self.tick(carry_out)
            await asyncio.sleep(TICK_S)

    async def tick(self, carry_out: CarryOut) -> None:
        """Do what is due now."""
        now_ms, began_s = self._clock.now_ms(), self._clock.monotonic()
        for name, schedule in self._schedules.items():
            if self._states[name].next_ms > now_ms:
                await self._plan_again_if_ahead(schedule, now_ms)
                continue
            async with self._turn:
                state = self._states[name]  # a run by hand may have had its turn before
                # what passed while others had their turn, now or the last time, did not pass while the server was away
                missed = is_missed(schedule, state, now_ms - self._busy_ms)
                run = await self._run_once(schedule, state, carry_out, missed=missed)
                log.info("schedule due", extra={"schedule": name, "outcome": run.outcome, "reason": run.reason})
                # stored after the work: a crash in between asks for it again, under the same request id
                after = ran(state, run.outcome, state.next_ms, run.reason, run.deployments or state.deployments)
                await self._store(_planned(schedule, after, now_ms))
        self._busy_ms = round((self._clock.monotonic() - began_s) * 1000)

    async def _plan_again_if_ahead(self, schedule: Schedule, now_ms: int) -> None:
        """What is due later than the next time from now was planned while the clock was ahead."""
        if self._states[schedule.name].due_ms <= _next_due(schedule, self._states[schedule.name], now_ms):
            return
        async with self._turn:
            state = self._states[schedule.name]
            await self._store(_due(schedule, state, _next_due(schedule, state, now_ms)))
        log.info("schedule planned again", extra={"schedule": schedule.name, "reason": "the clock was set back"})

    async def run_now(self, name: str, carry_out: CarryOut, by: str) -> ScheduleView:
        """Do what a schedule does, out of its turn. Errors are raised, and not stored."""
        schedule = self._schedules.get(name)
        if schedule is None:
            raise unknown("schedule", name, self._schedules, otherwise="they are in the server's configuration")
        now_ms = self._clock.now_ms()
        async with self._turn:
            started = await carry_out(schedule, f"schedule:{name}:by hand:{now_ms}", by)
            run, state = _told(started), self._states[name]
            await self._store(ran(state, run.outcome, now_ms, run.reason, run.deployments or state.deployments))
        return self._view(schedule)

    def views(self) -> tuple[ScheduleView, ...]:
        """All of them, as they are configured."""
        return tuple(self._view(schedule) for schedule in self._schedules.values())

    async def _run_once(self, schedule: Schedule, state: ScheduleState, carry_out: CarryOut, *, missed: bool) -> Run:
        if missed:
            return Run(outcome=RunOutcome.SKIPPED, reason="its time passed while the server was away")
        if still := await self._still_open(state):
            return Run(outcome=RunOutcome.SKIPPED, reason=f"{still} of the last time has not ended")
        try:
            return _told(
                await carry_out(schedule, f"schedule:{schedule.name}:{state.due_ms}", f"schedule {schedule.name}")
            )
        except ComposiaError as error:
            return Run(outcome=RunOutcome.FAILED, reason=str(error))

    async def _still_open(self, state: ScheduleState) -> str:
        """The id of a deployment of the last time that has not ended; empty without one."""
        for deployment in state.deployments:
            try:
                stored = await self._queue.deployment(deployment)
            except NotFound:  # forgotten, so it had ended
                continue
            if not stored.state.final and stored.request_id != f"schedule:{state.name}:{state.due_ms}":
                return deployment
        return ""

    async def _store(self, state: ScheduleState) -> None:
        await self._queue.save_schedule(state)
        self._states[state.name] = state

    def _view(self, schedule: Schedule) -> ScheduleView:
        state = self._states[schedule.name]
        return ScheduleView(
            name=schedule.name,
            cron=schedule.cron,
            timezone=schedule.timezone,
            what=schedule.what,
            next_ms=state.next_ms,
            last_ms=state.last_ms,
            last=state.last,
            reason=state.reason,
            deployments=state.deployments,
        )


def _planned(schedule: Schedule, state: ScheduleState, now_ms: int) -> ScheduleState:
    return _due(schedule, state, due_after(schedule, max(now_ms, state.due_ms if state.when == schedule.when else 0)))


def _due(schedule: Schedule, state: ScheduleState, due_ms: int) -> ScheduleState:
    return replace(state, when=schedule.when, due_ms=due_ms, next_ms=with_jitter(schedule, due_ms))


def _next_due(schedule: Schedule, state: ScheduleState, now_ms: int) -> int:
    """The next time from now, but for the one that it has just run for: the clock may have been set back over that. Others that
    it ran for while the clock was further ahead come again, but are asked for under the request ids that they had."""
    due_ms = due_after(schedule, now_ms)
    has_run = state.last is not RunOutcome.SKIPPED and with_jitter(schedule, due_ms) == state.last_ms
    return due_after(schedule, due_ms) if has_run else due_ms


def _told(started: Started) -> Run:
    ids = tuple(view.deployment.id for view in started.deployments)
    reasons = "; ".join(f"{skipped.service}: {skipped.reason}" for skipped in started.skipped)
    if ids:
        return Run(outcome=RunOutcome.STARTED, reason=reasons, deployments=ids)
    return Run(outcome=RunOutcome.SKIPPED, reason=reasons or "nothing is to be done")
