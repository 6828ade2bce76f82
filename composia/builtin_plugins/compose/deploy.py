"""The life of a deploy on a node, from the files to the release."""

from collections.abc import Iterable, Mapping
from functools import partial

from composia.builtin_plugins.compose import argv
from composia.builtin_plugins.compose.beside import beside, look_around
from composia.builtin_plugins.compose.decision import FIRST_LOOK, Decision
from composia.builtin_plugins.compose.job import UNCHANGED, Job
from composia.builtin_plugins.compose.known_errors import REACH
from composia.builtin_plugins.compose.record import release_of
from composia.builtin_plugins.compose.render import check, render
from composia.builtin_plugins.compose.rendered import Rendered
from composia.builtin_plugins.compose.seen import Inspected
from composia.builtin_plugins.compose.up import bring_up
from composia.core.plan import plan
from composia.core.step import StepName
from composia.core.task import TaskError
from composia.errors import Cancelled, ComposiaError, TimedOut, Unavailable
from composia.plugins.executor import Outcome


async def deploy(job: Job) -> Outcome:
    """Render, pull, build, bring up, watch, record. Until `up` nothing on the node changes but its images."""
    try:
        rendered, decision = await _prepare(job)
    except (Cancelled, TimedOut) as error:
        told = await left(job) if job.committed else UNCHANGED
        raise type(error)(f"{error.message}; {told}", where=error.where, hint=error.hint) from error
    converged, health = False, ""
    try:
        await bring_up(job, decision)
        converged = True
        async with job.step(StepName.HEALTH):
            health = await job.gate.passed({one.service: one.count for one in rendered.wanted})
    except ComposiaError as error:
        if isinstance(error, Cancelled | TimedOut) and not error.where:  # others name a container, or the engine
            error.message += f"; {await left(job)}"
        release = await release_of(
            job, rendered, decision, converged=converged, good=False, health=error.message.partition("\n")[0]
        )
        return Outcome(error=TaskError.of(error), release=release)
    async with job.supervision.step(StepName.RECORD):
        release = await release_of(job, rendered, decision, converged=True, good=True, health=health)
    return Outcome(release=release)


async def _prepare(job: Job) -> tuple[Rendered, Decision]:
    async with job.step(StepName.RENDER):
        is_again = Decision.kept(job.work.journal, FIRST_LOOK) is not None
        rendered, around = await beside(partial(render, job), partial(look_around, job.engine, job.work.project))
        await job.needed.need(job.work.attempt, (one.image for one in rendered.wanted))
        await check(job, rendered, around.containers)
        first = await look(job, rendered, around.own)
    await pull(job, rendered)
    await build(job, rendered)
    is_first_still_true = not (is_again or job.calls.begun("pull") or job.calls.begun("build"))
    return rendered, await decide(job, rendered, first, is_first_still_true=is_first_still_true)


async def left(job: Job) -> str:
    """What a deploy that was cut short has left on the node."""
    decision = Decision.kept(job.work.journal)
    before = decision.before if decision else frozenset[str]()
    try:
        seen = await job.engine.inspect(job.work.project)
    except (TimedOut, Unavailable):
        return "what it left is not known, the engine does not answer"
    told = (
        f"{one.container.name} {one.container.state} ({'as before' if one.container.id in before else 'new'})"
        for one in seen
    )
    return f"left: {', '.join(told) or 'no containers'}"


async def look(job: Job, rendered: Rendered, own: Iterable[Inspected]) -> Decision:
    """What would change now; said in the output, once."""
    if said := Decision.kept(job.work.journal, FIRST_LOOK):
        return said
    first = await _decided(job, rendered, own)
    first.keep(job.work.journal, FIRST_LOOK)
    planned = first.plan
    for line in (planned.project_reason and f"project: {planned.project_reason}", *map(str, planned.changes)):
        if line:
            job.say(f"plan: {line}")
    return first


async def pull(job: Job, rendered: Rendered) -> None:
    """Pull what is missing, or, where that was ordered, all."""
    candidates = [service for service in rendered.services if not (service.builds or service.never_pulled)]
    here = await job.engine.images(service.wanted.image for service in candidates)
    wanted = {
        service.wanted.service: service.wanted.image
        for service in candidates
        if job.work.order.pull or service.pulls_always or service.wanted.image not in here
    }
    if not wanted and not job.calls.begun("pull"):
        await job.supervision.skip(StepName.PULL, "every image is here")
        return
    try:
        async with job.step(StepName.PULL):
            result = await job.compose("pull", argv.pull(job.project, wanted))
            if not result.good:
                raise job.error(result)
    except TimedOut as error:
        if not error.where:  # else it is the engine that does not answer
            await _name_what_did_not_come(job, wanted, error)
        raise


async def _name_what_did_not_come(job: Job, wanted: Mapping[str, str], error: TimedOut) -> None:
    try:
        here = await job.engine.images(wanted.values())
    except (TimedOut, Unavailable):
        return
    for service, image in wanted.items():
        if image not in here:
            error.message += f", {image} has not come"
            error.where, error.hint = f"service {service}", REACH
            return


async def build(job: Job, rendered: Rendered) -> None:
    """Build what has a build section; the builder knows what is still good."""
    wanted = [service.wanted.service for service in rendered.services if service.builds]
    if not wanted:
        await job.supervision.skip(StepName.BUILD, "no service is built")
        return
    async with job.step(StepName.BUILD):
        result = await job.compose("build", argv.build(job.project, wanted, pull=job.work.order.pull))
        if not result.good:
            raise job.error(result)


async def decide(job: Job, rendered: Rendered, first: Decision, *, is_first_still_true: bool) -> Decision:
    """The decision, made once, with the images as they are now; what differs from the first look is said."""
    if decision := Decision.kept(job.work.journal):
        return decision
    decision = first
    if not is_first_still_true:
        decision = await _decided(job, rendered, await job.engine.inspect(job.work.project))
    decision.keep(job.work.journal)
    for change in decision.plan.changes:
        if change not in first.plan.changes:
            job.say(f"plan: {change}")
    return decision


async def _decided(job: Job, rendered: Rendered, own: Iterable[Inspected]) -> Decision:
    seen = tuple(one.container for one in own)
    images = await job.engine.images(one.image for one in rendered.wanted)
    planned = plan(
        wanted=rendered.wanted,
        project_digest=rendered.project_digest,
        seen=seen,
        last=job.last,
        images={reference: image.id for reference, image in images.items()},
    )
    return Decision.made(planned, seen)
