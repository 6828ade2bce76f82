"""The health gate: waits until a project is up, and says clearly why it is not."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import anyio

from composia.builtin_plugins.compose.engine import Engine
from composia.builtin_plugins.compose.mask import Mask
from composia.builtin_plugins.compose.seen import Inspected
from composia.builtin_plugins.compose.verdict import Mark, Verdict, finishing, judge
from composia.clock import Clock
from composia.core.service import HealthPolicy
from composia.errors import ComposiaError, NotPossible, TimedOut
from composia.plugins.executor import Seen

LOOK_S = 0.2
"""How often a waiting gate looks again. Docker's events do not tell of a restart that is about to come."""
_LONGEST = 2000


@dataclass(frozen=True, kw_only=True)
class Passed:
    """How a project is up, in a line, and its containers as they were seen then: those of its services in full, and all."""

    how: str
    own: tuple[Inspected, ...]
    seen: Seen


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Watches one project. Times are the engine's."""

    engine: Engine
    clock: Clock
    project: str
    policy: HealthPolicy
    mask: Mask

    async def passed(self, expected: Mapping[str, int]) -> "Passed":
        """Wait until all is up, and say how. `expected` is how many containers each service has. Errors
        name the container, its exit code and its last lines: `NotPossible` as soon as one cannot come up any more,
        `TimedOut` at the deadline."""
        began = self.clock.monotonic()
        engine_ms = await self.engine.now_ms() if self.policy.stable_for_s else 0  # else no time is compared
        before: dict[str, int] = {}
        while True:
            elapsed_s = self.clock.monotonic() - began
            at_s = anyio.current_time()
            every = await self.engine.inspect(self.project, one_off=True)
            own = tuple(one for one in every if not one.one_off)
            for one in own:
                before.setdefault(one.container.id, one.container.restarts)
            verdicts = self._verdicts(own, before, engine_ms + round(elapsed_s * 1000))
            for one, verdict in verdicts:
                if verdict.mark is Mark.FAILED:
                    raise await self.failure(one, NotPossible, verdict.reason)
            waiting = [(one, verdict) for one, verdict in verdicts if verdict.mark is Mark.WAITING]
            if not waiting:
                _all_there(own, expected)
                seen = Seen(at_s=at_s, containers=tuple(one.container for one in every))
                return Passed(how=_summary(verdicts, self.policy), own=own, seen=seen)
            if elapsed_s >= self.policy.deadline_s:
                one, verdict = waiting[0]
                raise await self.failure(one, TimedOut, f"{verdict.reason} (waited {self.policy.deadline_s:g} s)")
            await anyio.sleep(LOOK_S)

    async def blamed(self) -> ComposiaError | None:
        """The error of a container that stands in the way, if one does."""
        seen = await self.engine.inspect(self.project)
        for one, verdict in self._verdicts(seen, {one.container.id: 0 for one in seen}, 0):
            if verdict.mark is Mark.FAILED or "unhealthy" in verdict.reason:
                return await self.failure(one, NotPossible, verdict.reason)
        return None

    async def failure(self, one: Inspected, kind: type[ComposiaError], reason: str) -> ComposiaError:
        """An error about a container, with its last lines."""
        lines = await self.engine.last_lines(one.container)
        told = f"it {reason}"
        if lines:
            told += "; its last lines:" + "".join(f"\n  {line}" for line in lines)[-_LONGEST:]
        return kind(self.mask.hide(told), where=f"container {one.container.name}")

    def _verdicts(
        self, seen: tuple[Inspected, ...], before: Mapping[str, int], now_ms: int
    ) -> list[tuple[Inspected, Verdict]]:
        finishes = finishing(seen)
        return [
            (
                one,
                judge(
                    one,
                    finishes=one.container.service in finishes,
                    restarts_before=before[one.container.id],
                    stable_for_s=self.policy.stable_for_s,
                    now_ms=now_ms,
                ),
            )
            for one in seen
        ]


def _all_there(seen: tuple[Inspected, ...], expected: Mapping[str, int]) -> None:
    there = Counter(one.container.service for one in seen)
    for service, count in expected.items():
        if there[service] < count:
            raise NotPossible(f"only {there[service]} of {count} containers are there", where=f"service {service}")


def _summary(verdicts: list[tuple[Inspected, Verdict]], policy: HealthPolicy) -> str:
    finished = sum(verdict.mark is Mark.FINISHED for _, verdict in verdicts)
    up = [one for one, verdict in verdicts if verdict.mark is Mark.UP]
    healthy = sum(one.has_healthcheck for one in up)
    parts = (
        (healthy, "healthy"),
        (len(up) - healthy, f"stable for {policy.stable_for_s:g} s"),
        (finished, "finished"),
    )
    return ", ".join(f"{count} {how}" for count, how in parts if count) or "no containers"
