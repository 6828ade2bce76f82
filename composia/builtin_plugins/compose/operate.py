"""Stop, start, restart and down: by the project's name, so that they work with broken files and without any."""

from composia.builtin_plugins.compose import argv
from composia.builtin_plugins.compose.argv import Words
from composia.builtin_plugins.compose.calls import Result
from composia.builtin_plugins.compose.job import Job
from composia.core.step import StepName
from composia.core.task import TaskKind
from composia.errors import NotPossible
from composia.plugins.executor import Outcome

_STARTING = (TaskKind.START, TaskKind.RESTART)


async def operate(job: Job) -> Outcome:
    """Carry it out; what was started has to pass the health gate."""
    kind = job.work.order.kind
    begun = job.calls.begun(kind)
    if kind in _STARTING and not begun and not await job.engine.inspect(job.work.project):
        raise NotPossible("it has no containers on this node", where=f"project {job.work.project}", hint="deploy it")
    async with job.step(StepName(kind)):
        await _call(job, kind)
    if kind in _STARTING:
        async with job.step(StepName.HEALTH):
            expected = {container.service: 1 for container in job.last.containers} if job.last else {}
            up = await job.gate.passed(expected)
            job.say(up.how)
        return Outcome(seen=up.seen)
    return Outcome()


async def _call(job: Job, kind: TaskKind) -> None:
    """Make the call; an interrupted one once more, if it may be repeated."""
    words = _words(job, kind)
    result = await _anywhere(job, kind.value, words)
    if result.exit_code is None and kind.repeatable:
        result = await _anywhere(job, f"{kind}-again", words)
    if not result.good:
        raise job.error(result)


async def _anywhere(job: Job, name: str, words: Words) -> Result:
    """The service directory may be gone; the journal is there."""
    return await job.calls.make(name, words, directory=job.work.journal, deadline_s=job.deadline_s)


def _words(job: Job, kind: TaskKind) -> Words:
    project = job.work.project
    match kind:
        case TaskKind.STOP:
            return argv.stop(project)
        case TaskKind.START:
            return argv.start(project)
        case TaskKind.RESTART:
            return argv.restart(project)
        case TaskKind.DOWN:
            return argv.down(project, volumes=job.work.order.remove_volumes)
        case TaskKind.DEPLOY | TaskKind.PRUNE:
            raise AssertionError(f"{kind} has its own file")
