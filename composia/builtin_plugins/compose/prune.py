"""Prune: removes from the node what no container uses, and says before what that is."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

from docker import APIClient
from docker.errors import APIError

from composia.builtin_plugins.compose.job import Job
from composia.core.step import StepName
from composia.core.task import PruneTarget

_IMAGES = (PruneTarget.DANGLING_IMAGES, PruneTarget.UNUSED_IMAGES)


@dataclass(frozen=True, kw_only=True)
class _Image:
    """An image that no container uses. `names` are its tags, or its id where it has none."""

    names: tuple[str, ...]
    id: str
    size: int

    def __str__(self) -> str:
        return f"image {', '.join(self.names)}, {_megabytes(self.size)}"


async def prune(job: Job) -> None:
    """Remove what was ordered. What cannot be removed, because something has begun to use it, is said and left."""
    targets = job.work.order.prune
    async with job.step(StepName.PRUNE):
        before = await job.engine.ask(_usage)
        images = await job.engine.ask(lambda client: _unused(client, targets)) if set(targets) & set(_IMAGES) else ()
        cache = _cache(before) if PruneTarget.BUILD_CACHE in targets else 0
        for doomed in (*images, *([f"build cache, {_megabytes(cache)}"] if cache else ())):
            job.say(f"plan: remove {doomed}")
        for image in images:
            if reason := await job.engine.ask(partial(_remove, image=image)):
                job.say(f"{image.names[0]} stays: {reason}")
        if cache:
            await job.engine.ask(lambda client: client.prune_builds())
        after = await job.engine.ask(_usage)
        job.say(f"{_megabytes(max(0, _total(before) - _total(after)))} freed")


def _usage(client: APIClient) -> dict[str, Any]:
    usage: dict[str, Any] = client.df()
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
        tags = tuple(tag for tag in image["RepoTags"] or () if tag != "<none>:<none>")
        wanted = PruneTarget.UNUSED_IMAGES if tags else PruneTarget.DANGLING_IMAGES
        if image["Id"] not in used and (wanted in targets or PruneTarget.UNUSED_IMAGES in targets):
            found.append(_Image(names=tags or (image["Id"],), id=image["Id"], size=image["Size"]))
    return tuple(sorted(found, key=lambda image: image.names))


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
