"""Images, volumes and networks of a simulated node."""

import zlib

from composia.builtin_plugins.simulated.world import World, image_id
from composia.core.host_object import ContainerSize, Image, Network, Volume

_BUILTIN = (("bridge", "bridge"), ("host", "host"), ("none", "null"))
_MB = 1_000_000


def image_bytes(reference: str) -> int:
    """How large an image is: 8 to 600 MB."""
    return (8 + zlib.crc32(reference.encode()) % 592) * _MB


def images(world: World, now_ms: int) -> tuple[Image, ...]:
    """All images, the newest first."""
    of: dict[str, list[str]] = {}
    for container in world.containers(now_ms):
        of.setdefault(container.image, []).append(container.name)
    return tuple(
        Image(
            id=image_id(reference),
            tags=(reference,),
            size_bytes=image_bytes(reference),
            created_ms=came_ms,
            containers=tuple(of.get(reference, ())),
        )
        for reference, came_ms in sorted(world.images.items(), key=lambda item: (-item[1], item[0]))
    )


def volumes(world: World) -> tuple[Volume, ...]:
    """All volumes, those that no container has any more too."""
    of: dict[str, list[str]] = {}
    for one in world.made:
        for volume in one.volumes:
            of.setdefault(volume, []).append(one.container.name)
    return tuple(
        Volume(
            name=name,
            driver="local",
            project=project,
            size_bytes=volume_bytes(name),
            created_ms=came_ms,
            containers=tuple(of.get(name, ())),
        )
        for name, (project, came_ms) in sorted(world.volumes.items())
    )


def volume_bytes(name: str) -> int:
    """How much is in a volume: up to 4 GB."""
    return zlib.crc32(name.encode()) % 4_000_000_000


def container_sizes(world: World, now_ms: int) -> tuple[ContainerSize, ...]:
    """How much each container would have written: up to 40 MB."""
    ids = sorted(container.id for container in world.containers(now_ms))
    return tuple(ContainerSize(id=one, size_bytes=zlib.crc32(one.encode()) % (40 * _MB)) for one in ids)


def networks(world: World, now_ms: int) -> tuple[Network, ...]:
    """Docker's own, and one of each project."""
    names: dict[str, list[str]] = {}
    for container in world.containers(now_ms):
        if container.project:
            names.setdefault(container.project, []).append(container.name)
    own = [
        Network(
            id=image_id(f"{project}_default"),
            name=f"{project}_default",
            driver="bridge",
            project=project,
            subnets=(f"172.{18 + place // 256}.{place % 256}.0/24",),
            containers=tuple(containers),
        )
        for place, (project, containers) in enumerate(names.items())
    ]
    builtin = [Network(id=image_id(name), name=name, driver=driver, builtin=True) for name, driver in _BUILTIN]
    return tuple(sorted((*builtin, *own), key=lambda network: network.name))
