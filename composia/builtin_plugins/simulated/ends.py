"""The end of simulated work before its own end: a person's word, or the limit of a step."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import msgspec

from composia.clock import Clock
from composia.core.container import Container
from composia.core.step import StepName
from composia.errors import Cancelled, ComposiaError, TimedOut
from composia.plugins.executor import Supervision, Work

UNCHANGED = "no container was changed"


def begun_ms(work: Work, step: StepName) -> int | None:
    """When the child of a step was first called for this attempt, in this life of the agent or an earlier one."""
    file = _file(work, step)
    return msgspec.json.decode(file.read_bytes(), type=int) if file.exists() else None


def begin(work: Work, step: StepName, now_ms: int) -> int:
    """Call the child of a step, once; when that was."""
    if (begun := begun_ms(work, step)) is not None:
        return begun
    new = _file(work, step).with_suffix(".new")
    new.write_bytes(msgspec.json.encode(now_ms))
    new.replace(_file(work, step))
    return now_ms


@asynccontextmanager
async def step(work: Work, supervision: Supervision, clock: Clock, name: StepName) -> AsyncIterator[None]:
    """A step that a person may end, with its own limit if it has one. One that is only passed again, on the way to the
    `up` that has begun, goes through."""
    cut: ComposiaError | None = None
    failed: ComposiaError | None = None
    limit_s = work.order.timeouts.of(name)

    def end(error: ComposiaError) -> None:
        nonlocal cut
        cut = cut or error
        block.cancel()

    async def cancelled() -> None:
        await supervision.cancelled()
        end(Cancelled(f"ended during {name}"))

    async def late(limit_s: float) -> None:
        now_ms = clock.now_ms()
        await anyio.sleep(max(0.0, limit_s - (now_ms - (begun_ms(work, name) or now_ms)) / 1000))
        end(TimedOut(f"{name} did not end within {limit_s:g} s"))

    async with supervision.step(name):
        async with anyio.create_task_group() as group:
            with anyio.CancelScope() as block:
                if name is not StepName.RENDER or begun_ms(work, StepName.UP) is None:
                    group.start_soon(cancelled)
                    if limit_s:
                        group.start_soon(late, limit_s)
                try:
                    yield
                except ComposiaError as error:  # a task group would wrap it
                    failed = error
            group.cancel_scope.cancel()
        if broken := cut or failed:
            raise broken


def left(seen: Iterable[Container], before: frozenset[str]) -> str:
    """What a deploy that was cut short has left."""
    told = (f"{one.name} {one.state} ({'as before' if one.id in before else 'new'})" for one in seen)
    return f"left: {', '.join(told) or 'no containers'}"


def _file(work: Work, step: StepName) -> Path:
    return work.journal / f"{step}.json"
