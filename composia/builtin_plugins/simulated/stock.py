"""Images and networks of a simulated node. Its containers have no volumes."""

from composia.builtin_plugins.simulated.world import World, image_id
from composia.core.host_object import Image, Network

_BUILTIN = (("bridge", "bridge"), ("host", "host"), ("none", "null"))


def images(world: World, now_ms: int, size_bytes: int) -> tuple[Image, ...]:
    """All images, each of that size."""
    containers = world.containers(now_ms)
    return tuple(
        Image(
            id=image_id(reference),
            tags=(reference,),
            size_bytes=size_bytes,
            containers=tuple(c.name for c in containers if c.image == reference),
        )
        for reference in sorted(world.images)
    )


def networks(world: World, now_ms: int) -> tuple[Network, ...]:
    """Docker's own, and one of each project."""
    names: dict[str, list[str]] = {}
    for container in world.containers(now_ms):
        names.setdefault(container.project, []).append(container.name)
    own = [
        Network(
            id=image_id(f"{project}_default"),
            name=f"{project}_default",
            driver="bridge",
            project=project,
            containers=tuple(containers),
        )
        for project, containers in names.items()
    ]
    builtin = [Network(id=image_id(name), name=name, driver=driver, builtin=True) for name, driver in _BUILTIN]
    return tuple(sorted((*builtin, *own), key=lambda network: network.name))
