"""The step `record`: what a deploy really left."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from composia.builtin_plugins.compose.decision import Decision
from composia.builtin_plugins.compose.engine import LocalImage
from composia.builtin_plugins.compose.job import Job
from composia.builtin_plugins.compose.rendered import Rendered
from composia.builtin_plugins.compose.seen import Inspected
from composia.core.container import ContainerState
from composia.core.plan import Wanted
from composia.core.release import Release, ReleasedContainer
from composia.errors import Unavailable


async def what_failed_left(
    job: Job, rendered: Rendered, decision: Decision, *, converged: bool, health: str
) -> Release:
    """The release of a deploy that failed. Where `up` did not come to its end (not `converged`), a container that was there
    before still has the configuration of the last release, and one of which nothing is known has no digests, so that the
    next deploy makes it anew. An engine that is gone, or hangs, leaves nothing known."""
    try:
        seen = await job.engine.inspect(job.work.project)
        images = await job.engine.images(one.image for one in rendered.wanted)
    except Unavailable:
        seen, images, converged = (), {}, False
    return release_of(job, rendered, decision, seen, images, converged=converged, good=False, health=health)


def release_of(
    job: Job,
    rendered: Rendered,
    decision: Decision,
    seen: Iterable[Inspected],
    images: Mapping[str, LocalImage],
    *,
    converged: bool = True,
    good: bool = True,
    health: str,
) -> Release:
    """The release, of the project's containers and the wanted images as they were seen."""
    last = {container.service: container for container in job.last.containers} if job.last else {}
    containers = []
    for one in rendered.wanted:
        there = [inspected for inspected in seen if inspected.container.service == one.service]
        made = converged or (there and decision.before.isdisjoint(inspected.container.id for inspected in there))
        if made and there:
            containers.append(_made(one, there, images))
        elif one.count:
            unknown = ReleasedContainer(
                service=one.service, config_digest="", image=one.image, one_shot=one.one_shot, count=one.count
            )
            containers.append(last.get(one.service, unknown) if there else unknown)
    return Release(
        service=job.work.order.service,
        node=job.work.node,
        task=job.work.attempt.task,
        revision=job.work.order.revision,
        bundle=job.work.order.bundle,
        project=job.work.project,
        compose_files=job.work.order.compose_files,
        containers=tuple(containers),
        project_digest=rendered.project_digest if converged else "",
        good=good,
        health=health,
        recorded_ms=job.clock.now_ms(),
    )


def _made(wanted: Wanted, there: Iterable[Inspected], images: Mapping[str, LocalImage]) -> ReleasedContainer:
    first, *_ = there
    container = first.container
    finished = container.state is ContainerState.EXITED and container.exit_code == 0 and first.may_end
    image = images.get(wanted.image)
    released = ReleasedContainer(
        service=wanted.service,
        config_digest=wanted.config_digest,
        files_digest=wanted.files_digest,
        config_hash=container.config_hash,
        image=wanted.image,
        image_id=container.image_id,
        one_shot=wanted.one_shot or finished,
        count=wanted.count,
    )
    return replace(released, image_digest=image.digest) if image and image.id == container.image_id else released
