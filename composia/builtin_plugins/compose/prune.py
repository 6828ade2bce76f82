"""Prune: removes from the node what no container uses, and says before what that is."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from docker import APIClient
from docker.errors import APIError

from composia.builtin_plugins.compose.disk import measure
from composia.builtin_plugins.compose.job import Job
from composia.core.step import StepName
from composia.core.task import PruneTarget

_IMAGES = (PruneTarget.DANGLING_IMAGES, PruneTarget.UNUSED_IMAGES)


@dataclass(frozen=True, kw_only=True)
class _Image:
    """An image that no container uses. `names` are its tags, else its digests, else its id."""

    names: tuple[str, ...]
    id: str
    size: int

    def __str__(self) -> str:
        return f"image {', '.join(self.names)}, {_megabytes(self.size)}"


async def prune(job: Job) -> None:
    """Remove what was ordered. What cannot be removed, because something has begun to use it, is said and left. What has
    begun to be removed is waited for, also when it is to end: the engine goes on with it."""
    targets = job.work.order.prune
    async with job.step(StepName.PRUNE):
        change = partial(job.engine.change, deadline_s=job.deadline_s)
        before = await _usage(job)
        images = await job.engine.ask(partial(_unused, targets=targets)) if set(targets) & set(_IMAGES) else ()
        cache = _cache(before) if PruneTarget.BUILD_CACHE in targets else 0
        for doomed in (*images, *([f"build cache, {_megabytes(cache)}"] if cache else ())):
            job.say(f"plan: remove {doomed}")
        for image in images:
            if reason := await _removed(job, image):
                job.say(f"{image.names[0]} stays: {reason}")
        if cache:
            await change(lambda client: client.prune_builds())
        after = await _usage(job)
        job.say(f"{_megabytes(max(0, _total(before) - _total(after)))} freed")


async def _removed(job: Job, image: _Image) -> str:
    """Remove an image; the reason why it stays, if it does."""
    async with job.needed.removing() as needed:
        if image.id in {one.id for one in (await job.engine.images(needed)).values()}:
            return "a deploy needs it"
        return await job.engine.change(partial(_remove, image=image), deadline_s=job.deadline_s)


async def _usage(job: Job) -> dict[str, Any]:
    usage: dict[str, Any] = json.loads(await measure(replace(job.engine.streams, deadline_s=job.deadline_s)))
    return usage


def _total(usage: dict[str, Any]) -> int:
    return int(usage["LayersSize"] or 0) + _cache(usage)


def _cache(usage: dict[str, Any]) -> int:
    return sum(entry["Size"] for entry in usage.get("BuildCache") or () if not entry["InUse"])


def _unused(client: APIClient, targets: Collection[PruneTarget]) -> tuple[_Image, ...]:
    """The images that are to be removed. One that a stopped container was made from is in use."""
    used = {container["ImageID"] for container in client.containers(all=True)}
    found = []
    for image in client.images():
        tags = _names(image["RepoTags"])
        wanted = PruneTarget.UNUSED_IMAGES if tags else PruneTarget.DANGLING_IMAGES
        if image["Id"] not in used and (wanted in targets or PruneTarget.UNUSED_IMAGES in targets):
            names = tags or _names(image["RepoDigests"]) or (image["Id"],)
            found.append(_Image(names=names, id=image["Id"], size=image["Size"]))
    return tuple(sorted(found, key=lambda image: image.names))


def _names(names: list[str] | None) -> tuple[str, ...]:
    return tuple(sorted(name for name in names or () if not name.startswith("<none>")))


def _remove(client: APIClient, image: _Image) -> str:
    """Remove an image by all its names; the reason why it stays, if it does."""
    try:
        for name in image.names:
            client.remove_image(name)
    except APIError as error:
        return str(error.explanation or error)
    return ""


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
