"""The life of a deploy on a node, from the files to the release."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from composia.builtin_plugins.compose import argv
from composia.builtin_plugins.compose.beside import beside
from composia.builtin_plugins.compose.decision import FIRST_LOOK, Decision
from composia.builtin_plugins.compose.engine import LocalImage
from composia.builtin_plugins.compose.job import UNCHANGED, Job
from composia.builtin_plugins.compose.known_errors import REACH
from composia.builtin_plugins.compose.record import release_of, what_failed_left
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
        prepared = await _prepare(job)
    except (Cancelled, TimedOut) as error:
        told = await left(job) if job.committed else UNCHANGED
        raise type(error)(f"{error.message}; {told}", where=error.where, hint=error.hint) from error
    rendered, decision, converged = prepared.rendered, prepared.decision, False
    try:
        await bring_up(job, decision, prepared.own)
        converged = True
        async with job.step(StepName.HEALTH):
            up = await job.gate.passed({one.service: one.count for one in rendered.wanted})
    except ComposiaError as error:
        if isinstance(error, Cancelled | TimedOut) and not error.where:  # others name a container
            error.message += f"; {await left(job)}"
        health = error.message.partition("\n")[0]
        release = await what_failed_left(job, rendered, decision, converged=converged, health=health)
        return Outcome(error=TaskError.of(error), release=release)
    async with job.supervision.step(StepName.RECORD):
        images = prepared.images or await job.engine.images(one.image for one in rendered.wanted)
        release = release_of(job, rendered, decision, up.own, images, health=up.how)
    return Outcome(release=release, seen=up.seen)


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """What goes up. `own` are the project's containers and `images` the wanted ones as they were when that was decided; None
    when an earlier life of the agent has decided it."""

    rendered: Rendered
    decision: Decision
    own: tuple[Inspected, ...] | None = None
    images: Mapping[str, LocalImage] | None = None


async def _prepare(job: Job) -> _Prepared:
    async with job.step(StepName.RENDER):
        is_again = Decision.kept(job.work.journal, FIRST_LOOK) is not None
        rendered, own = await beside(partial(render, job), partial(job.engine.inspect, job.work.project))
        await job.needed.need(job.work.attempt, (one.image for one in rendered.wanted))
        await check(job, rendered)
        images = await _images(job, rendered)
        first = look(job, rendered, own, images)
    await pull(job, rendered, images)
    await build(job, rendered)
    if kept := Decision.kept(job.work.journal):
        return _Prepared(rendered=rendered, decision=kept)
    if is_again or job.calls.begun("pull") or job.calls.begun("build"):
        own, images = await job.engine.inspect(job.work.project), await _images(job, rendered)
    return _Prepared(rendered=rendered, decision=decide(job, rendered, first, own, images), own=own, images=images)


async def _images(job: Job, rendered: Rendered) -> dict[str, LocalImage]:
    return await job.engine.images(one.image for one in rendered.wanted)


async def left(job: Job) -> str:
    """What a deploy that was cut short has left on the node."""
    decision = Decision.kept(job.work.journal)
    before = decision.before if decision else frozenset[str]()
    try:
        seen = await job.engine.inspect(job.work.project)
    except Unavailable:
        return "what it left is not known, the engine does not answer"
    told = (
        f"{one.container.name} {one.container.state} ({'as before' if one.container.id in before else 'new'})"
        for one in seen
    )
    return f"left: {', '.join(told) or 'no containers'}"


def look(job: Job, rendered: Rendered, own: Iterable[Inspected], images: Mapping[str, LocalImage]) -> Decision:
    """What would change now; said in the output, once."""
    if said := Decision.kept(job.work.journal, FIRST_LOOK):
        return said
    first = _decided(job, rendered, own, images)
    first.keep(job.work.journal, FIRST_LOOK)
    planned = first.plan
    for line in (planned.project_reason and f"project: {planned.project_reason}", *map(str, planned.changes)):
        if line:
            job.say(f"plan: {line}")
    return first


async def pull(job: Job, rendered: Rendered, here: Mapping[str, LocalImage]) -> None:
    """Pull what is not among the images that are `here`, or, where that was ordered, all."""
    candidates = [service for service in rendered.services if not (service.builds or service.never_pulled)]
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
        if not error.where:  # else it is Compose that does not say its version
            await _name_what_did_not_come(job, wanted, error)
        raise


async def _name_what_did_not_come(job: Job, wanted: Mapping[str, str], error: TimedOut) -> None:
    try:
        here = await job.engine.images(wanted.values())
    except Unavailable:
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


def decide(
    job: Job, rendered: Rendered, first: Decision, own: Iterable[Inspected], images: Mapping[str, LocalImage]
) -> Decision:
    """The decision, made once, of how it is now; what differs from the first look is said."""
    decision = _decided(job, rendered, own, images)
    decision.keep(job.work.journal)
    for change in decision.plan.changes:
        if change not in first.plan.changes:
            job.say(f"plan: {change}")
    return decision


def _decided(job: Job, rendered: Rendered, own: Iterable[Inspected], images: Mapping[str, LocalImage]) -> Decision:
    seen = tuple(one.container for one in own)
    planned = plan(
        wanted=rendered.wanted,
        project_digest=rendered.project_digest,
        seen=seen,
        last=job.last,
        images={reference: image.id for reference, image in images.items()},
    )
    return Decision.made(planned, seen)
