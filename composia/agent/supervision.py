"""What the executor may say to and ask of the agent while it works on an attempt."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from composia.agent.attempts import GATHER_S, Attempts
from composia.agent.journal import AttemptJournal
from composia.agent.stop import Stop
from composia.clock import Clock
from composia.core.session import StepReport
from composia.core.step import StepName, StepState
from composia.points import Reached

log = logging.getLogger(__name__)


class AttemptSupervision:
    """The supervision of one attempt: its steps go into the journal, and from there to the server."""

    def __init__(self, journal: AttemptJournal, stop: Stop, attempts: Attempts, clock: Clock, reached: Reached) -> None:
        self._journal = journal
        self._stop = stop
        self._attempts = attempts
        self._clock = clock
        self._reached = reached

    @asynccontextmanager
    async def step(self, name: StepName) -> AsyncIterator[None]:
        """Report a step around a block: running, then succeeded, or failed with the error's text.

        A block that is cancelled, because the agent stops, reports nothing: the step is taken up again.
        """
        began = self._clock.monotonic()
        await self._report(name, StepState.RUNNING, 0.0)
        self._reached(f"{name} begun")
        try:
            yield
        except Exception as error:
            await self._report(name, StepState.FAILED, self._clock.monotonic() - began, str(error))
            raise
        await self._report(name, StepState.SUCCEEDED, self._clock.monotonic() - began)
        self._reached(f"{name} ended")

    async def skip(self, name: StepName, note: str) -> None:
        """Report a step that is not needed, and why."""
        await self._report(name, StepState.SKIPPED, 0.0, note)

    def say(self, line: str) -> None:
        """Append a line of Composia's own to the attempt's output."""
        with self._journal.output.open("ab") as output:
            output.write(line.encode(errors="replace") + b"\n")

    async def cancelled(self) -> None:
        """Return once the attempt is to be ended."""
        await self._stop.wait()

    async def _report(self, name: StepName, state: StepState, elapsed_s: float, note: str = "") -> None:
        log.info("step", extra={"attempt": str(self._journal.attempt), "step": name.value, "state": state.value})
        report = StepReport(name=name, state=state, elapsed_ms=round(elapsed_s * 1000), note=note)
        await self._journal.soon(self._journal.step, report)
        self._attempts.bell.ring_within(GATHER_S)
