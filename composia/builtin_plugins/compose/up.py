"""The step `up`: Compose brings the project to what its files say."""

from composia.builtin_plugins.compose import argv
from composia.builtin_plugins.compose.argv import Words
from composia.builtin_plugins.compose.calls import Result
from composia.builtin_plugins.compose.decision import Decision
from composia.builtin_plugins.compose.job import Job
from composia.builtin_plugins.compose.messages import taken_port
from composia.builtin_plugins.compose.ports import taken
from composia.builtin_plugins.compose.repair import clear, left_wreckage, settled
from composia.builtin_plugins.compose.seen import Inspected
from composia.core.step import StepName
from composia.errors import ComposiaError, NotPossible

_AGAIN = 3
"""How often a call is made once more."""


async def bring_up(job: Job, decision: Decision, own: tuple[Inspected, ...] | None) -> None:
    """Carry the plan out; a container whose mounted files alone changed is made anew after the others. `own` are the project's
    containers as they were just seen, if they were."""
    plan = decision.plan
    if not plan.needs_up and not plan.remounted:
        await job.supervision.skip(StepName.UP, "nothing has changed")
        return
    async with job.step(StepName.UP):
        if plan.needs_up:
            await _converge(job, "up", argv.up(job.project), own)
        stale = await _stale(job, decision)
        if stale or job.calls.begun("up-remount"):
            await _converge(job, "up-remount", argv.recreate(job.project, stale))


async def _stale(job: Job, decision: Decision) -> tuple[str, ...]:
    """The services to be remounted that still have a container from before."""
    if not decision.plan.remounted:
        return ()
    seen = await job.engine.inspect(job.work.project)
    old = {one.container.service for one in seen if one.container.id in decision.before}
    return tuple(service for service in decision.plan.remounted if service in old)


async def _converge(job: Job, name: str, words: Words, own: tuple[Inspected, ...] | None = None) -> None:
    """Make the call; after an interrupted one, or one that stumbled over what such a one had left, again. An engine goes on
    for a while with what an interrupted one had asked for, so that there may be something to stumble over once more."""
    result = await _cleared(job, name, words, own, thoroughly=False)
    for number in range(1, _AGAIN + 1):
        if not left_wreckage(result):
            break
        job.say(f"{name} did not come to its end; what it left is cleared, then it is made once more")
        result = await _cleared(job, f"{name}-again-{number}", words, None, thoroughly=True)
    if not result.good:
        raise await _why(job, result)


async def _cleared(job: Job, name: str, words: Words, own: tuple[Inspected, ...] | None, *, thoroughly: bool) -> Result:
    if not job.calls.begun(name):
        seen = await job.engine.inspect(job.work.project) if own is None else own
        await clear(job, await settled(job, seen), thoroughly=thoroughly)
    return await job.compose(name, words)


async def _why(job: Job, result: Result) -> ComposiaError:
    """What Compose says, and, where that is of no known kind, the container that stands behind it."""
    error = job.error(result)
    if port := taken_port(result.text):
        return await taken(job.engine, port, error.where)
    if type(error) is not NotPossible or (blamed := await job.gate.blamed()) is None:
        return error
    if error.message.casefold() in blamed.message.casefold():
        return blamed
    return NotPossible(f"{error.message}: {blamed.message}", where=blamed.where, hint=error.hint)
