"""The extension point `executor`, fourth part: images, volumes and networks of the host, and the sizes of containers."""

from typing import Protocol

from composia.core.host_object import ContainerSize, Image, Network, Volume


class Stock(Protocol):
    """Each raises `Unavailable` when the engine does not answer."""

    async def images(self) -> tuple[Image, ...]:
        """All images, the newest first."""
        ...

    async def volumes(self) -> tuple[Volume, ...]:
        """All volumes by name, with their sizes."""
        ...

    async def container_sizes(self) -> tuple[ContainerSize, ...]:
        """How much all containers have written themselves, by id; none where measuring that takes too long."""
        ...

    async def networks(self) -> tuple[Network, ...]:
        """All networks by name."""
        ...
